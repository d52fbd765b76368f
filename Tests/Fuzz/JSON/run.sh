#!/usr/bin/env bash
# Fuzzes the JSON module: run.sh [RUNS] [further libFuzzer options or corpus folders]
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
runs=${1:-1000000}
shift || true
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
swiftc -I "$root/Sources/JSON/CJSONText" -parse-as-library -swift-version 6 -O -sanitize=fuzzer,address -strict-memory-safety \
  -module-name FuzzJSON -o "$work/fuzz" "$root"/Sources/JSON/*.swift "$here/Fuzz.swift"
mkdir "$work/corpus"

# Seeds.
printf '%s' '{"name":["a\n\u00e9\ud83d\ude00",-12.5e+3,1e2,true,false,null,{"b":{}}],"long name of a member":"人工智能 text"}' > "$work/corpus/one"
printf '%s' '[[],{},"",0,"\\","aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"é"]' > "$work/corpus/two"

# A finding is kept where this was started from.
SWIFT_BACKTRACE=enable=no "$work/fuzz" -runs="$runs" -max_len=512 -dict="$here/json.dict" -print_final_stats=1 \
  "$@" "$work/corpus"
