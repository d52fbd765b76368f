#!/bin/sh
# The formatter of Swift 6.3 turns `for unsafe x in` into `for unsafex in`, which compiles when `x` is not used: look for it.
set -eu
cd "$(dirname "$0")/.."
if grep -rnE --include='*.swift' '(^|[^[:alnum:]_])for +unsafe[[:alnum:]_]' Package.swift Sources Plugins SDK Tests; then
  echo "The formatter broke these lines: write 'for unsafe x in' again." >&2
  exit 1
fi
