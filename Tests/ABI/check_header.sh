#!/bin/sh
# The gate of the headers: they compile without a warning in every standard with every compiler, stand alone, and are
# imported into Swift with all that is in them.
#
#     check_header.sh [FOLDER]      with torii/*.h and module.modulemap; SDK/C/include when none is given
set -eu
here=$(cd "$(dirname "$0")" && pwd)
include=${1:-$here/../../SDK/C/include}
work=$(mktemp -d "${TMPDIR:-/tmp}/torii-header-XXXXXX")
trap 'rm -rf "$work"' EXIT

# clang, or the one that came with Swift.
clang=$(command -v clang || true)
if [ -z "$clang" ]; then
  swiftc=$(command -v swiftc || true)
  [ -z "$swiftc" ] || clang=$(dirname "$(readlink -f "$swiftc")")/clang
  [ -x "$clang" ] || { echo "header: there is no clang" >&2; exit 1; }
fi
command -v gcc >/dev/null && command -v g++ >/dev/null || { echo "header: there is no gcc, or no g++" >&2; exit 1; }

failed=0
count=0

warnings="-Wall -Wextra -pedantic -Werror -Wconversion -Wundef"

# compiles COMPILER STANDARD LANGUAGE: all headers, twice each, and what a plugin and a host use of them.
compiles() {
  for header in "$include"/torii/*.h; do
    name=torii/$(basename "$header")
    cat >"$work/use.$3" <<TEXT
#include "$name"
#include "$name"
TORII_EXPORT const torii_plugin_descriptor *torii_plugin_entry(uint32_t major, uint32_t minor) {
  static torii_plugin_descriptor descriptor;
  descriptor.struct_size = (uint32_t)sizeof descriptor;
  descriptor.magic = TORII_MAGIC;
  return major == TORII_ABI_MAJOR && minor < 100 ? &descriptor : NULL;
}
int has_needs(const torii_plugin_descriptor *descriptor);
int has_needs(const torii_plugin_descriptor *descriptor) { return TORII_HAS(torii_plugin_descriptor, descriptor, needs); }
TEXT
    count=$((count + 1))
    # In the ABI a field that is appended must not lie within struct_size; helpers have no such duty.
    case $name in */plugin.h | */draft.h) padded=-Wpadded ;; *) padded= ;; esac
    # shellcheck disable=SC2086 # one word a flag
    "$1" "-std=$2" $warnings $padded -I "$include" -fPIC -c -o "$work/use.o" "$work/use.$3" 2>"$work/log" && continue
    failed=1
    echo "header: $name does not compile with $1 -std=$2:"
    sed 's/^/  /' "$work/log" | head -n 12
  done
}

for compiler in gcc "$clang"; do
  # C23 was called C2x before it was done.
  c23=c23
  echo 'int x;' | "$compiler" -std=c23 -x c -fsyntax-only - 2>/dev/null || c23=c2x
  for standard in c11 c17 $c23; do compiles "$compiler" "$standard" c; done
  case $compiler in gcc) cxx=g++ ;; *) cxx=$compiler++ ;; esac
  for standard in c++11 c++14 c++17 c++20; do compiles "$cxx" "$standard" cc; done
done

# plugin.h and what is built on it without a libc stand alone.
for name in plugin.h draft.h; do
  [ -e "$include/torii/$name" ] || continue
  other=$(grep '^ *# *include' "$include/torii/$name" | grep -vE '<(stddef|stdint)\.h>|"torii/plugin\.h"' || true)
  [ -z "$other" ] || { failed=1; echo "header: torii/$name includes more than stddef.h and stdint.h: $other"; }
  gcc -std=c11 -ffreestanding -I "$include" -fsyntax-only -x c "$include/torii/$name" || failed=1
done
! grep -q 'draft\.h"' "$include/torii/plugin.h" || { failed=1; echo "header: torii/plugin.h includes drafts"; }

# imports HEADER MODULE FLAGS…
imports() {
  header=$1
  module=$2
  shift 2
  count=$((count + 1))
  python3 "$here/swift_use.py" --include "$include" --header "$header" --module "$module" >"$work/Use.swift" || { failed=1; return; }
  swiftc -typecheck -swift-version 6 -warnings-as-errors -module-cache-path "$work/modules" \
    "$@" "$work/Use.swift" 2>"$work/log" && return
  failed=1
  echo "header: Swift does not import all of $header:"
  sed 's/^/  /' "$work/log" | grep -E 'error|note|warning' | head -n 20
}

if command -v swiftc >/dev/null; then
  imports torii/plugin.h CToriiPlugin -I "$include"
  imports torii/draft.h "" -I "$include" -import-objc-header "$include/torii/draft.h"
  swift=" and in Swift"
else
  echo "header: there is no swiftc: whether Swift imports the headers was not checked"
  swift=
fi
[ "$failed" = 0 ] || exit 1
echo "header: $count compilations without a warning: C11 to C23 and C++11 to C++20 with gcc and clang$swift"
