#!/bin/sh
# One gateway under everything at once, for a time: run-soak.sh [SECONDS] (3600). Against .build/release, or $TORII_BINARY.
# It ends with a table; exit code 1 when something was lost that should not have been. Tests/Soak/soak.py says what it does.
set -eu
cd "$(dirname "$0")/.."
environment=.build/python

# The same environment as that of the end-to-end tests, made once.
list=Tests/EndToEnd/requirements.txt
if ! cmp -s "$list" "$environment/installed.txt"; then
  python3 -c 'import ensurepip, venv' 2>/dev/null || .ci/packages python3 python3-venv
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-input -r "$list"
  cp "$list" "$environment/installed.txt"
fi
command -v cc >/dev/null || .ci/packages gcc libc6-dev
command -v make >/dev/null || .ci/packages make

# A crash must end its process at once, rather than start the backtracer.
export SWIFT_BACKTRACE=enable=no
export TORII_BINARY="${TORII_BINARY:-$PWD/.build/release/torii}"
exec "$environment/bin/python" Tests/Soak/soak.py "${1:-3600}" </dev/null
