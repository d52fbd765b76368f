#!/bin/sh
# Fuzzes the regular expressions, the path normaliser and the upstream URI builder.
# Usage: run.sh [number of runs] (default: 1000000). Needs the Swift toolchain's libFuzzer.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
work=${TMPDIR:-/tmp}/torii-fuzz-routing
mkdir -p "$work/corpus"
swiftc -parse-as-library -sanitize=fuzzer,address -O -swift-version 6 -strict-memory-safety -module-name RoutingFuzz \
  "$root"/Sources/Routing/*.swift "$here/Fuzz.swift" -o "$work/fuzz"
SWIFT_BACKTRACE=enable=no exec "$work/fuzz" -runs="${1:-1000000}" -max_len=256 -timeout=10 -rss_limit_mb=4096 \
  -dict="$here/expressions.dict" -artifact_prefix="$work/" "$work/corpus"
