#!/bin/sh
# Runs the tests that start real processes, against .build/release. Arguments go to pytest for Tests/EndToEnd.
set -eu
cd "$(dirname "$0")/.."
environment=.build/python

# The clients' packages, once: again only when the list changes.
list=Tests/EndToEnd/requirements.txt
if ! cmp -s "$list" "$environment/installed.txt"; then
  python3 -c 'import ensurepip, venv' 2>/dev/null || .ci/packages python3 python3-venv
  rm -rf "$environment"
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check --no-input -r "$list"
  cp "$list" "$environment/installed.txt"
fi
command -v openssl >/dev/null || .ci/packages openssl

# A crash must end its process at once, rather than start the backtracer.
export SWIFT_BACKTRACE=enable=no
export TORII_BINARY="$PWD/.build/release/torii" DASHSCOPE_SIMULATOR="$PWD/.build/release/dashscope-simulator"
code=0
if [ $# -eq 0 ]; then
  "$environment/bin/python" -m pytest -q -p no:cacheprovider Tests/DashScopeSimulator </dev/null || code=$?
fi
cd Tests/EndToEnd
"../../$environment/bin/python" -m pytest "$@" </dev/null || code=$?
exit "$code"
