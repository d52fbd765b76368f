#!/bin/sh
# Runs all gates of the ABI, and says what each of them checked: run.sh [--accept] [--host] [--build FOLDER]
#
#   --accept        takes the present layout as agreed on, if it only grows
#   --host          also builds the plugin host with a header that has grown (half a minute)
#   --build FOLDER  where libai-proxy.so and libfile-log.so are; .build/release
#
# Exit code 0 when all gates are passed. selftest.sh shows that each of them can fail.
set -u
cd "$(dirname "$0")/../.."
gates=Tests/ABI
accept=
host=
build=.build/release
while [ $# -gt 0 ]; do
  case $1 in
  --accept) accept=--accept ;;
  --host) host=yes ;;
  --build) build=$2 && shift ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2 && exit 2 ;;
  esac
  shift
done

packages="gcc g++ libc6-dev make binutils python3 abigail-tools"
# Swift's own clang will do.
swiftc=$(command -v swiftc || true)
command -v clang >/dev/null || { [ -n "$swiftc" ] && [ -x "$(dirname "$(readlink -f "$swiftc")")/clang" ]; } || packages="$packages clang"
# shellcheck disable=SC2086 # one word a package
.ci/packages $packages || exit 1

export PYTHONDONTWRITEBYTECODE=1
failed=
gate() {
  name=$1
  shift
  "$@" || failed="$failed $name"
}

gate header $gates/check_header.sh
gate tags $gates/check_tags.py
gate layout $gates/check_layout.py $accept
gate abidiff $gates/check_abidiff.py
gate samples $gates/check_samples.py

# Every plugin that is built here: those that ship, and those of the tests.
symbols() {
  built=$(mktemp -d "${TMPDIR:-/tmp}/torii-plugins-XXXXXX") || return 1
  if make -s -C Tests/Plugins OUT="$built" && [ -e "$build/libai-proxy.so" ] && [ -e "$build/libfile-log.so" ]; then
    $gates/check_symbols.py "$build"/lib*.so "$built"/lib*.so
  else
    echo "symbols: there are no plugins to look at in $build: make release"
    false
  fi
  code=$?
  rm -rf "$built"
  return $code
}
gate symbols symbols
[ -z "$host" ] || gate host $gates/check_host.sh

[ -z "$failed" ] || { echo "Not passed:$failed" >&2; exit 1; }
