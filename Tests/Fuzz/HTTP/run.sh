#!/bin/sh
# Fuzzes the HTTP module: builds the fuzzer with its sources and runs it. Arguments go to libFuzzer,
# for example: ./run.sh -runs=1000000   ./run.sh -max_total_time=60   ./run.sh FILE-THAT-FAILED
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
sources=$folder/../../../Sources/HTTP
build=${FUZZ_BUILD:-${TMPDIR:-/tmp}/torii-fuzz-http}
mkdir -p "$build/corpus"

swiftc -parse-as-library -swift-version 6 -O -whole-module-optimization -sanitize=fuzzer,address \
  -module-name HTTPFuzzer "$sources"/*.swift "$folder"/HTTPFuzzer.swift -o "$build/fuzzer"

# Seeds: one of each kind. The first three bytes choose what is tested and where it is cut.
seed() { printf "$2" >"$build/corpus/seed-$1"; }
seed request '\004\011\005GET /a?b HTTP/1.1\r\nHost: a:80\r\nConnection: X, close\r\nX: y\r\n\r\n'
seed body '\004\011\005POST http://a/b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n'
seed chunked '\004\011\005POST / HTTP/1.1\r\nHost: [::1]:1\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\n\r\n'
seed response '\002\011\005HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: keep-alive\r\n\r\n'
seed coding '\003\011\0055;a="b"\r\nhello\r\n0\r\nX: y\r\nHost: z\r\n\r\nGET'

cd "$build"
[ "$#" -gt 0 ] || set -- -runs=2000000
case $1 in
-*) set -- "$@" corpus ;;
esac
# The backtracer would start a second program for every finding; the sanitizer prints its own.
SWIFT_BACKTRACE=enable=no exec ./fuzzer -dict="$folder/http.dict" -max_len=700 -timeout=5 "$@"
