#!/bin/sh
# Runs the tests with the real Claude Code, against .build/release. The client comes with a Python package, a download of some
# 170 MB, which is installed into .build/claude-code once; `$CLAUDE_CODE` names another one. Arguments go to pytest.
set -eu
cd "$(dirname "$0")/.."
package=claude-agent-sdk==0.2.187
environment=.build/claude-code

if [ -z "${CLAUDE_CODE:-}" ]; then
  if [ "$(cat "$environment/installed.txt" 2>/dev/null)" != "$package" ]; then
    python3 -c 'import ensurepip, venv' 2>/dev/null || .ci/packages python3 python3-venv
    rm -rf "$environment"
    python3 -m venv "$environment"
    # The client only: the package around it would bring its own dependencies.
    "$environment/bin/pip" install --quiet --disable-pip-version-check --no-input --no-deps --only-binary :all: "$package"
    echo "$package" >"$environment/installed.txt"
  fi
  CLAUDE_CODE=$(find "$PWD/$environment/lib" -path '*/claude_agent_sdk/_bundled/claude' -type f)
fi
[ -x "$CLAUDE_CODE" ] || { echo "there is no Claude Code at '$CLAUDE_CODE'" >&2; exit 1; }
export CLAUDE_CODE
"$CLAUDE_CODE" --version
exec Tests/run-end-to-end-tests.sh llm/test_claude_code_client.py "$@"
