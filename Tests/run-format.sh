#!/bin/sh
# Formats all Swift sources in place.
set -eu
cd "$(dirname "$0")/.."
swift format --in-place --parallel --recursive Package.swift Sources Plugins Tests \
  SDK/Swift SDK/Conformance SDK/Examples
exec Tests/check-unsafe-loops.sh
