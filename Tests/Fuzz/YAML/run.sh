#!/bin/sh
# Fuzzes the YAML reader and writer. Usage: run.sh [SECONDS] [further options of libFuzzer]
set -eu
seconds=${1:-60}
[ $# -gt 0 ] && shift
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=${FUZZ_BUILD:-${TMPDIR:-/tmp}/fuzz-yaml}
mkdir -p "$build/corpus"
# A crash must end the process rather than start the backtracer.
export SWIFT_BACKTRACE=enable=no
options="-O -swift-version 6 -parse-as-library -sanitize=fuzzer,address"
cd "$build"
swiftc $options -wmo -emit-module -c -module-name JSON "$root/Sources/JSON/JSONNode.swift" -o JSON.o
swiftc $options -wmo -emit-module -c -module-name YAML -I . "$root"/Sources/YAML/*.swift -o YAML.o
swiftc $options -module-name Fuzz -I . "$here/Fuzz.swift" JSON.o YAML.o -o fuzz
./fuzz -max_total_time="$seconds" -max_len=512 -timeout=10 -dict="$here/yaml.dict" "$@" corpus "$here/Seeds"
