module torii.local/examples

go 1.19

require torii.local/plugin v0.0.0

replace torii.local/plugin => ../../Go
