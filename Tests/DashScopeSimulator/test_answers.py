"""What the simulator answers when all is well: one-shot bodies, streams, tool calls, usage."""

import json
import re

import pytest

from client import CHAT, request_bytes, tool

HEADERS = {"x-dashscope-call-gateway": "true", "server": "istio-envoy"}
READ = {"tools": [tool("Read"), tool("Write")]}


def test_one_shot_body(simulator):
    answer = simulator.chat("Hi 你好")
    assert answer.status == 200
    assert HEADERS.items() <= answer.headers.items()
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", answer.headers["x-request-id"])
    assert "x-envoy-upstream-service-time" in answer.headers
    body = answer.json()
    assert body["id"] == "chatcmpl-" + answer.headers["x-request-id"]
    assert (body["object"], body["model"], body["system_fingerprint"]) == ("chat.completion", "qwen-plus", None)
    [choice] = body["choices"]
    assert (choice["index"], choice["finish_reason"], choice["logprobs"]) == (0, "stop", None)
    message = choice["message"]
    assert message["role"] == "assistant"
    assert message["content"].startswith("You said: “Hi 你好”.")
    assert [message[name] for name in ("refusal", "audio", "function_call")] == [None] * 3
    assert "tool_calls" not in message


def test_stream(simulator):
    answer = simulator.stream("[[say:one two three]]")
    assert answer.headers["content-type"] == "text/event-stream;charset=UTF-8"
    assert HEADERS.items() <= answer.headers.items()
    assert answer.data()[-1] == "[DONE]"
    chunks = answer.chunks()
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1
    assert all(chunk["object"] == "chat.completion.chunk" for chunk in chunks)
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks[:-1]]
    assert deltas == [
        {"content": "", "role": "assistant"},
        {"content": "one "},
        {"content": "two "},
        {"content": "thre"},
        {"content": "e"},
        {"content": ""},
    ]
    assert answer.finish_reasons() == ["stop"]
    assert [chunk["usage"] for chunk in chunks[:-1]] == [None] * 6
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens"] == 4


def test_stream_without_usage(simulator):
    answer = simulator.chat("x", stream=True)
    assert all(chunk["usage"] is None and chunk["choices"] for chunk in answer.chunks())


def test_each_event_is_a_chunk_of_its_own(simulator):
    answer = simulator.stream("[[long:20]]")
    sizes = re.findall(rb"(?:^|\r\n)([0-9a-f]+)\r\n", answer.raw)
    assert len(sizes) == len(answer.data()) + 1


def test_the_same_request_has_the_same_answer(simulator):
    def essence(answer):
        body = answer.json()
        return body["choices"], {name: body["usage"][name] for name in ("prompt_tokens", "completion_tokens")}

    assert essence(simulator.chat("Hello")) == essence(simulator.chat("Hello"))
    assert simulator.stream("Hello").content() == simulator.chat("Hello").json()["choices"][0]["message"]["content"]


def test_markers_of_text(simulator):
    def content(text):
        return simulator.chat(text).json()["choices"][0]["message"]["content"]

    assert content('please [[say:a "b" \\ \n 😀]] now') == 'a "b" \\ \n 😀'
    assert content("[[long:3]]") == "000 001 002 "
    assert content("[[unknown]] [1, [2]]").startswith("You said: “[[unknown]] [1, [2]]”")


def test_max_tokens_cuts_text_with_length(simulator):
    body = simulator.chat("[[long:10]]", max_tokens=4).json()
    assert body["choices"][0]["finish_reason"] == "length"
    assert body["choices"][0]["message"]["content"] == "000 001 002 003 "
    assert body["usage"]["completion_tokens"] == 4


def test_max_tokens_cuts_the_arguments_of_a_call(simulator):
    answer = simulator.stream('[[tool:Read {"path":"/a/long/path"}]]', max_tokens=3, **READ)
    assert answer.finish_reasons() == ["length"]
    assert answer.calls()[0]["arguments"] == '{"path":"/a/'


@pytest.mark.parametrize("stop", ["two", ["x", "two"]])
def test_stop_cuts_text_with_stop(simulator, stop):
    choice = simulator.chat("[[say:one two three]]", stop=stop).json()["choices"][0]
    assert (choice["message"]["content"], choice["finish_reason"]) == ("one ", "stop")


def test_n_answers_n_times(simulator):
    body = simulator.chat("[[say:abcd]]", n=3).json()
    assert [choice["index"] for choice in body["choices"]] == [0, 1, 2]
    assert body["usage"]["completion_tokens"] == 3
    indexes = [chunk["choices"][0]["index"] for chunk in simulator.stream("x", n=2).chunks()[:-1]]
    assert set(indexes) == {0, 1}


def test_thinking_streams_reasoning_first(simulator):
    answer = simulator.stream("[[reasoning:Let me see]] [[say:done]]", enable_thinking=True)
    deltas = answer.deltas()
    assert deltas[0] == {"content": None, "role": "assistant", "reasoning_content": ""}
    assert deltas[1] == {"content": None, "reasoning_content": "Let "}
    assert {"content": "done", "reasoning_content": None} in deltas
    assert (answer.reasoning(), answer.content()) == ("Let me see", "done")
    usage = answer.chunks()[-1]["usage"]
    assert usage["completion_tokens_details"] == {"reasoning_tokens": 3}
    assert usage["completion_tokens"] == 4


def test_thinking_in_one_shot(simulator):
    message = simulator.chat("Hi", model="qwen3.5-plus", enable_thinking=True).json()["choices"][0]["message"]
    assert message["reasoning_content"]


def test_a_model_that_thinks_by_default(simulator):
    assert simulator.stream("Hi", model="qwen3-235b-a22b").reasoning()
    assert not simulator.stream("Hi", model="qwen3-235b-a22b", enable_thinking=False).reasoning()


def test_tool_call_in_one_shot(simulator):
    choice = simulator.chat('[[tool:Read {"path":"/a]]b","n":[[1]]}]]', **READ).json()["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] == ""
    [call] = choice["message"]["tool_calls"]
    assert re.fullmatch(r"call_[0-9a-f]{22}", call["id"])
    assert (call["type"], call["index"]) == ("function", 0)
    assert call["function"] == {"name": "Read", "arguments": '{"path":"/a]]b","n":[[1]]}'}


def test_tool_call_in_a_stream(simulator):
    answer = simulator.stream('[[tool:Read {"path":"/a"}]]', **READ)
    pieces = [delta["tool_calls"][0] for delta in answer.deltas() if "tool_calls" in delta]
    first, middle, last = pieces[0], pieces[1:-1], pieces[-1]
    assert first["id"].startswith("call_")
    assert first["function"] == {"name": "Read", "arguments": ""}
    assert all(piece["id"] == "" and piece["function"]["name"] is None for piece in middle)
    assert (last["id"], last["function"]) == ("", {"name": None, "arguments": None})
    assert all((piece["index"], piece["type"]) == (0, "function") for piece in pieces)
    assert "".join(piece["function"]["arguments"] for piece in middle) == '{"path":"/a"}'
    assert answer.deltas()[-1] == {}
    assert answer.finish_reasons() == ["tool_calls"]


def test_text_before_a_call(simulator):
    answer = simulator.stream("[[say:I look.]] [[tool:Read {}]]", **READ)
    assert (answer.content(), len(answer.calls())) == ("I look.", 1)


def test_parallel_calls_only_when_allowed(simulator):
    text = '[[tool:Read {"path":"a"}]] [[tool:Write {"path":"b"}]] [[tool:Read {"path":"c"}]]'
    names = [call["name"] for call in simulator.stream(text, parallel_tool_calls=True, **READ).calls()]
    assert names == ["Read", "Write", "Read"]
    assert len(simulator.stream(text, **READ).calls()) == 1
    assert len(simulator.stream(text, parallel_tool_calls=False, **READ).calls()) == 1


def test_a_tool_that_is_not_on_offer_is_not_called(simulator):
    assert simulator.chat("[[tool:Other {}]]", **READ).json()["choices"][0]["finish_reason"] == "stop"
    assert simulator.chat("[[tool:Read {}]]").json()["choices"][0]["finish_reason"] == "stop"


def test_use_tool_makes_arguments_from_the_schema(simulator):
    schema = {
        "type": "object",
        "properties": {
            "path": {"type": "string"},
            "mode": {"enum": ["r", "w"]},
            "range": {"$ref": "#/$defs/range"},
            "extra": {"type": "string"},
        },
        "required": ["path", "mode", "range"],
        "$defs": {"range": {"type": "object", "properties": {"from": {"type": "integer"}}, "required": ["from"]}},
    }
    [call] = simulator.stream("please use tool Open, now", tools=[tool("Open", schema)]).calls()
    assert json.loads(call["arguments"]) == {"path": "example", "mode": "r", "range": {"from": 1}}
    assert simulator.stream("use tool Opener", tools=[tool("Open", schema)]).calls() == []


def test_tool_choice(simulator):
    named = {"tool_choice": {"type": "function", "function": {"name": "Write"}}}
    assert [call["name"] for call in simulator.stream("Hi", **READ, **named).calls()] == ["Write"]
    assert simulator.stream("[[tool:Read {}]]", tool_choice="none", **READ).calls() == []
    assert len(simulator.stream("Hi", model="qwen3-max", tool_choice="required", **READ).calls()) == 1


def turn(simulator, history):
    body = {"model": "qwen-plus", "parallel_tool_calls": True, "messages": history, **READ}
    message = simulator.send(body).json()["choices"][0]["message"]
    history.append({name: message[name] for name in ("role", "content", "tool_calls") if name in message})
    for call in message.get("tool_calls", []):
        history.append({"role": "tool", "tool_call_id": call["id"], "content": f"result of {call['function']['name']}"})
    return message


def test_results_are_quoted(simulator):
    history = [{"role": "user", "content": "[[tool:Read {}]] [[tool:Write {}]]"}]
    assert len(turn(simulator, history)["tool_calls"]) == 2
    assert turn(simulator, history)["content"].startswith("The 2 tools returned “result of Read”, “result of Write”.")


def test_steps_make_a_loop_of_turns(simulator):
    history = [{"role": "user", "content": "[[tool:Read {}]] [[step]] [[tool:Write {}]] [[step]] [[say:done]]"}]
    assert turn(simulator, history)["tool_calls"][0]["function"]["name"] == "Read"
    assert turn(simulator, history)["tool_calls"][0]["function"]["name"] == "Write"
    assert turn(simulator, history)["content"] == "done"


def test_steps_survive_a_reminder_between_results(simulator):
    history = [{"role": "user", "content": "[[tool:Read {}]] [[step]] [[say:done]]"}]
    turn(simulator, history)
    history.append({"role": "user", "content": "<system-reminder>mind the gap</system-reminder>"})
    assert turn(simulator, history)["content"] == "done"


def test_structured_output(simulator):
    schema = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
    form = {"type": "json_schema", "json_schema": {"name": "title", "schema": schema, "strict": True}}
    text = simulator.chat("Hi", response_format=form).json()["choices"][0]["message"]["content"]
    assert json.loads(text) == {"title": "example"}
    text = simulator.chat("json please", response_format={"type": "json_object"}).json()["choices"][0]["message"]["content"]
    json.loads(text)


def usage(simulator, **members):
    return simulator.chat(**members).json()["usage"]


def test_usage_counts(simulator):
    small, large = usage(simulator, text="x"), usage(simulator, text="x" * 401)
    assert large["prompt_tokens"] - small["prompt_tokens"] == 100
    assert small["total_tokens"] == small["prompt_tokens"] + small["completion_tokens"]
    assert usage(simulator, text="x", **READ)["prompt_tokens"] > small["prompt_tokens"]
    assert small["completion_tokens_details"] == {}
    assert simulator.stream("x").chunks()[-1]["usage"]["completion_tokens_details"] is None


def cached(simulator, *contents, **members):
    history = [{"role": role, "content": text} for role, text in zip(["system", "user"], contents)]
    return usage(simulator, messages=history, **members)["prompt_tokens_details"]["cached_tokens"]


def test_a_prefix_that_was_seen_is_cached(simulator):
    simulator.control("DELETE", "/simulator/cache")
    system = "".join(f"rule {number}. " for number in range(800))
    assert cached(simulator, system, "one") == 0
    again = cached(simulator, system, "two")
    assert again >= 1024 and again % 256 == 0
    assert cached(simulator, "changed " + system, "three") == 0
    assert 0 < cached(simulator, system[:3000] + "changed" + system[3000:], "four") < again


def test_a_change_of_tools_breaks_the_cache(simulator):
    simulator.control("DELETE", "/simulator/cache")
    system = "x" * 8000
    assert cached(simulator, system, "one", tools=[tool("A"), tool("B")]) == 0
    assert cached(simulator, system, "one", tools=[tool("B"), tool("A")]) == 0
    assert cached(simulator, system, "one", tools=[tool("A"), tool("B")]) > 0


def test_small_prompts_are_not_cached(simulator):
    for _ in range(2):
        assert cached(simulator, "small", "again and again") == 0


def test_a_marker_creates_an_explicit_cache(simulator):
    simulator.control("DELETE", "/simulator/cache")
    part = {"type": "text", "text": "y" * 8000, "cache_control": {"type": "ephemeral"}}
    history = [{"role": "system", "content": [part]}, {"role": "user", "content": "Hi"}]
    first = usage(simulator, messages=history)["prompt_tokens_details"]
    assert first["cached_tokens"] == 0
    assert first["cache_creation_input_tokens"] >= 2000
    assert first["cache_creation"] == {"ephemeral_5m_input_tokens": first["cache_creation_input_tokens"]}
    second = usage(simulator, messages=history)["prompt_tokens_details"]
    assert second["cached_tokens"] >= 1792 > second["cache_creation_input_tokens"]


def test_an_image_counts_flat(simulator):
    def prompt(size):
        url = "data:image/png;base64," + "A" * size
        content = [{"type": "image_url", "image_url": {"url": url}}]
        return usage(simulator, model="qwen3-vl-plus", messages=[{"role": "user", "content": content}])["prompt_tokens"]

    assert prompt(400_000) == prompt(40_000)


def test_embeddings(simulator):
    def embed(**members):
        return simulator.send({"model": "text-embedding-v4", **members}, target="/compatible-mode/v1/embeddings")

    body = embed(input=["a", "b", "a"], dimensions=64).json()
    vectors = [item["embedding"] for item in body["data"]]
    assert [item["index"] for item in body["data"]] == [0, 1, 2]
    assert len(vectors[0]) == 64 and vectors[0] == vectors[2] != vectors[1]
    assert body["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert len(embed(input="text").json()["data"][0]["embedding"]) == 1024
    assert embed(input=["x"] * 11).status == 400
    assert embed(input="x", model="other").status == 404


def test_models(simulator):
    listed = {item["id"] for item in simulator.get("/compatible-mode/v1/models").json()["data"]}
    assert {"qwen-plus", "qwen-max", "qwen3-coder-plus"} <= listed


def test_image_generation(simulator):
    path = "/api/v1/services/aigc/multimodal-generation/generation"
    body = {"model": "qwen-image", "input": {"messages": [{"role": "user", "content": [{"text": "a cat"}]}]}}
    answer = simulator.send(body, target=path)
    assert answer.json()["output"]["choices"][0]["message"]["content"][0]["image"].startswith("https://")
    assert simulator.send({"model": "qwen-image"}, target=path).json()["code"] == "InvalidParameter"


def test_requests_follow_each_other_on_a_connection(simulator):
    body = {"model": "qwen-plus", "messages": [{"role": "user", "content": "[[say:abc]]"}]}
    with simulator.connect() as connection:
        for stream in (False, True, False):
            connection.send(request_bytes({**body, "stream": stream}))
            assert connection.read().complete
        connection.send(request_bytes(body) * 3)
        assert [connection.read().status for _ in range(3)] == [200] * 3


def test_a_client_that_asks_for_it_is_closed(simulator):
    body = {"model": "qwen-plus", "messages": [{"role": "user", "content": "x"}]}
    with simulator.connect() as connection:
        connection.send(request_bytes(body, headers=[("Connection", "close")]))
        answer = connection.read()
        assert answer.headers["connection"] == "close"
        assert not connection.fill() and answer.ending == "closed"


def test_a_body_in_chunks_and_after_100_continue(simulator):
    body = json.dumps({"model": "qwen-plus", "messages": [{"role": "user", "content": "x"}]}).encode()
    chunks = b"".join(b"1;ext=1\r\n%c\r\n" % byte for byte in body) + b"0\r\nTrailer: 1\r\n\r\n"
    head = f"POST {CHAT} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\n"
    with simulator.connect() as connection:
        connection.send(head.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
        assert connection.read().status == 200
        connection.send(head.encode() + b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert connection.socket.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.send(body)
        assert connection.read().status == 200
