#!/bin/sh
# Compares the gateway's estimate of tokens with Qwen's tokenizer, from PyPI's `dashscope`: run.sh [FILE…]
# Without files it measures Texts/ and the repository's own documents and sources. Fails beyond 10 % for a text.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
root=$folder/../..
build=${TOKEN_COUNT_BUILD:-$root/.build/token-count}
mkdir -p "$build"
if [ ! -x "$build/python/bin/python" ]; then
  python3 -m venv "$build/python"
  "$build/python/bin/pip" install --quiet --disable-pip-version-check --no-input tiktoken
  # Only its vocabulary is wanted, nothing that it depends on.
  "$build/python/bin/pip" install --quiet --disable-pip-version-check --no-input --no-deps dashscope
fi
swiftc -O -I "$root/Sources/JSON/CJSONText" -parse-as-library -swift-version 6 -module-name TokenCount "$root"/Sources/JSON/*.swift \
  "$root"/Plugins/AIProxy/TokenEstimate/TokenCounter.swift "$root"/Plugins/AIProxy/TokenEstimate/TokenWeights.swift \
  "$root"/Plugins/AIProxy/TokenEstimate/PieceVocabulary.swift \
  "$root"/Plugins/AIProxy/TokenEstimate/Han*.swift "$root"/Plugins/AIProxy/Formats/Chat/ArgumentsScanner.swift \
  "$folder"/Estimate.swift -o "$build/estimate"
exec "$build/python/bin/python" "$folder/compare.py" "$build/estimate" "$@"
