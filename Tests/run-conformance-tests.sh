#!/bin/sh
# The conformance suite on itself: each check must find the plugin that has its defect, and no other check may; the sound
# plugin and the test plugins must pass at level 3; each report must be what readers of its format take.
#
#     Tests/run-conformance-tests.sh [TORII]     TORII: the executable, by default .build/release/torii
set -eu
cd "$(dirname "$0")/.."
torii=${1:-.build/release/torii}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
make -s -C Tests/Conformance/Defects OUT="$folder/defects"
make -s -C Tests/Plugins OUT="$folder/plugins" >/dev/null
exec python3 Tests/Conformance/suite.py "$torii" "$folder"
