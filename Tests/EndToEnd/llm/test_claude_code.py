"""What Claude Code sends is understood, and what it gets is what it understands."""

import concurrent.futures
import json
import os
import pathlib

import pytest

import claude_code
from claude_code import HEADERS, call, image, prompt, request, result, shapes
from events import read
from world import encode

RECORDINGS = pathlib.Path(os.environ.get("TORII_RECORDINGS", "recordings-that-are-not-here"))


def send(world, body, target="/anything/v1/messages?beta=true"):
    """A request as Claude Code sends it."""
    with world.connect() as client:
        return client.fetch("POST", target, HEADERS, encode(body))


def upstream_is_sound(request):
    """What DashScope demands, and the simulator only sees by refusing."""
    body = request["body"]
    assert request["status"] == 200
    called = []
    for index, message in enumerate(body["messages"]):
        assert "content" in message
        assert message["role"] != "system" or index == 0
        if message["role"] == "tool":
            assert called.pop(0) == message["tool_call_id"]
        else:
            assert not called, "calls without results"
            called = [one["id"] for one in message.get("tool_calls", [])]
    assert not called
    assert 1 <= body["max_tokens"] <= 32768
    assert ("stream_options" in body) == bool(body.get("stream"))
    text = request["body_text"]
    assert "x-anthropic-billing-header" not in text and "cache_control" not in text and '"signature"' not in text


def test_sizes_are_those_of_the_client():
    body = shapes()["first turn"]
    assert 28_000 < len(json.dumps(body["tools"])) < 36_000 and len(body["tools"]) == 12
    assert 43_000 < len(encode(body)) < 62_000


@pytest.mark.parametrize("name", shapes())
def test_every_shape_succeeds(world, simulator, name):
    """150: Whatever the client sends becomes what DashScope takes."""
    body = shapes()[name]
    response = send(world, body)
    sent = simulator.request()
    upstream_is_sound(sent)
    if body.get("stream"):
        answer = read(response)
        assert answer.complete
        assert answer.message["content"] and answer.message["stop_reason"] in ("end_turn", "max_tokens")
    else:
        message = json.loads(response.body)
        assert response.status == 200 and message["type"] == "message" and message["content"]
    assert world.record(response.value("x-kong-request-id"))["ai"]["proxy"]["meta"]["request_mode"] == (
        "stream" if body.get("stream") else "oneshot")


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.json")), ids=lambda path: path.stem)
def test_recordings_succeed(world, simulator, path):
    """Requests recorded from the client, where `$TORII_RECORDINGS` names a folder of them."""
    recording = json.loads(path.read_text())
    headers = [tuple(line.split(": ", 1)) for line in recording["headers"] if not line.startswith("Connection")]
    with world.connect() as client:
        response = client.fetch(recording["method"], recording["url"], headers, encode(recording["body"]))
    upstream_is_sound(simulator.request())
    if recording["body"].get("stream"):
        assert read(response).complete
    else:
        assert json.loads(response.body)["type"] == "message"


def test_tools_arrive_as_they_were_written(world, simulator):
    send(world, shapes()["first turn"])
    sent = simulator.request()["body_text"]
    for tool in claude_code.tools():
        parameters = dict(tool["input_schema"])
        parameters.pop("$schema")
        # Order of members, spelling of numbers and escapes are those of the client.
        for member in parameters.values():
            text = json.dumps(member, ensure_ascii=False)
            assert text in sent, text[:200]


def test_equal_requests_become_equal_requests(world, simulator):
    body = shapes()["parallel results out of order"]
    for version in ("2.1.330.0e0", "2.1.330.d11"):
        body["system"] = claude_code.system(version=version)
        send(world, body)
    first, second = simulator.requests()
    assert first["body_text"] == second["body_text"]


def test_results_follow_their_calls_in_order(world, simulator):
    send(world, shapes()["parallel results out of order"])
    messages = simulator.request()["body"]["messages"]
    tools = [message for message in messages if message["role"] == "tool"]
    assert [message["tool_call_id"][-1] for message in tools] == ["0", "1", "2"]
    assert [message["content"] for message in tools] == ["hi", "1\thello from a file\n2\t", "Error: Exit code 3"]


def test_an_image_in_a_result_is_told_when_the_model_cannot_see(world, simulator):
    send(world, shapes()["result with text and image"])
    messages = simulator.request()["body"]["messages"]
    text = json.dumps(messages)
    assert "base64" not in text and "A picture:" in text


def test_images_reach_a_model_that_sees(worlds, simulator):
    world = worlds(model={"name": "qwen3-vl-plus"})
    body = shapes()["result with text and image"]
    body["model"] = "qwen3-vl-plus"
    body["messages"].append({"role": "assistant", "content": "Red."})
    body["messages"].append({"role": "user", "content": [image(), {"type": "text", "text": "And this?"}]})
    assert read(send(world, body)).complete
    sent = simulator.request()
    upstream_is_sound(sent)
    urls = [part["image_url"]["url"] for message in sent["body"]["messages"] if isinstance(message["content"], list)
            for part in message["content"] if part["type"] == "image_url"]
    assert urls == ["data:image/png;base64," + claude_code.png()] * 2


def loop(world, text, results, **members):
    """Runs a conversation as the client does: calls are answered until there are none. Gives the answers."""
    messages = [prompt(text)]
    answers = []
    for _ in range(10):
        answer = read(send(world, request(messages, **members)))
        assert answer.complete
        answers.append(answer)
        content = [{name: value for name, value in block.items() if name != "json"} for block in answer.message["content"]]
        if answer.message["stop_reason"] != "tool_use":
            return answers
        messages.append({"role": "assistant", "content": content})
        blocks = [{"type": "tool_result", "tool_use_id": block["id"], **results(block["name"], block["input"])}
                  for block in content if block["type"] == "tool_use"]
        # Not in the order of the calls.
        messages.append({"role": "user", "content": blocks[::-1]})
    raise AssertionError("the loop does not end")


def test_a_streamed_tool_loop(world, simulator):
    text = (
        'Do it. [[tool:Bash {"command":"echo \\"hi\\"; ls /tmp/ä","description":"Say hi"}]]'
        '[[tool:Read {"file_path":"/tmp/😀.txt","limit":9007199254740993}]]'
        '[[step]][[tool:Edit {"command":"x","nested":{"items":["a","b"]},"ratio":1.0}]]'
        '[[step]][[reasoning:Nearly there]][[say:All done: 你好]]')
    seen = []

    def results(name, arguments):
        seen.append((name, arguments))
        return {"content": [{"type": "text", "text": f"result of {name}"}, *([image()] if name == "Read" else [])],
                **({"is_error": True} if name == "Edit" else {})}

    answers = loop(world, text, results)
    assert seen == [
        ("Bash", {"command": 'echo "hi"; ls /tmp/ä', "description": "Say hi"}),
        ("Read", {"file_path": "/tmp/😀.txt", "limit": 9007199254740993}),
        ("Edit", {"command": "x", "nested": {"items": ["a", "b"]}, "ratio": 1.0}),
    ]
    assert answers[-1].text == "All done: 你好"
    assert [answer.message["stop_reason"] for answer in answers] == ["tool_use", "tool_use", "end_turn"]
    identifiers = [answer.message["id"] for answer in answers]
    assert len(set(identifiers)) == 3
    requests = simulator.requests()
    assert len(requests) == 3
    for one in requests:
        upstream_is_sound(one)
    # What was sent before is sent again, byte by byte: the provider's prefix cache depends on it.
    for before, after in zip(requests, requests[1:]):
        begin = before["body_text"].index('"messages"')
        common = os.path.commonprefix([before["body_text"], after["body_text"]])
        end = before["body_text"].index('"tools"') if '"tools"' in before["body_text"][begin:] else len(before["body_text"])
        assert len(common) > 0.9 * min(end, len(before["body_text"])) or len(common) > 9000


def test_many_turns(world):
    text = "Go." + "[[step]]".join('[[tool:Bash {"command":"%d","description":"n"}]]' % n for n in range(8)) + "[[step]][[say:end]]"
    answers = loop(world, text, lambda name, arguments: {"content": f"done {arguments['command']}"})
    assert [answer.calls[0][1]["command"] for answer in answers[:-1]] == [str(n) for n in range(8)]
    assert answers[-1].text == "end"


def test_thinking_is_shown_when_asked_for(world, simulator):
    body = request([prompt("Go. [[say:Yes.]]")], thinking={"type": "enabled", "budget_tokens": 2048})
    response = send(world, body)
    answer = read(response)
    assert [block["type"] for block in answer.message["content"]] == ["thinking", "text"]
    thinking = answer.message["content"][0]
    assert thinking["thinking"] and thinking["signature"]
    sent = simulator.request()["body"]
    assert sent["enable_thinking"] is True and sent["thinking_budget"] == 2048
    record = world.record(response.value("x-kong-request-id"))["ai"]["proxy"]["usage"]
    assert record["completion_tokens_details"]["reasoning_tokens"] > 0
    again = request([prompt("Go."), {"role": "assistant", "content": answer.message["content"]},
                     {"role": "user", "content": "And?"}])
    assert read(send(world, again)).complete


def test_a_forced_tool_turns_thinking_off(world, simulator):
    body = request([prompt("Go.")], tool_choice={"type": "tool", "name": "Bash"},
                   thinking={"type": "enabled", "budget_tokens": 1024})
    answer = read(send(world, body))
    assert [name for name, _ in answer.calls] == ["Bash"]
    assert simulator.request()["body"]["enable_thinking"] is False


def test_an_answer_without_a_stream_to_a_thinking_model(world):
    response = send(world, request([prompt("Go. [[say:Yes.]]")], stream=False, thinking={"type": "enabled", "budget_tokens": 1024}))
    message = json.loads(response.body)
    assert [block["type"] for block in message["content"]] == ["thinking", "text"]
    assert message["usage"]["output_tokens"] > 0


def test_long_tool_names_come_back(world, simulator):
    name = "mcp__a_server_with_a_long_name__" + "very_" * 10 + "long_tool_name"
    tools = [{"name": name, "description": "x", "input_schema": {"type": "object", "properties": {}}},
             {"name": "search", "input_schema": {"type": "object"}}]
    answer = read(send(world, request([prompt("Go.")], tools=tools, tool_choice={"type": "tool", "name": name})))
    assert answer.calls == [(name, {})]
    names = [tool["function"]["name"] for tool in simulator.request()["body"]["tools"]]
    assert all(len(one) <= 64 and one != "search" for one in names) and len(set(names)) == 2


def test_counting_tokens_in_a_burst(world, simulator):
    bodies = []
    for index in range(25):
        body = shapes()["first turn"]
        bodies.append({"model": "qwen-plus", "messages": body["messages"][:1], "tools": body["tools"][: index % 12]})

    def count(body):
        return json.loads(send(world, body, "/anything/v1/messages/count_tokens?beta=true").body)["input_tokens"]

    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        counts = list(pool.map(count, bodies))
    assert counts[:12] == sorted(counts[:12]) and counts[0] > 100 and counts[12:24] == counts[:12]
    assert simulator.requests() == []


@pytest.mark.parametrize("method, path", [
    ("HEAD", "/anything/api/hello"), ("GET", "/anything/api/hello"), ("HEAD", "/anything"), ("HEAD", "/anything/v1/messages")])
def test_probes_are_answered_here(world, simulator, method, path):
    with world.connect() as client:
        response = client.fetch(method, path, [("User-Agent", "Bun/1.4.4")])
    assert response.status in (200, 405)
    assert simulator.requests() == []


def test_models_are_listed(world, simulator):
    with world.connect() as client:
        listed = json.loads(client.fetch("GET", "/anything/v1/models?limit=1000", HEADERS).body)
        one = json.loads(client.fetch("GET", "/anything/v1/models/qwen-plus", HEADERS).body)
        none = client.fetch("GET", "/anything/v1/models/gpt-9", HEADERS)
    assert [model["id"] for model in listed["data"]] == ["qwen-plus"] and listed["has_more"] is False
    assert one["type"] == "model"
    assert none.status == 404 and json.loads(none.body)["error"]["type"] == "not_found_error"
    assert simulator.requests() == []


@pytest.mark.parametrize("kind, status", [("create", 200), ("continue", 400)])
def test_message_threads(world, kind, status):
    thread = {"type": kind, **({"previous_message_id": "msg_1"} if kind == "continue" else {})}
    response = send(world, request([prompt("Go.")], thread=thread))
    assert response.status == status
    if status == 400:
        assert "capability_rejected: beta_header:message-threads-2026-08-12" in json.loads(response.body)["error"]["message"]


def test_a_smaller_model_by_alias(worlds, simulator):
    world = worlds(model={"model_alias": "claude-haiku-*"})
    answer = read(send(world, request([prompt("Go.")], model="claude-haiku-4-5-20251001")))
    assert answer.complete and simulator.request()["body"]["model"] == "qwen-plus"


def test_web_search_by_the_model(worlds, simulator):
    world = worlds(translation={"web_search": "enable_search"})
    assert read(send(world, shapes()["web search"])).complete
    sent = simulator.request()["body"]
    assert sent["enable_search"] is True and "tools" not in sent


def test_a_conversation_of_thirty_megabytes(world):
    big = "x" * 30_000_000
    response = send(world, {"model": "qwen-plus", "max_tokens": 10, "messages": [{"role": "user", "content": big}]})
    error = json.loads(response.body)["error"]
    # More than the model reads: the client compacts when it sees these words.
    assert response.status == 400 and error["message"].startswith("prompt is too long")


def test_more_than_thirty_two_megabytes(world, simulator):
    big = "x" * 33_600_000
    response = send(world, {"model": "qwen-plus", "max_tokens": 10, "messages": [{"role": "user", "content": big}]})
    assert response.status == 413
    assert json.loads(response.body)["error"]["type"] == "request_too_large"
    assert simulator.requests() == []
