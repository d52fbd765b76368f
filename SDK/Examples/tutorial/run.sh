#!/usr/bin/env bash
# Starts the tutorial: the gateway with torii.yaml and, unless DASHSCOPE_API_KEY is set, a simulator of DashScope.
# Ctrl-C ends both. DASHSCOPE_URL names another region's endpoint; TORII_… settings reach the gateway.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
build=$root/.build/release

started=()
stop() {
  trap '' INT TERM HUP
  for process in "${started[@]}"; do
    kill -INT "$process" 2>/dev/null || true
    # Who started this in the background may have made it deaf to that.
    for _ in $(seq 40); do
      kill -0 "$process" 2>/dev/null || break
      sleep 0.05
    done
    kill -TERM "$process" 2>/dev/null || true
    wait "$process" 2>/dev/null || true
  done
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# Job control gives each its own process group: Ctrl-C comes here first, and they end in order.
set -m

if [ -n "${DASHSCOPE_API_KEY:-}" ]; then
  export DECK_DASHSCOPE_API_KEY=$DASHSCOPE_API_KEY
  export DECK_DASHSCOPE_URL=${DASHSCOPE_URL:-https://dashscope-intl.aliyuncs.com}/compatible-mode/v1/chat/completions
  upstream="DashScope (${DECK_DASHSCOPE_URL%%/compatible-mode*})"
else
  # Port 0: any that is free; the simulator's first line tells which.
  coproc simulator { exec "$build/dashscope-simulator" --listen 127.0.0.1:0; }
  started+=("$simulator_PID")
  IFS= read -r -t 10 -u "${simulator[0]}" first || { echo "the simulator did not start" >&2; exit 1; }
  export DECK_DASHSCOPE_API_KEY=simulated
  export DECK_DASHSCOPE_URL=${first##* }/compatible-mode/v1/chat/completions
  upstream="the DashScope simulator on ${first##*//} (set DASHSCOPE_API_KEY for the real one)"
fi

"$build/torii" run -c "$here/torii.yaml" </dev/null &
started=("$!" "${started[@]}")

listen=${TORII_PROXY_LISTEN:-0.0.0.0:8000}
port=${listen##*:}
port=${port%%[!0-9]*}
for _ in $(seq 200); do
  kill -0 "${started[0]}" 2>/dev/null || break
  # An answer of this gateway, not of what else may listen there: the process that was started has to be alive after it.
  if curl -s -o /dev/null -m 2 "http://127.0.0.1:$port/" && kill -0 "${started[0]}" 2>/dev/null; then ready=yes; break; fi
  sleep 0.05
done
[ -n "${ready:-}" ] || { wait "${started[0]}" || exit $?; exit 1; }

cat <<EOF

Torii serves the tutorial on http://localhost:$port/anything; its upstream is $upstream.
Try next, in another terminal:

  curl -s http://localhost:$port/anything/v1/messages -H 'content-type: application/json' \\
    -d '{"model":"qwen-plus","max_tokens":300,"messages":[{"role":"user","content":"Tell me who Niketas Choniates was."}]}'

  curl -sN http://localhost:$port/anything/v1/messages -H 'content-type: application/json' \\
    -d '{"model":"qwen-plus","max_tokens":300,"stream":true,"messages":[{"role":"user","content":"Tell me who Niketas Choniates was."}]}'

  ANTHROPIC_BASE_URL=http://localhost:$port/anything ANTHROPIC_AUTH_TOKEN=any ANTHROPIC_MODEL=qwen-plus claude

Each request leaves a line in /tmp/claude.json:   tail -n 1 /tmp/claude.json
Ctrl-C stops everything.

EOF

# Whichever ends first ends all.
code=0
wait -n "${started[@]}" || code=$?
echo "one of the processes ended (exit code $code)" >&2
exit "$((code == 0 ? 1 : code))"
