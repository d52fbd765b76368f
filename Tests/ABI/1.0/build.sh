#!/bin/sh
# Builds the sample plugins of ABI 1.0 from the header beside this file: build.sh [FOLDER], x86_64 when none is given.
#
# Until 1.0 is released, `build.sh` renews the binaries that are kept here (see ../README.md). From then on they are
# never built again: what matters is that they are old.
set -eu
cd "$(dirname "$0")"
out=${1:-$(uname -m)}
mkdir -p "$out"
for source in abi10-*.c; do
  ${CC:-gcc} -std=c11 -Wall -Wextra -pedantic -Werror -Os -ffreestanding -nostdlib -fPIC -shared -s \
    -fno-stack-protector -fno-asynchronous-unwind-tables -fno-tree-loop-distribute-patterns -fvisibility=hidden \
    -I "${TORII_INCLUDE:-.}" -Wl,-z,defs -Wl,-z,noexecstack -Wl,--build-id=none -Wl,--hash-style=gnu \
    -Wl,--version-script=plugin.map -o "$out/lib${source%.c}.so" "$source"
done
# What is kept is written down.
[ $# -gt 0 ] || sha256sum ./*/*.so | sed 's|\./||' >SHA256SUMS
