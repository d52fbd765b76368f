#!/bin/sh
# Builds the SDK's example plugins: Tests/run-example-plugins.sh [LANGUAGE…], of c, cpp, swift, rust, go; without one, all.
# They go to .build/example-plugins/LANGUAGE (or $TORII_EXAMPLE_PLUGINS). A compiler that is missing is installed where that
# is possible; where it is not, the exit code for a single language is 3, and of several the others are built.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
out=${TORII_EXAMPLE_PLUGINS:-$root/.build/example-plugins}
examples=$root/SDK/Examples

# need COMMAND PACKAGE…: whether there is such a command, after installing it if need be.
need() {
  command=$1
  shift
  command -v "$command" >/dev/null 2>&1 && return 0
  if .ci/packages "$@" >&2 && command -v "$command" >/dev/null 2>&1; then return 0; fi
  echo "there is no $command, and it cannot be installed" >&2
  return 3
}

build() {
  mkdir -p "$out/$1"
  case $1 in
    c) need cc gcc libc6-dev make && make -s -C "$examples/C" OUT="$out/c" ;;
    cpp) need c++ g++ make && make -s -C "$examples/Cpp" OUT="$out/cpp" ;;
    swift)
      command -v swift >/dev/null || { echo "there is no swift: see https://www.swift.org/install/linux/" >&2; return 3; }
      swift build -q -c release --package-path "$examples/Swift" --scratch-path "$out/swift-build" >&2 &&
        cp "$out"/swift-build/release/lib*.so "$out/swift/" ;;
    rust)
      need cargo cargo rustc &&
        cargo build -q --release --offline --manifest-path "$examples/Rust/Cargo.toml" --target-dir "$out/rust-build" &&
        for library in "$out"/rust-build/release/lib*.so; do
          name=$(basename "$library" .so)
          cp "$library" "$out/rust/$(echo "$name" | tr _ -).so"
        done ;;
    go) need go golang-go gcc libc6-dev make && make -s -C "$examples/Go" OUT="$out/go" ;;
    *) echo "$1 is none of c, cpp, swift, rust, go" >&2; return 2 ;;
  esac
}

case $# in
  0) set -- c cpp swift rust go ;;
  1) build "$1" && exit 0 || exit $? ;;
esac
worst=0
for language; do
  code=0
  build "$language" || code=$?
  case $code in
    0) echo "$language: $out/$language" ;;
    3) echo "$language: skipped" ;;
    *) worst=$code ;;
  esac
done
exit "$worst"
