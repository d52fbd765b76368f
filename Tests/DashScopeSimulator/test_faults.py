"""Each fault does what `--help` says it does."""

import json
import re
import subprocess
import time

import pytest

from client import eventually, request_bytes, tool
from conftest import binary

TOOLS = {"tools": [tool("Read"), tool("Write")], "parallel_tool_calls": True}
TWO_CALLS = '[[tool:Read {"path":"/a"}]] [[tool:Write {"path":"/b"}]]'
TEXT = "[[say:a naïve 你好 😀 text of some length]]"
PLAIN = "a naïve 你好 😀 text of some length"


def pieces(answer):
    return [piece for delta in answer.deltas() for piece in delta.get("tool_calls") or []]


# Where faults come from


def test_an_unknown_fault_is_refused_loudly(simulator):
    answer = simulator.chat(fault="cutt after=3")
    assert (answer.status, answer.error["code"]) == (400, "simulator_fault")
    assert "cutt" in answer.error["message"]
    assert simulator.chat(fault="cut later=3").error["code"] == "simulator_fault"
    assert simulator.chat(fault="cut after=x").error["code"] == "simulator_fault"
    assert simulator.chat("[[fault:nonsense]]").error["code"] == "simulator_fault"


def test_a_fault_may_come_by_marker_or_header(simulator):
    assert simulator.chat("[[fault:error code=limit_requests]]").status == 429
    assert simulator.chat(fault="error code=limit_requests").status == 429


def test_several_faults_at_once(simulator):
    answer = simulator.stream(TEXT, "crlf; comments count=2; no-done")
    assert answer.body.startswith(b": keep-alive\r\n: keep-alive\r\ndata: ")
    assert "[DONE]" not in answer.data()


def script(simulator, *rules):
    return simulator.control("POST", "/simulator/script", json.dumps(rules).encode())


def test_a_script_acts_on_what_it_matches(simulator):
    script(
        simulator,
        {"match": {"nth": 2, "contains": "apple"}, "action": "error code=limit_requests"},
        {"match": {"model": "qwen-max"}, "times": 1, "action": {"fault": "error", "code": "model_not_found"}},
        {"match": {"stream": True}, "action": ["error code=Arrearage status=402", "close"]},
    )
    statuses = [
        simulator.chat("apple").status,
        simulator.chat("pear").status,
        simulator.chat("apple").status,
        simulator.chat("apple").status,
        simulator.chat("pear", model="qwen-max").status,
        simulator.chat("pear", model="qwen-max").status,
    ]
    assert statuses == [200, 200, 429, 200, 404, 200]
    answer = simulator.stream("pear")
    assert (answer.status, answer.headers["connection"]) == (402, "close")
    simulator.control("DELETE", "/simulator/script")
    assert simulator.stream("pear").status == 200


def test_a_bad_script_is_refused_and_the_old_one_stays(simulator):
    script(simulator, {"action": "error code=limit_requests"})
    assert "rules[0]" in script(simulator, {"action": "nonsense"})["message"]
    assert "unknown member" in script(simulator, {"action": "cut", "when": 1})["message"]
    assert simulator.chat().status == 429


def test_a_script_file(start, tmp_path):
    path = tmp_path / "script.json"
    path.write_text('{"rules":[{"match":{"nth":1},"action":"html"}]}')
    client = start("--script", str(path)).client
    assert [client.chat().status for _ in range(2)] == [502, 200]


# Time


def elapsed(action):
    started = time.monotonic()
    action()
    return time.monotonic() - started


def test_slow(simulator):
    assert elapsed(lambda: simulator.chat(fault="slow head=60")) >= 0.06
    assert elapsed(lambda: simulator.chat(fault="slow first=60")) >= 0.06
    events = len(simulator.stream(TEXT).data())
    assert elapsed(lambda: simulator.stream(TEXT, "slow first=40 token=5")) >= 0.04 + (events - 1) * 0.005


def test_delays_of_the_command_line(start):
    client = start("--first-token-delay", "40", "--token-delay", "10").client
    assert elapsed(lambda: client.stream("[[long:4]]")) >= 0.04 + 7 * 0.01
    assert elapsed(lambda: client.stream("[[long:4]]", "slow")) < 0.1


@pytest.mark.parametrize("fault, events, head", [("stall", 0, False), ("stall after=0", 0, True), ("stall after=3", 3, True)])
def test_stall_until_the_client_leaves(simulator, fault, events, head):
    with simulator.connect(timeout=0.3) as connection:
        body = {"model": "qwen-plus", "stream": True, "messages": [{"role": "user", "content": TEXT}]}
        connection.send(request_bytes(body, headers=[("x-simulator-fault", fault)]))
        with pytest.raises(TimeoutError):
            connection.read()
        assert (connection.answer.status == 200) == head
        assert connection.buffer.count(b"data:") + connection.answer.raw.count(b"data:") == events
        assert simulator.records()[-1]["ending"] == "open"
    assert eventually(lambda: simulator.records()[-1]["ending"] == "client_gone")
    assert simulator.records()[-1]["client_disconnected"] is True
    assert simulator.records()[-1]["events_written"] == events


# Early ends


def test_reset(simulator):
    answer = simulator.stream(TEXT, "reset")
    assert (answer.status, answer.ending) == (None, "reset")
    answer = simulator.stream(TEXT, "reset after=3; slow token=5")
    assert (answer.status, answer.ending, len(answer.data())) == (200, "reset", 3)
    answer = simulator.chat(TEXT, "reset after=0; slow first=20")
    assert (answer.status, answer.ending, answer.body) == (200, "reset", b"")
    assert eventually(lambda: simulator.records()[-1]["ending"] == "fault")


def test_cut(simulator):
    answer = simulator.stream(TEXT, "cut after=4")
    assert (answer.ending, answer.complete, len(answer.data())) == ("closed", False, 4)
    answer = simulator.chat(TEXT, "cut after=10")
    assert (answer.ending, answer.complete, len(answer.body)) == ("closed", False, 10)


def test_end(simulator):
    answer = simulator.stream(TEXT, "end after=4")
    assert (answer.complete, len(answer.data()), answer.finish_reasons()) == (True, 4, [])


# Writes


@pytest.mark.parametrize("fault", ["split", "split size=7 seed=3", "rechunk", "rechunk size=5 seed=9", "split; rechunk size=3", "join count=3"])
def test_the_way_of_writing_changes_nothing(simulator, fault):
    answer = simulator.stream(TEXT, fault)
    assert answer.complete
    assert answer.content() == PLAIN
    assert answer.data()[-1] == "[DONE]"


def test_split_makes_small_writes(simulator):
    answer = simulator.chat("[[say:x]]", "split size=40 pause=3000")
    assert len(answer.times) > 8
    assert simulator.chat("[[say:x]]", "split size=100").json()["choices"]


def test_rechunk_cuts_characters(simulator):
    answer = simulator.stream(TEXT, "rechunk size=1")
    assert re.match(rb"(1\r\n.\r\n)+0\r\n\r\n$", answer.raw, re.DOTALL)


def test_random_sizes_are_the_same_for_the_same_seed(simulator):
    def sizes(seed):
        raw = simulator.stream("[[say:x]]", f"rechunk size=9 seed={seed}").raw
        return re.findall(rb"(?:^|\r\n)([0-9a-f])\r\n", raw)[:20]

    assert sizes(1) == sizes(1) != sizes(2)


def test_join(simulator):
    raw = simulator.stream("[[long:10]]", "join count=100").raw
    assert len(re.findall(rb"data:", raw)) == 14


# Other answers


CODES = {
    "invalid_parameter_error": 400, "data_inspection_failed": 400, "Arrearage": 400, "invalid_api_key": 401,
    "AccessDenied": 403, "model_not_found": 404, "RequestTimeOut": 408, "BadRequest.TooLarge": 413,
    "limit_requests": 429, "insufficient_quota": 429, "Throttling.AllocationQuota": 429, "PrepaidBillOverdue": 429,
    "internal_error": 500, "SystemError": 500, "ModelServingError": 503,
}  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_error(simulator, code):
    answer = simulator.stream(TEXT, f"error code={code}")
    assert (answer.status, answer.error["code"]) == (CODES[code], code)
    assert answer.error["message"] and answer.json()["request_id"]
    assert "retry-after" not in answer.headers


def test_error_arguments(simulator):
    answer = simulator.chat(fault='error code=limit_requests status=503 message="try; again" retry-after=7')
    assert (answer.status, answer.error["message"], answer.headers["retry-after"]) == (503, "try; again", "7")
    assert simulator.chat(fault="error shape=native").json().keys() == {"code", "message", "request_id"}
    text = simulator.chat(fault="error shape=text message=oops")
    assert (text.headers["content-type"], text.body) == ("text/plain", b"oops")
    assert simulator.chat(fault="error code=nonsense").error["code"] == "simulator_fault"


def test_html_and_empty(simulator):
    answer = simulator.chat(fault="html")
    assert (answer.status, answer.headers["content-type"]) == (502, "text/html")
    assert answer.body.startswith(b"<html>")
    answer = simulator.chat(fault="empty")
    assert (answer.status, answer.body) == (200, b"")


def test_error_frame(simulator):
    answer = simulator.stream(TEXT, "error-frame code=data_inspection_failed")
    assert (answer.status, answer.complete, len(answer.data())) == (200, True, 1)
    assert answer.chunks()[0]["error"]["code"] == "data_inspection_failed"
    answer = simulator.stream(TEXT, "error-frame after=3")
    assert len(answer.data()) == 4
    assert "error" in answer.chunks()[-1]
    answer = simulator.chat(TEXT, "error-frame")
    assert (answer.status, answer.error["code"]) == (200, "internal_error")


def test_json_instead_of_a_stream_and_the_reverse(simulator):
    answer = simulator.stream(TEXT, "json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["choices"][0]["message"]["content"] == PLAIN
    answer = simulator.chat(TEXT, "sse")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.content() == PLAIN


# HTTP


def test_interim(simulator):
    answer = simulator.chat(fault="interim")
    assert (answer.interim, answer.status) == ([103], 200)


@pytest.mark.parametrize("fault, said", [("close", "close"), ("close-silently", None)])
def test_close(simulator, fault, said):
    body = {"model": "qwen-plus", "messages": [{"role": "user", "content": "x"}]}
    with simulator.connect() as connection:
        connection.send(request_bytes(body, headers=[("x-simulator-fault", fault)]))
        answer = connection.read()
        assert answer.complete and answer.headers.get("connection") == said
        assert not connection.fill() and answer.ending == "closed"


def test_until_close(simulator):
    for answer in (simulator.stream(TEXT, "until-close"), simulator.chat(TEXT, "until-close")):
        assert not {"content-length", "transfer-encoding"} & answer.headers.keys()
        assert answer.complete and PLAIN[:4] in answer.text()


def test_chunked_one_shot(simulator):
    answer = simulator.chat(TEXT, "chunked; rechunk size=10")
    assert answer.headers["transfer-encoding"] == "chunked"
    assert answer.json()["choices"]


def test_content_length(simulator):
    answer = simulator.chat(TEXT, "content-length delta=10")
    assert (answer.complete, answer.ending) == (False, "closed")
    assert int(answer.headers["content-length"]) == len(answer.body) + 10
    with pytest.raises(ValueError):
        simulator.chat(TEXT, "content-length delta=-10").json()


def test_bad_chunk(simulator):
    answer = simulator.stream(TEXT, "bad-chunk after=2")
    assert (answer.complete, len(answer.data())) == (False, 2)


def test_bad_head(simulator):
    with simulator.connect() as connection:
        body = {"model": "qwen-plus", "messages": [{"role": "user", "content": "x"}]}
        connection.send(request_bytes(body, headers=[("x-simulator-fault", "bad-head")]))
        assert connection.socket.recv(100).startswith(b"HTTP/1.1 two hundred\r\n")


def test_big_head(simulator):
    assert len(simulator.chat(fault="big-head kilobytes=20").headers["x-simulator-filler"]) == 20 * 1024


def test_gzip(simulator):
    answer = simulator.chat(TEXT, "gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert json.loads(answer.text())["choices"][0]["message"]["content"] == PLAIN
    assert simulator.stream(TEXT, "gzip").content() == PLAIN
    assert len(json.loads(simulator.chat("[[long:50000]]", "gzip", max_tokens=30000).text())["id"]) > 10


# Framing of events


@pytest.mark.parametrize("fault", ["crlf", "cr", "comments count=3", "compact", "fields", "multiline", "bom", "compact-done", "crlf; multiline; compact; bom; fields"])
def test_framing_changes_nothing(simulator, fault):
    assert simulator.stream(TEXT, fault).content() == PLAIN


def test_framing_is_as_asked(simulator):
    def body(fault):
        return simulator.stream(TEXT, fault).body

    assert b"\n" not in body("crlf").replace(b"\r\n", b"") and b"\r" not in body("crlf").replace(b"\r\n", b"")
    assert b"\n" not in body("cr")
    assert body("compact").startswith(b"data:{")
    assert body("fields").startswith(b"id: 1\nevent: result\nretry: 3000\ndata: {")
    assert body("multiline").startswith(b"data: {\ndata: \"choices\"")
    assert body("bom").startswith(b"\xef\xbb\xbfdata: ")
    assert body("compact-done").endswith(b"\n\ndata:[DONE]\n")
    assert b"DONE" not in body("no-done")


def test_heartbeat(simulator):
    chunks = simulator.stream("[[say:x]]", "heartbeat count=2").chunks()
    beats = [chunk for chunk in chunks if chunk["choices"] == [] and chunk["usage"] is None]
    assert len(beats) == 8


def test_malformed(simulator):
    data = simulator.stream(TEXT, "malformed after=2 count=3").data()
    for bad in data[2:5]:
        with pytest.raises(ValueError):
            json.loads(bad)
    json.loads(data[5])


def test_after_done(simulator):
    data = simulator.stream(TEXT, "after-done").data()
    assert data[-2] == "[DONE]" and "after the end" in data[-1]


def test_big_line(simulator):
    data = simulator.stream("[[say:x]]", "big-line megabytes=3").data()
    assert max(map(len, data)) > 3 << 20
    answer = simulator.stream("[[tool:Read {}]]", "big-line megabytes=2", **TOOLS)
    assert len(json.loads(answer.calls()[0]["arguments"])["content"]) == 2 << 20
    assert len(simulator.chat("x", "big-line megabytes=1").body) > 1 << 20


# The shape of answers


@pytest.mark.parametrize("value, expected", [("null", None), ("empty", []), ("hollow", [{}]), ("missing", "missing")])
def test_choices(simulator, value, expected):
    assert simulator.chat(fault=f"choices value={value}").json().get("choices", "missing") == expected
    assert simulator.stream(TEXT, f"choices value={value}").chunks()[1].get("choices", "missing") == expected


def test_usage(simulator):
    def usages(value):
        chunks = simulator.chat("[[say:twelve chars]]", f"usage value={value}", stream=True).chunks()
        return [
            (bool(chunk["choices"]), chunk["usage"] and chunk["usage"]["completion_tokens"], "finish" * bool(chunk["choices"] and chunk["choices"][0]["finish_reason"]))
            for chunk in chunks
        ]

    assert usages("never")[-1] == (True, None, "finish")
    assert [usage for _, usage, _ in usages("always")] == [0, 1, 2, 3, None, 3]
    assert usages("early")[-2:] == [(False, 3, ""), (True, None, "finish")]
    assert usages("finish")[-1] == (True, 3, "finish")
    assert usages("null")[-1] == (False, None, "")
    assert simulator.chat(fault="usage value=never").json()["usage"] is None


@pytest.mark.parametrize("reason", ["length", "content_filter", "eos", "null"])
def test_finish(simulator, reason):
    expected = None if reason == "null" else reason
    assert simulator.chat(fault=f"finish reason={reason}").json()["choices"][0]["finish_reason"] == expected
    chunks = simulator.stream(TEXT, f"finish reason={reason}").chunks()
    assert chunks[-2]["choices"][0]["finish_reason"] == expected


def test_finish_variants(simulator):
    answer = simulator.stream(TEXT, "finish-twice")
    assert answer.finish_reasons() == ["stop", "stop"]
    assert answer.chunks()[-2]["usage"] is None and answer.chunks()[-1]["usage"]["completion_tokens"]
    answer = simulator.stream(TEXT, "finish-missing")
    assert answer.finish_reasons() == [] and answer.data()[-1] == "[DONE]"
    assert "finish_reason" not in simulator.chat(fault="finish-missing").json()["choices"][0]
    answer = simulator.stream(TEXT, "finish-with-content")
    assert answer.content() == PLAIN
    assert answer.chunks()[-2]["choices"][0]["finish_reason"] == "stop"
    assert answer.chunks()[-2]["choices"][0]["delta"]["content"]


def test_role_variants(simulator):
    first = simulator.stream(TEXT, "role-with-first").deltas()[0]
    assert first["role"] == "assistant" and first["content"]
    assert all("role" in delta for delta in simulator.stream(TEXT, "role-repeated").deltas()[:-1])


def test_reasoning_variants(simulator):
    assert simulator.stream(TEXT, "reasoning-empty").deltas()[1]["reasoning_content"] == ""
    thinking = {"enable_thinking": True}
    assert simulator.stream(TEXT, "reasoning-key", **thinking).deltas()[1]["reasoning"]
    answer = simulator.stream(TEXT, "reasoning-only; finish reason=length", **thinking)
    assert answer.reasoning() and not answer.content() and answer.finish_reasons() == ["length"]


def test_message_variants(simulator):
    def message(fault, **members):
        return simulator.chat("[[say:x]] [[tool:Read {}]]", fault, **members).json()["choices"][0]["message"]

    assert message("content-parts")["content"] == [{"type": "text", "text": "x"}]
    assert (message("refusal")["content"], message("refusal")["refusal"]) == (None, "x")
    called = message("function-call", **TOOLS)
    assert called["function_call"] == {"name": "Read", "arguments": "{}"} and "tool_calls" not in called


def test_escapes(simulator):
    answer = simulator.stream(TEXT, "ascii")
    assert answer.body.isascii() and answer.content() == PLAIN
    answer = simulator.stream("[[say:x😀y]]", "lone-surrogates")
    assert [d["content"] for d in answer.deltas()[1:3]] == ["x\ud83d", "\ude00y"]


# The shape of tool calls


def test_tool_index(simulator):
    answer = simulator.stream(TWO_CALLS, "tool-index value=same", **TOOLS)
    assert {piece["index"] for piece in pieces(answer)} == {0}
    answer = simulator.stream(TWO_CALLS, "tool-index value=missing", **TOOLS)
    assert all("index" not in piece for piece in pieces(answer))


def test_tool_whole(simulator):
    [first, second] = pieces(simulator.stream(TWO_CALLS, "tool-whole", **TOOLS))
    assert first["function"] == {"name": "Read", "arguments": '{"path":"/a"}'}
    assert second["function"]["name"] == "Write" and second["id"]


def test_tool_interleaved(simulator):
    answer = simulator.stream(TWO_CALLS, "tool-interleaved", **TOOLS)
    assert [piece["index"] for piece in pieces(answer)][:6] == [0, 1, 0, 1, 0, 1]
    assert [call["arguments"] for call in answer.calls()] == ['{"path":"/a"}', '{"path":"/b"}']


def test_tool_together(simulator):
    lists = [delta["tool_calls"] for delta in simulator.stream(TWO_CALLS, "tool-together", **TOOLS).deltas() if "tool_calls" in delta]
    assert [len(list) for list in lists] == [2]


def test_tool_id(simulator):
    def ids(value):
        return [piece.get("id", "missing") for piece in pieces(simulator.stream("[[tool:Read {}]]", f"tool-id value={value}", **TOOLS))]

    assert set(ids("missing")) == {"missing"}
    assert set(ids("empty")) == {""}
    assert len(set(ids("repeated")[:-1])) == 1 and ids("repeated")[1]
    assert [bool(id) for id in ids("late")] == [False, False, True]


def test_tool_name(simulator):
    def names(value):
        answer = simulator.stream('[[tool:Read {"a":1}]]', f"tool-name value={value}", **TOOLS)
        return [piece["function"].get("name", "missing") for piece in pieces(answer)]

    assert set(names("missing")) == {"missing"}
    assert names("repeated")[:3] == ["Read"] * 3


ARGUMENTS = {
    "truncated": '{"path":',
    "empty": "",
    "null": None,
    "missing": "missing",
    "object": {"path": "/a"},
    "array": "[1]",
    "number": "5",
    "text": "not json",
}


@pytest.mark.parametrize("value", ARGUMENTS)
def test_tool_arguments(simulator, value):
    text = '[[tool:Read {"path":"/a"}]]'
    [piece] = pieces(simulator.stream(text, f"tool-arguments value={value}", **TOOLS))
    assert piece["function"].get("arguments", "missing") == ARGUMENTS[value]
    answer = simulator.chat(text, f"tool-arguments value={value}", **TOOLS)
    [call] = answer.json()["choices"][0]["message"]["tool_calls"]
    assert call["function"].get("arguments", "missing") == ARGUMENTS[value]


def test_help_names_every_fault(simulator):
    text = subprocess.run([binary(), "--help"], capture_output=True, text=True, check=True).stdout
    table = text.split("The first rule that matches acts.")[1].split("Error codes")[0]
    names = re.findall(r"^  ([a-z-]+)(?: [a-z-]+=\S+)*(?:\s{2,}|$)", table, re.M)
    assert len(names) > 45
    for name in names:
        if name not in ("stall", "reset", "bad-head"):
            assert simulator.stream("x", name).status != 400, name
