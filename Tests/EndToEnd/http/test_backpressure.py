"""Bodies flow: a reader that stalls holds up the sender, not the gateway's memory."""

import hashlib
import threading
import time

import pytest

from support import eventually, memory

SIZE = 100 << 20
PIECE = bytes(range(256)) * 1024
LIMIT = 1 << 20


def worker_memory(proxy):
    """What the worker holds of its own."""
    return memory(proxy.gateway.worker_pid()).private_dirty


def settled(read):
    """A number that no longer changes."""
    last = None
    for _ in range(400):
        value = read()
        if value == last:
            stable += 1
            if stable == 20:
                return value
        else:
            last, stable = value, 0
        time.sleep(0.01)
    raise AssertionError("it does not come to rest")


@pytest.fixture
def warm(proxy):
    """Buffers and pools are in use already."""
    with proxy.client() as client:
        for _ in range(20):
            assert client.fetch("POST", body=b"x" * 200000).status == 200
    proxy.begin()
    return proxy


@pytest.mark.parametrize("framing", ["length", "chunked", "to the end"])
def test_a_large_response_to_a_stalled_reader(warm, framing):
    sent = [0]
    digest = hashlib.sha256()

    def answer(connection, request):
        head = "HTTP/1.1 200 OK\r\n"
        if framing == "length":
            head += f"Content-Length: {SIZE}\r\n"
        elif framing == "chunked":
            head += "Transfer-Encoding: chunked\r\n"
        connection.send(head + "\r\n")
        for _ in range(SIZE // len(PIECE)):
            if framing == "chunked":
                connection.send(b"%x\r\n" % len(PIECE) + PIECE + b"\r\n")
            else:
                connection.send(PIECE)
            sent[0] += len(PIECE)
        if framing == "chunked":
            connection.send("0\r\n\r\n")
        return "close" if framing == "to the end" else None

    warm.upstream.handler = answer
    before = worker_memory(warm)
    with warm.client(receive_buffer=32768) as client:
        client.request()
        eventually(lambda: sent[0] > 0, what="the response begins")
        stalled = settled(lambda: sent[0])
        assert stalled < SIZE * 3 // 4, "the upstream was not held up"
        assert worker_memory(warm) - before < LIMIT
        response = client.response(sink=digest.update)
        assert not response.truncated
        assert worker_memory(warm) - before < LIMIT
    expected = hashlib.sha256()
    for _ in range(SIZE // len(PIECE)):
        expected.update(PIECE)
    assert digest.hexdigest() == expected.hexdigest()


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_large_request_to_a_stalled_upstream(warm, framing):
    go_on = threading.Event()
    digest = hashlib.sha256()
    received = [0]

    def serve(connection):
        request = connection.read_head()
        assert go_on.wait(20)

        def sink(piece):
            digest.update(piece)
            received[0] += len(piece)

        connection.read_body(request, sink)
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    warm.upstream.on_connection = serve
    before = worker_memory(warm)
    sent = [0]

    with warm.client(timeout=30) as client:
        def send():
            if framing == "length":
                client.request("POST", headers=[("Content-Length", str(SIZE))])
            else:
                client.request("POST", headers=[("Transfer-Encoding", "chunked")])
            for _ in range(SIZE // len(PIECE)):
                client.send(PIECE if framing == "length" else b"%x\r\n" % len(PIECE) + PIECE + b"\r\n")
                sent[0] += len(PIECE)
            if framing == "chunked":
                client.send("0\r\n\r\n")

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        eventually(lambda: sent[0] > 0, what="the request begins")
        stalled = settled(lambda: sent[0])
        # Of four sockets' buffers the kernel decides: tens of megabytes, where it may.
        assert stalled < SIZE * 3 // 4, "the client was not held up"
        assert worker_memory(warm) - before < LIMIT
        go_on.set()
        assert client.response().body == b"ok"
        sender.join(10)
    assert received[0] == SIZE
    assert worker_memory(warm) - before < LIMIT
    expected = hashlib.sha256()
    for _ in range(SIZE // len(PIECE)):
        expected.update(PIECE)
    assert digest.hexdigest() == expected.hexdigest()


def test_an_answer_before_the_request_is_complete(proxy):
    """RFC 9110 §7.5: the response is passed on though the body still flows; the rest of the body is not held against it."""
    def serve(connection):
        connection.read_head()
        connection.send("HTTP/1.1 413 Payload Too Large\r\nContent-Length: 3\r\nConnection: close\r\n\r\nbig")
        connection.wait_closed()

    proxy.upstream.on_connection = serve
    with proxy.client() as client:
        client.request("POST", headers=[("Content-Length", str(SIZE))]).send(b"x" * 100000)
        response = client.response()
        assert response.status == 413 and response.body == b"big"


def test_an_early_answer_keeps_the_connection_when_little_is_left(proxy):
    def serve(connection):
        connection.read_head()
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        connection.wait_closed()

    proxy.upstream.on_connection = serve
    with proxy.client() as client:
        client.request("POST", "/first", headers=[("Content-Length", "100000")]).send(b"x" * 1000)
        assert client.response().body == b"ok"
        client.send(b"x" * 99000)
        proxy.upstream.on_connection = None
        assert client.fetch(target="/second").status == 200
    assert [request.target for request in proxy.upstream.requests] == ["/second"]


def test_both_directions_at_once(proxy):
    """An upstream that echoes while it reads: neither side waits for the other's end."""
    def serve(connection):
        request = connection.read_head()
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        connection.read_body(request, lambda piece: connection.send(b"%x\r\n" % len(piece) + piece + b"\r\n"))
        connection.send("0\r\n\r\n")

    proxy.upstream.on_connection = serve
    total = 20 << 20
    received = [0]
    with proxy.client() as client:
        client.request("POST", headers=[("Content-Length", str(total))])

        def send():
            for _ in range(total // len(PIECE)):
                client.send(PIECE)

        sender = threading.Thread(target=send, daemon=True)
        sender.start()

        def sink(piece):
            received[0] += len(piece)

        assert not client.response(sink=sink).truncated
        sender.join(10)
    assert received[0] == total
