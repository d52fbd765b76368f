#!/bin/sh
# Runs every module's tests in a debug build, in which overflow, bounds and exclusivity are checked.
set -eu
cd "$(dirname "$0")/.."
swift build --build-tests </dev/null
exec swift test --skip-build "$@" </dev/null
