"""Whatever the upstream does, the client gets an answer it understands, at once, and the upstream is let go."""

import json
import socket
import threading
import time
import zlib

import pytest

from events import events, gather, read
from support import Upstream, eventually, refused_port
from world import HEADERS, encode, message

TEXT = "[[say:The quick brown fox, grüße, 你好, 😀😀, “quoted” \\\\ done.]]"
SAID = "The quick brown fox, grüße, 你好, 😀😀, “quoted” \\\\ done."
TOOL = '[[tool:Bash {"command":"echo \\"ä😀\\"","description":"d"}]]'
TOOLS = [{"name": "Bash", "input_schema": {"type": "object", "properties": {"command": {"type": "string"}}}}]

# Ways of writing an answer that do not change what it says.
HARMLESS = [
    "split size=1", "split size=7 seed=3", "rechunk size=1", "rechunk size=5 seed=9", "join count=4", "interim", "close",
    "close-silently", "until-close", "crlf", "cr", "comments count=3", "compact", "fields", "multiline", "bom", "heartbeat count=2",
    "malformed after=2 count=2", "no-done", "compact-done", "after-done", "finish-twice", "finish-with-content",
    "role-with-first", "role-repeated", "reasoning-empty", "ascii", "lone-surrogates", "usage value=always",
    "usage value=early", "usage value=finish", "json", "crlf; split size=1; comments; heartbeat",
]
HARMLESS_ONE_SHOT = ["split size=1", "chunked", "until-close", "close", "interim", "content-parts", "ascii", "sse", "sse; split size=3"]


@pytest.mark.parametrize("fault", HARMLESS)
def test_streams_say_the_same_however_they_are_written(world, simulator, fault):
    plain = read(world.ask(TEXT, stream=True))
    simulator.fault(fault)
    answer = read(world.ask(TEXT, stream=True))
    assert answer.complete and answer.text == plain.text == SAID
    assert answer.message["stop_reason"] == "end_turn"
    assert answer.message["usage"]["output_tokens"] == plain.message["usage"]["output_tokens"]


@pytest.mark.parametrize("fault", HARMLESS_ONE_SHOT)
def test_messages_say_the_same_however_they_are_written(world, simulator, fault):
    simulator.fault(fault)
    response = world.ask(TEXT)
    assert response.status == 200 and response.value("content-type") == "application/json"
    body = json.loads(response.body)
    assert "".join(block["text"] for block in body["content"]) == SAID
    assert body["stop_reason"] == "end_turn"
    usage = world.record(response.value("x-kong-request-id"))["ai"]["proxy"]["usage"]
    assert usage["completion_tokens"] > 0
    if "sse" in fault:
        # A stream that did not ask for usage has none: zeros for the client, who must not take a guess for a count, and
        # an estimate for the log.
        assert body["usage"]["output_tokens"] == 0 and usage["estimated"] is True
    else:
        assert body["usage"]["output_tokens"] == usage["completion_tokens"]


@pytest.mark.parametrize("fault", [
    "split size=1", "tool-index value=same", "tool-index value=missing", "tool-whole", "tool-interleaved", "tool-together",
    "tool-id value=missing", "tool-id value=empty", "tool-id value=repeated", "tool-id value=late", "tool-name value=repeated",
    "finish reason=stop", "json", "rechunk size=3", "ascii", "finish-with-content"])
def test_tool_calls_survive_however_they_are_written(world, simulator, fault):
    simulator.fault(fault)
    text = TOOL + '[[tool:Bash {"command":"second"}]]'
    answer = read(world.ask(text, stream=True, tools=TOOLS))
    expected = [("Bash", {"command": 'echo "ä😀"', "description": "d"}), ("Bash", {"command": "second"})]
    assert answer.complete and answer.message["stop_reason"] == "tool_use"
    assert answer.calls == expected
    identifiers = [block["id"] for block in answer.message["content"]]
    assert len(set(identifiers)) == 2


@pytest.mark.parametrize("value", ["truncated", "empty", "null", "missing", "object", "array", "number", "text"])
def test_whole_answers_never_have_anything_but_objects_as_input(world, simulator, value):
    simulator.fault(f"tool-arguments value={value}")
    response = world.ask(TOOL, tools=TOOLS)
    body = json.loads(response.body)
    assert response.status == 200
    [call] = [block for block in body["content"] if block["type"] == "tool_use"]
    assert isinstance(call["input"], dict)
    assert body["stop_reason"] == "tool_use"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("fault", [
    "html", "html status=200", "empty", "choices value=null", "choices value=empty", "choices value=missing", "choices value=hollow",
    "bad-head", "reset", "content-length delta=10", "malformed after=0 count=5", "close-silently; empty"])
def test_nothing_usable_is_a_bad_gateway(world, simulator, fault, stream):
    if fault.startswith("content-length") and stream or fault.startswith("malformed") and not stream:
        pytest.skip("the fault is for the other kind of answer")
    simulator.fault(fault)
    response = world.ask("hi", stream=stream)
    assert response.status == 502, response.body
    error = json.loads(response.body)
    assert response.value("content-type") == "application/json"
    assert error["type"] == "error" and error["error"]["type"] == "api_error" and error["error"]["message"]
    assert error["request_id"] == response.value("request-id")


def test_an_upstream_that_is_not_there(worlds):
    world = worlds(f"http://127.0.0.1:{refused_port()}/v1/chat/completions")
    for stream in (False, True):
        response = world.ask("hi", stream=stream)
        assert response.status == 502
        assert json.loads(response.body)["error"]["type"] == "api_error"


@pytest.mark.parametrize("fault, after", [
    *((fault, after) for fault in ("cut", "reset", "end") for after in (2, 3, 6)), ("bad-chunk", 3), ("bad-chunk", 6)])
def test_a_stream_that_breaks_off_ends_with_an_error(world, simulator, fault, after):
    # Each event is read on its own.
    simulator.fault(f"{fault} after={after}; slow token=20")
    response = world.ask("[[long:40]]", stream=True)
    answer = read(response)
    assert not answer.complete and answer.error["type"] == "api_error"
    assert not response.truncated
    usage = world.record(response.value("x-kong-request-id"))["ai"]["proxy"]["usage"]
    # What was produced is counted although the upstream did not come to say so.
    if after > 1:
        assert usage["completion_tokens"] > 0 and usage["estimated"] is True


CHUNK = 'data: {"id":"x","object":"chat.completion.chunk","model":"qwen-plus","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}\n\n'


def test_what_came_before_a_malformed_chunk_is_passed_on(worlds):
    def serve(connection):
        connection.read_request()
        chunks = "".join(f"{len(data):x}\r\n{data}\r\n" for data in (
            CHUNK % ('{"content":"%s"}' % text, "null") for text in ("one ", "two ", "three ")))
        # All in one write.
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "zz\r\n")
        connection.wait_closed()

    with Upstream(on_connection=serve) as upstream:
        answer = read(worlds(f"{upstream.url}/v1/chat/completions").ask("hi", stream=True))
    assert answer.error["type"] == "api_error" and answer.text == "one two three "


@pytest.mark.parametrize("fault", ["cut after=20", "reset after=20"])
def test_a_message_that_breaks_off_is_a_bad_gateway(world, simulator, fault):
    simulator.fault(fault)
    response = world.ask("hi")
    assert response.status == 502 and json.loads(response.body)["error"]["type"] == "api_error"


@pytest.mark.parametrize("code, status, kind", [
    ("internal_error", 500, "api_error"), ("limit_requests", 429, "rate_limit_error"),
    ("ModelUnavailable", 529, "overloaded_error"), ("data_inspection_failed", 400, "invalid_request_error")])
def test_an_error_frame(world, simulator, code, status, kind):
    simulator.fault(f"error-frame code={code}")
    first = world.ask("[[long:40]]", stream=True)
    # Nothing was sent yet: it can have a status of its own.
    assert first.status == status and json.loads(first.body)["error"]["type"] == kind
    simulator.fault(f"error-frame code={code} after=4")
    later = read(world.ask("[[long:40]]", stream=True))
    if code == "data_inspection_failed":
        assert later.complete and later.message["stop_reason"] == "refusal"
    else:
        assert later.error["type"] == kind and later.text


@pytest.mark.parametrize("reason, expected", [
    ("length", "max_tokens"), ("content_filter", "refusal"), ("null", "end_turn"), ("eos", "end_turn")])
def test_why_it_stopped(world, simulator, reason, expected):
    simulator.fault(f"finish reason={reason}")
    body = json.loads(world.ask("hi").body)
    assert body["stop_reason"] == expected


def test_a_finish_that_never_comes(world, worlds, simulator):
    simulator.fault("finish-missing")
    assert read(world.ask("hi", stream=True)).error["type"] == "api_error"
    lenient = worlds(translation={"missing_finish_reason": "accept"})
    simulator.fault("finish-missing")
    assert read(lenient.ask("hi", stream=True)).complete


def test_an_upstream_that_answers_nothing_times_out(worlds):
    """Times out by the service's read_timeout, and the client is told so."""
    with Upstream(on_connection=lambda connection: (connection.read_request(), connection.wait_closed(20))) as upstream:
        world = worlds(f"{upstream.url}/v1/chat/completions")
        text = world.gateway.file.read_text().replace("url: http://httpbin", "read_timeout: 300\n    url: http://httpbin")
        world.gateway.reload(text)
        for stream in (False, True):
            response = world.ask("hi", stream=stream)
            assert response.status == 504
            assert json.loads(response.body)["error"]["type"] == "timeout_error"


def begin(world, body):
    """Sends a request; gives the connection when the first piece of the answer is there."""
    client = world.connect()
    client.request("POST", "/anything/v1/messages", HEADERS, encode(body))
    return client


def test_silence_is_filled_with_pings(worlds, simulator):
    world = worlds(translation={"ping_interval": 1})
    simulator.fault("stall after=3")
    with begin(world, message("[[long:40]]", stream=True)) as client:
        head = client.response_head()
        assert head.status == 200
        start, seen = time.monotonic(), b""
        client.sock.settimeout(10)
        while seen.count(b"event: ping") < 4:
            seen += client.stream.some()
        # One at the start, and one a second.
        assert 2 < time.monotonic() - start < 8
    assert simulator.wait_ending("client_gone")


def test_pings_begin_when_the_head_is_there(worlds, simulator):
    """The upstream has answered with its head only: the model thinks, and the client learns that it is alive."""
    world = worlds(translation={"ping_interval": 1})
    simulator.fault("stall after=0")
    with begin(world, message("[[long:40]]", stream=True)) as client:
        assert client.response_head().status == 200
        seen = b""
        while seen.count(b"event: ping") < 2:
            seen += client.stream.some()
        assert b"event: message_start" in seen


@pytest.mark.parametrize("where", ["before the head", "after the head", "amid the stream", "one-shot"])
def test_a_client_that_leaves_cancels_the_upstream(world, simulator, where):
    """133: The upstream need not go on for nobody."""
    stream = where != "one-shot"
    known = len(world.records())
    simulator.fault({"before the head": "stall", "after the head": "stall after=0", "amid the stream": "slow token=30",
                     "one-shot": "stall"}[where])
    client = begin(world, message("[[long:2000]]", stream=stream))
    simulator.wait_requests(1)
    if where == "amid the stream":
        while b"content_block_delta" not in client.stream.some():
            pass
    left = time.monotonic()
    client.close()
    simulator.wait_ending("client_gone")
    assert time.monotonic() - left < 1
    assert simulator.request()["client_disconnected"] is True

    def abandoned():
        # The record of the test before may come late.
        return [one for one in world.records()[known:] if one["response"]["status"] == 499]

    [record] = eventually(abandoned, what="the record")
    assert record["ai"]["proxy"]["meta"]["request_mode"] == ("stream" if stream else "oneshot")


@pytest.mark.parametrize("fault", ["cut", "reset", "end"])
def test_a_stream_that_breaks_off_before_the_model_spoke_is_a_failure(world, simulator, fault):
    """The first chunk only names the role: nothing has been said, and the status can still tell."""
    simulator.fault(f"{fault} after=1; slow token=20")
    response = world.ask("[[long:40]]", stream=True)
    assert response.status == 502 and json.loads(response.body)["error"]["type"] == "api_error"


@pytest.mark.parametrize("stream", [True, False])
def test_an_upstream_that_does_not_end_its_stream(worlds, stream):
    """112, 125: The answer is complete: neither this client nor the log waits for what does not come."""

    def serve(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        events = b'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
        connection.send(b"%x\r\n" % len(events) + events + b"\r\n")
        connection.wait_closed(20)

    with Upstream(on_connection=serve) as upstream:
        world = worlds(f"{upstream.url}/v1/chat/completions")
        start = time.monotonic()
        response = world.ask("hi", stream=stream)
        assert time.monotonic() - start < 5
        assert response.status == 200 and not response.truncated
        assert (b"event: message_stop" if stream else b'"stop_reason":"end_turn"') in response.body
        assert eventually(world.records, what="the record")[0]["response"]["status"] == 200
        assert upstream.connections[0].closed.wait(5)


@pytest.mark.parametrize("step", ["before", "first", "amid", "one-shot"])
def test_an_upstream_that_is_killed(worlds, simulators, step):
    simulator = simulators()
    world = worlds(simulator.chat)
    if step == "before":
        simulator.kill()
        response = world.ask("hi", stream=True)
        assert response.status in (502, 503) and json.loads(response.body)["type"] == "error"
        return
    simulator.fault("stall" if step != "amid" else "slow token=20")
    client = begin(world, message("[[long:2000]]", stream=step != "one-shot"))
    simulator.wait_requests(1)
    if step != "amid":
        simulator.kill()
        response = client.response()
        assert response.status == 502 and json.loads(response.body)["error"]["type"] == "api_error"
        return
    head = client.response_head()
    assert head.status == 200
    seen = b""
    while seen.count(b"content_block_delta") < 3:
        seen += client.stream.some()
    simulator.kill()
    while piece := client.stream.some():
        seen += piece
        if b"event: error" in seen and seen.endswith(b"0\r\n\r\n"):
            break
    assert b'"type":"api_error"' in seen and b"message_stop" not in seen


def test_the_gateway_serves_on_when_the_upstream_is_back(worlds, simulators):
    simulator = simulators()
    world = worlds(simulator.chat)
    assert world.ask("hi").status == 200
    simulator.kill()
    assert world.ask("hi").status in (502, 503)
    simulators(port=simulator.port)
    assert world.ask("hi").status == 200


def test_each_event_is_passed_on_at_once(world, simulator):
    """135: The upstream waits for the client to have seen an event before it sends the next one."""
    import threading
    seen = threading.Semaphore(0)

    def serve(connection):
        connection.read_request()
        connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(5):
            data = CHUNK % ('{"content":"n%d "}' % number, "null")
            connection.send(f"{len(data):x}\r\n{data}\r\n")
            assert seen.acquire(timeout=5), "the client did not get it"
        data = CHUNK % ("{}", '"stop"') + "data: [DONE]\n\n"
        connection.send(f"{len(data):x}\r\n{data}\r\n0\r\n\r\n")
        connection.wait_closed()

    with Upstream(on_connection=serve) as upstream:
        from world import World
        own = World(f"{upstream.url}/v1/chat/completions")
        try:
            client = begin(own, message("hi", stream=True))
            assert client.response_head().status == 200
            got = b""
            for number in range(5):
                while b'"n%d "' % number not in got:
                    got += client.stream.some()
                seen.release()
            while b"message_stop" not in got:
                got += client.stream.some()
            client.close()
            assert not upstream.errors
        finally:
            own.stop()


@pytest.mark.parametrize("client_format", ["anthropic", "openai"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_body_that_is_compressed_unasked(worlds, stream, client_format):
    """134: Every event is told when it has come, and nothing of the compression reaches the client."""
    events = [CHUNK % ('{"content":"one"}', "null"), CHUNK % ('{"content":" two"}', '"stop"') + "data: [DONE]\n\n"]
    said = threading.Event()

    def serve(connection):
        connection.read_request()
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n")
        compressor = zlib.compressobj(9, zlib.DEFLATED, 31)

        def send(data):
            if data:
                connection.send(b"%x\r\n" % len(data) + data + b"\r\n")

        send(compressor.compress(events[0].encode()) + compressor.flush(zlib.Z_SYNC_FLUSH))
        if stream:
            assert said.wait(5), "the first event did not come through by itself"
        send(compressor.compress(events[1].encode()) + compressor.flush())
        connection.send(b"0\r\n\r\n")
        connection.wait_closed(20)

    with Upstream(on_connection=serve) as upstream:
        world = worlds(f"{upstream.url}/v1/chat/completions", llm_format=client_format)
        with begin(world, message("hi", stream=stream)) as client:
            head = client.response_head()
            assert head.status == 200 and head.value("content-encoding") is None
            if stream:
                seen = b""
                while b"one" not in seen:
                    seen += client.stream.some()
                said.set()
                while b" two" not in seen:
                    seen += client.stream.some()
            else:
                assert b"one two" in client.finish(head).body
        assert not upstream.errors
