#!/bin/sh
# Fuzzes ai-proxy's translators: builds the fuzzer with their sources and runs it. Arguments go to libFuzzer,
# for example: ./run.sh -runs=1000000   ./run.sh -max_total_time=60   ./run.sh FILE-THAT-FAILED
# FUZZ_SANITIZERS names the sanitizers where not all of them are to be had, FUZZ_LINK what is to be linked besides.
set -eu
folder=$(cd "$(dirname "$0")" && pwd)
root=$folder/../../..
build=${FUZZ_BUILD:-${TMPDIR:-/tmp}/torii-fuzz-ai-proxy}
mkdir -p "$build/corpus"

options="-I $root/Sources/JSON/CJSONText -parse-as-library -swift-version 6 -O -whole-module-optimization -sanitize=${FUZZ_SANITIZERS:-fuzzer,address}"
swiftc $options -emit-library -static -emit-module -module-name JSON "$root"/Sources/JSON/*.swift \
  -emit-module-path "$build/JSON.swiftmodule" -o "$build/libJSON.a"
# The translators only: the glue to the gateway needs a gateway.
sources=$(find "$root/Plugins/AIProxy" -name '*.swift' -not -path '*/Plugin/*' -not -path '*/Entry/*')
swiftc $options -module-name AIProxyFuzzer -I "$build" -L "$build" -lJSON $sources "$folder"/*.swift ${FUZZ_LINK:-} -o "$build/fuzzer"

# Seeds: one of each kind. The first byte chooses what is tested, the next two where it is cut.
seed() { printf "$2" >"$build/corpus/seed-$1"; }
seed request '\000\000\000{"max_tokens":1,"messages":[{"role":"user","content":"a"},{"role":"assistant","content":[{"type":"text","text":"b"},{"type":"tool_use","id":"t","name":"n","input":{"a":1}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"c"}]}]}],"tools":[{"name":"n","input_schema":{"type":"object"}}],"system":[{"type":"text","text":"s"}]}'
seed markers '\000\000\000{"max_tokens":1,"messages":[{"role":"user","content":[{"type":"text","text":"a","cache_control":{"type":"ephemeral"}},{"type":"text","text":"b"}]}],"system":[{"type":"text","text":"s","cache_control":{"type":"ephemeral"}}]}'
seed stream '\001\012\024data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"n","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n'
seed message '\002\000\000{"choices":[{"message":{"content":"a","tool_calls":[{"id":"c","function":{"name":"n","arguments":"{}"}}]},"finish_reason":"stop"}],"usage":{"prompt_tokens":1}}'
seed openai '\003\000\000{"messages":[{"role":"user","content":"a"}],"stream":true,"stream_options":{"include_usage":false}}'
seed relay '\004\012\000data: {"choices":[{"delta":{"content":"a"}}]}\n\ndata: {"choices":[],"usage":{"prompt_tokens":1}}\n\n'
seed anthropic '\010\031\024data: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":1}}}\n\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"tool_use","id":"t","name":"n","input":{}}}\n\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"input_json_delta","partial_json":"{}"}}\n\ndata: {"type":"content_block_stop","index":0}\n\ndata: {"type":"message_delta","delta":{"stop_reason":"tool_use"},"usage":{"output_tokens":2}}\n\n'
seed gemini '\010\032\024data: {"modelVersion":"m","candidates":[{"content":{"parts":[{"text":"a","thought":true},{"text":"b"},{"functionCall":{"name":"n","args":{"a":1}}}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":1,"candidatesTokenCount":2}}\n\n'
seed response-events '\012\030\024\000\000\001\001\002\020\004\060\012\002\013\001\016\000'
seed completion '\013\000\000{"prompt":"a","max_tokens":5,"stream":true}'
seed response '\013\001\000{"instructions":"i","input":[{"role":"user","content":[{"type":"input_text","text":"a"}]},{"type":"function_call","call_id":"c","name":"n","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"o"}],"tools":[{"type":"function","name":"n","parameters":{}}],"text":{"format":{"type":"json_schema","name":"s","schema":{}}}}'
seed chat '\013\002\000{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"data:image/png;base64,AA=="}}]},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"n","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"o"}],"tools":[{"type":"function","function":{"name":"n"}}],"tool_choice":"required","reasoning_effort":"low"}'
seed arguments '\014\000\000\002\001\042\134\173\010\003\021'
seed pass '\016\000\000{"max_tokens":5,"stream":true,"messages":[{"role":"user","content":"a"}]}'
seed images '\017\000\000{"prompt":"a","n":1,"size":"1024x1024","image":"data:image/png;base64,AA=="}'
seed image-answer '\017\000\000{"output":{"choices":[{"message":{"content":[{"image":"u"}]}}]}}'
seed embeddings '\017\000\000{"embeddings":[{"values":[1.5,2]}],"input":["a"]}'
seed gzip '\015\011\024\113\111\054\111\264\122\250\126\112\316\310\317\114\116\055\126\262\212\256\126\112\111\315\051\111\124\262\002\012\346\347\225\244\346\225\050\131\051\045\342\002\111\112\265\265\261\265\134\134\051\303\324\034\000\331\166\023\020\040\001\000\000'
seed gzip-fixed '\015\011\024\113\111\054\111\264\122\250\126\112\316\310\317\114\116\055\126\262\212\256\126\112\111\315\051\111\124\262\002\012\346\347\225\244\346\225\050\131\051\045\342\002\111\112\265\265\261\265\134\134\000\233\206\221\354\110\000\000\000'
seed gzip-stored '\015\011\024\001\002\000\375\377\173\175\103\277\246\243\002\000\000\000'
seed events '\005\012\024\000\000\002\020\004\060\012\002\013\001\016\000'

cd "$build"
[ "$#" -gt 0 ] || set -- -runs=2000000
case $1 in
-*) set -- "$@" corpus ;;
esac
# The backtracer would start a second program for every finding; the sanitizer prints its own.
SWIFT_BACKTRACE=enable=no exec ./fuzzer -dict="$folder/aiproxy.dict" -max_len=1200 -timeout=5 "$@"
