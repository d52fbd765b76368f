import Glibc

// The one command. Its first argument says what is to be done; `ToriiCommand` knows the rest.
exit(ToriiCommand.run(Array(CommandLine.arguments.dropFirst())))
