module torii.local/plugin

go 1.19
