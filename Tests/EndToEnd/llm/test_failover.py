"""143, 144: an upstream that does not answer is replaced, or asked again, before the client has a byte; never after."""

import http.client
import json
import threading
import time
from email.utils import formatdate

import pytest

from events import read
from support import Upstream, eventually
from support.upstream import refused_port
from world import merge

HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def data(payload):
    """An event, in a chunk of its own."""
    text = f"data: {payload if isinstance(payload, str) else json.dumps(payload)}\n\n"
    return f"{len(text.encode()):x}\r\n{text}\r\n"


def delta(text=None, finish=None):
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "up",
            "choices": [{"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}]}


def body(status, content, *fields):
    content = json.dumps(content)
    head = "\r\n".join([f"HTTP/1.1 {status} X", "Content-Type: application/json", f"Content-Length: {len(content)}", *fields])
    return f"{head}\r\n\r\n{content}"


WHOLE = {"id": "c", "object": "chat.completion", "created": 1, "model": "up",
         "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello world"}, "finish_reason": "stop"}],
         "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}}


class Spare:
    """The second target: a stream whose next event is sent only when the client has seen the one before."""

    def __init__(self):
        self.seen = threading.Semaphore(0)
        self.upstream = Upstream(on_connection=self._serve)

    def _serve(self, connection):
        while request := connection.read_request():
            self.upstream.record(request)
            if not json.loads(request.body)["stream"]:
                connection.send(body(200, WHOLE))
                continue
            connection.send(HEAD)
            for word in ("one ", "two ", "three "):
                connection.send(data(delta(word)))
                assert self.seen.acquire(timeout=10), f"the client was not given {word!r} at once"
            connection.send(data(delta(finish="stop")) + data({**delta(), "choices": [], "usage": WHOLE["usage"]}) + data("[DONE]") + "0\r\n\r\n")

    def target(self, **fields):
        return {
            "model": {"provider": "openai", "name": "spare", "options": {"upstream_url": f"{self.upstream.url}/v1/chat/completions"}},
            "auth": {"header_name": "Authorization", "header_value": "Bearer spare-key"}, **fields}


@pytest.fixture
def spare():
    running = Spare()
    yield running
    running.upstream.stop()
    assert not running.upstream.errors


def hang(connection):
    connection.wait_closed(20)


# What the first target does, by name; `None`: nothing listens.
FAULTS = {
    "refused": None,
    "reset": lambda connection: connection.reset(),
    "closed": lambda connection: connection.close(),
    "silent before the head": hang,
    "silent after the head": lambda connection: (connection.send(HEAD), hang(connection)),
    "cut after the head": lambda connection: connection.send(HEAD).reset(),
    "429": lambda connection: connection.send(body(429, {"error": {"message": "slow", "code": "limit_requests"}}, "Retry-After: 30")),
    "500": lambda connection: connection.send(body(500, {"error": {"message": "oops", "code": "internal_error"}})),
    "503": lambda connection: connection.send(body(503, {"error": {"message": "busy", "code": "ModelUnavailable"}})),
    "no TLS": lambda connection: connection.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"),
}


# What the log says of the attempt that came to nothing: the upstream's status, or the gateway's own word for it. An upstream
# whose head was good has that head's.
CODES = {"429": 429, "500": 500, "503": 503, "silent before the head": 504, "silent after the head": 200,
         "cut after the head": 200}


@pytest.fixture
def first():
    """Starts the first target."""
    started = []

    def start(fault):
        action = FAULTS[fault]
        if action is None:
            return f"http://127.0.0.1:{refused_port()}"

        def serve(connection):
            if fault != "no TLS":
                request = connection.read_request()
                if request is None:
                    return
                started[-1].record(request)
            action(connection)

        started.append(Upstream(on_connection=serve))
        return started[-1].url.replace("http:", "https:") if fault == "no TLS" else started[-1].url

    yield start
    for upstream in started:
        upstream.stop()


def begin(world, stream, path="/anything/v1/messages"):
    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=20)
    fields = {"max_tokens": 9, "stream": stream, "messages": [{"role": "user", "content": "hi"}]}
    connection.request("POST", path, json.dumps(fields), {"Content-Type": "application/json", "anthropic-version": "2023-06-01"})
    return connection.getresponse()


def follow(response, spare):
    """Reads a stream, and lets the upstream go on with each word that has come."""
    content = b""
    for word in (b"one ", b"two ", b"three "):
        while b'"%s"' % word not in content:
            piece = response.read1()
            assert piece, content
            content += piece
        spare.seen.release()
    return (content + response.read()).decode()


def world_of(worlds, url, spare, client_format, **resilience):
    return worlds(
        f"{url}/v1/chat/completions", llm_format=client_format, translation={"ping_interval": 0},
        resilience={"retries": 1, "first_token_timeout": 2000, "connect_timeout": 2000, "targets": [spare.target()], **resilience})


@pytest.mark.parametrize("client_format", ["anthropic", "openai"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_stream_of_the_next_target_is_a_stream(worlds, first, spare, fault, client_format):
    """The client sees nothing of the first target, and each event of the second as it comes."""
    world = world_of(worlds, first(fault), spare, client_format)
    start = time.monotonic()
    response = begin(world, True)
    content = follow(response, spare)
    assert response.status == 200 and response.getheader("content-type").startswith("text/event-stream")
    assert response.getheader("X-Kong-LLM-Model") == "openai/spare"
    assert content.count("one ") == 1 and "error" not in content
    assert time.monotonic() - start < 10
    [request] = spare.upstream.requests
    assert request.value("authorization") == "Bearer spare-key" and json.loads(request.body)["model"] == "spare"
    assert request.value("host") == f"127.0.0.1:{spare.upstream.port}"
    [record] = eventually(lambda: world.records() or None, what="the record")
    meta, tries = record["ai"]["proxy"]["meta"], record["tries"]
    assert meta["request_model"] == "qwen-plus" and meta["response_model"] == "up" and meta["provider_name"] == "openai"
    assert record["ai"]["proxy"]["usage"]["total_tokens"] == 5
    assert record["response"]["status"] == 200
    assert tries[-1]["port"] == spare.upstream.port and "code" not in tries[-1]
    assert len(tries) >= 2
    assert [attempt.get("code") for attempt in tries[:-1]] == [CODES.get(fault, 502)] * (len(tries) - 1)


@pytest.mark.parametrize("client_format", ["anthropic", "openai"])
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if "after the head" not in fault])
def test_a_whole_answer_of_the_next_target(worlds, first, spare, fault, client_format):
    world = world_of(worlds, first(fault), spare, client_format)
    response = begin(world, False)
    content = json.loads(response.read())
    assert response.status == 200
    text = content["content"][0]["text"] if client_format == "anthropic" else content["choices"][0]["message"]["content"]
    assert text == "hello world"
    [record] = eventually(lambda: world.records() or None, what="the record")
    assert record["ai"]["proxy"]["meta"]["request_mode"] == "oneshot"
    assert record["ai"]["proxy"]["usage"]["completion_tokens"] == 2


@pytest.mark.parametrize("client_format", ["anthropic", "openai"])
@pytest.mark.parametrize("end", ["cut", "silence"])
def test_after_the_first_byte_there_is_no_other_attempt(worlds, spare, end, client_format):
    def serve(connection):
        connection.read_request()
        connection.send(HEAD + data(delta("begun ")))
        if end == "cut":
            time.sleep(0.2)
            connection.reset()
        else:
            connection.wait_closed(20)

    with Upstream(on_connection=serve) as upstream:
        world = world_of(worlds, upstream.url, spare, client_format, token_timeout=1000)
        response = begin(world, True)
        try:
            content = response.read().decode()
        except http.client.IncompleteRead as error:
            # A stream that passes as it is ends as the upstream's did.
            assert client_format == "openai"
            content = error.partial.decode()
    assert "begun " in content
    if client_format == "anthropic":
        assert "event: error" in content and "message_stop" not in content
        assert ("timeout_error" if end == "silence" else "api_error") in content
    assert "[DONE]" not in content
    assert not spare.upstream.requests


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("client_format", ["anthropic", "openai"])
@pytest.mark.parametrize("fault, statuses", [
    ("refused", (502, 502)), ("reset", (502, 502)), ("silent before the head", (504, 504)), ("429", (429, 429)),
    ("503", (529, 503)), ("no TLS", (502, 502)), ("cut after the head", (502, 502))])
def test_when_all_have_failed_the_client_learns_why(worlds, first, fault, statuses, client_format, stream):
    if "after the head" in fault and not stream:
        pytest.skip("a fault of streams")
    world = worlds(
        f"{first(fault)}/v1/chat/completions", llm_format=client_format, translation={"ping_interval": 0},
        resilience={"retries": 2, "backoff": 5, "max_retry_after": 0, "first_token_timeout": 300})
    response = begin(world, stream)
    content = response.read().decode()
    assert response.status == statuses[client_format == "openai"], content
    if client_format == "anthropic":
        assert json.loads(content)["type"] == "error"
    if fault == "429":
        assert response.getheader("retry-after") == "30"


@pytest.mark.parametrize("client_format, timers", [
    ("anthropic", {"translation": {"ping_interval": 1}}), ("openai", {"resilience": {"first_token_timeout": 1000}})])
def test_a_timer_of_an_answer_that_was_given_up_does_not_end_the_wait(worlds, client_format, timers):
    """The first answer breaks off, its timer runs out while the next attempt is waited for, and the second answer is good."""
    def serve(connection):
        connection.read_request()
        upstream.record(None)
        if len(upstream.requests) == 1:
            connection.send(HEAD)
            time.sleep(0.2)
            connection.reset()
            return
        connection.send(HEAD + data(delta("good")) + data(delta(finish="stop")) + data("[DONE]") + "0\r\n\r\n")

    with Upstream(on_connection=serve) as upstream:
        world = worlds(f"{upstream.url}/v1/chat/completions", llm_format=client_format, **merge(
            {"resilience": {"retries": 1, "backoff": 1500}}, timers))
        response = begin(world, True)
        content = response.read().decode()
        assert response.status == 200 and content.count('"good"') == 1 and "error" not in content, content
        assert len(upstream.requests) == 2


@pytest.mark.parametrize("fields", [
    lambda: ("Retry-After: 1",), lambda: (f"Retry-After: {formatdate(time.time() + 2, usegmt=True)}",),
    lambda: (f"Date: {formatdate(0, usegmt=True)}", f"Retry-After: {formatdate(1, usegmt=True)}")],
    ids=["seconds", "date", "date of another clock"])
def test_a_target_that_names_a_time_is_asked_again_then(worlds, fields):
    times = []

    def serve(connection):
        while connection.read_request():
            times.append(time.monotonic())
            connection.send(body(200, WHOLE) if len(times) > 1 else body(429, {"error": {"message": "slow"}}, *fields()))

    with Upstream(on_connection=serve) as upstream:
        world = worlds(f"{upstream.url}/v1/chat/completions", resilience={"retries": 1, "backoff": 1})
        response = begin(world, False)
        assert response.status == 200 and "hello world" in response.read().decode()
    assert 0.9 <= times[1] - times[0] < 5


def test_a_key_in_an_error_that_passes_is_not_told(worlds):
    text = "Incorrect API key provided: sk-0123456789abcdef."

    def serve(connection):
        while connection.read_request():
            connection.send(body(401, {"error": {"message": text, "code": "invalid_api_key"}}))

    with Upstream(on_connection=serve) as upstream:
        world = worlds(f"{upstream.url}/v1/chat/completions", llm_format="openai")
        response = begin(world, False)
        assert response.status == 401
        assert json.loads(response.read())["error"]["message"] == "Incorrect API key provided: sk-***."


def test_a_target_that_fails_is_left_alone_and_comes_back(worlds, spare):
    good = threading.Event()

    def serve(connection):
        while request := connection.read_request():
            upstream.record(request)
            connection.send(body(200, WHOLE) if good.is_set() else body(500, {"error": {"message": "oops"}}))

    with Upstream(on_connection=serve) as upstream:
        world = world_of(worlds, upstream.url, spare, "anthropic", failure_limit=2, rest_time=1500)
        def ask():
            response = begin(world, False)
            response.read()
            assert response.status == 200
        for _ in range(6):
            ask()
        assert len(upstream.requests) == 2, "two failures in a row, then it rests"
        good.set()
        eventually(lambda: (ask(), len(upstream.requests) > 3)[1], 10, "the first target's return")


def test_no_target_gets_more_calls_at_a_time_than_it_may(worlds, spare):
    entered, leave = threading.Semaphore(0), threading.Event()

    def serve(connection):
        while connection.read_request():
            entered.release()
            leave.wait(20)
            connection.send(body(200, WHOLE))

    with Upstream(on_connection=serve) as upstream:
        world = worlds(f"{upstream.url}/v1/chat/completions", resilience={"concurrency": 2})
        statuses = []
        threads = [threading.Thread(target=lambda: statuses.append(begin(world, False).status)) for _ in range(2)]
        for thread in threads:
            thread.start()
        assert entered.acquire(timeout=10) and entered.acquire(timeout=10)
        response = begin(world, False)
        assert response.status == 529 and response.getheader("retry-after") == "1"
        assert json.loads(response.read())["error"]["type"] == "overloaded_error"
        leave.set()
        for thread in threads:
            thread.join(20)
        assert statuses == [200, 200]
        assert begin(world, False).status == 200, "calls that have ended do not count"
