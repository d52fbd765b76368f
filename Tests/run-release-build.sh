#!/bin/sh
# Builds what ships, optimised, into .build/release: torii, its plugins beside it, and the simulator.
set -eu
cd "$(dirname "$0")/.."
swift build -c release </dev/null
