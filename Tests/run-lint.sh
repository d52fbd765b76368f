#!/bin/sh
# Checks how the Swift sources are formatted, and that nothing in them makes the compiler warn.
set -eu
cd "$(dirname "$0")/.."
swift format lint --strict --parallel --recursive Package.swift Sources Plugins Tests \
  SDK/Swift SDK/Conformance SDK/Examples
Tests/check-unsafe-loops.sh
# A build of its own: what is compiled already would not warn again.
swift build --build-tests --scratch-path .build/lint -Xswiftc -warnings-as-errors -Xcc -Werror </dev/null
echo "Formatting and warnings: nothing to complain about."
