"""Slow clients, slow upstreams, messages in the smallest pieces."""

import time

import pytest

from support.client import encode_request
from support.upstream import OK


def pieces(data):
    """One byte at a time."""
    return (data[index:index + 1] for index in range(len(data)))


def test_a_request_that_comes_byte_by_byte(proxy):
    message = encode_request("POST", "/slow?x=1", [("X-A", "b"), ("Transfer-Encoding", "chunked")], b"3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n")
    with proxy.client() as client:
        for piece in pieces(message):
            client.send(piece)
        assert client.response().status == 200
        assert client.fetch().status == 200
    assert proxy.upstream.requests[0].body == b"abcde"


def test_a_response_that_comes_byte_by_byte(proxy):
    message = b"HTTP/1.1 200 OK\r\nX-A: b\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n2\r\nde\r\n0\r\nT: v\r\n\r\n"

    def answer(connection, request):
        for piece in pieces(message):
            connection.send(piece)

    proxy.upstream.handler = answer
    with proxy.client() as client:
        for _ in range(2):
            response = client.fetch()
            assert response.body == b"abcde" and response.trailers == [("T", "v")]
    assert len(proxy.upstream.connections) == 1


def wait_taken(sock):
    """Until the other side's kernel has everything: two writes are then two reads, as far as that can be had."""
    import fcntl
    import struct

    for _ in range(10000):
        unsent = struct.unpack("i", fcntl.ioctl(sock, 0x5411, b"\0\0\0\0"))[0]
        if unsent == 0:
            return
        time.sleep(0)


@pytest.mark.parametrize("message, body", [
    (encode_request("POST", "/s", [("X-A", "b")], b"hello"), b"hello"),
    (encode_request("POST", "/s", [("Transfer-Encoding", "chunked")], b"5\r\nhello\r\n0\r\nT: v\r\n\r\n"), b"hello"),
    (encode_request("GET", "/s") + encode_request("GET", "/s"), b""),
])
def test_a_request_may_be_split_anywhere(proxy, message, body):
    count = 2 if message.count(b"HTTP/1.1") == 2 else 1
    with proxy.client() as client:
        for place in range(1, len(message)):
            client.send(message[:place])
            wait_taken(client.sock)
            client.send(message[place:])
            for _ in range(count):
                assert client.response().status == 200, place
    requests = proxy.upstream.requests
    assert len(requests) == count * (len(message) - 1)
    assert all(request.target == "/s" and request.body == body for request in requests)


@pytest.mark.parametrize("message, body, closes", [
    (OK, b'{"ok":true}', False),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nT: v\r\n\r\n", b"hello", False),
    (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"ok", False),
    (b"HTTP/1.1 200 OK\r\n\r\nto the end", b"to the end", True),
])
def test_a_response_may_be_split_anywhere(proxy, message, body, closes):
    place = 0

    def answer(connection, request):
        connection.send(message[:place])
        wait_taken(connection.sock)
        connection.send(message[place:])
        return "close" if closes else None

    proxy.upstream.handler = answer
    with proxy.client() as client:
        for place in range(1, len(message)):
            response = client.fetch()
            assert response.body == body and not response.truncated, place


def test_an_upstream_may_answer_and_close_at_once(proxy):
    """The end that comes together with the last bytes is seen."""
    def answer(connection, request):
        connection.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nall")
        return "close"

    proxy.upstream.handler = answer
    with proxy.client(timeout=3) as client:
        for _ in range(200):
            response = client.fetch()
            assert response.body == b"all" and not response.truncated


class TestTimeouts:
    """Whoever is silent for too long is told so, or left."""

    def test_a_head_that_does_not_end_is_answered_408(self, hasty_proxy):
        with hasty_proxy.client() as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX-")
            response = client.response()
            assert response.status == 408
            assert client.ends()

    def test_a_head_in_drops_is_answered_408(self, hasty_proxy):
        with hasty_proxy.client() as client:
            start = time.monotonic()
            client.sock.settimeout(0.05)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n")
            for number in range(100):
                try:
                    client.send(f"X-{number}: 1\r\n")
                    if client.stream.fill():
                        break
                except TimeoutError:
                    continue
            client.sock.settimeout(5)
            assert client.response().status == 408
            assert time.monotonic() - start < 3

    def test_a_client_that_says_nothing_is_left(self, hasty_proxy):
        with hasty_proxy.client() as client:
            assert client.ends()

    def test_a_body_that_stops_is_answered_408(self, hasty_proxy):
        with hasty_proxy.client() as client:
            client.request("POST", headers=[("Content-Length", "10")]).send("abc")
            response = client.response()
            assert response.status == 408
            assert response.value("connection") == "close"
            assert client.ends()
        assert hasty_proxy.upstream.wait_connections(1)[0].closed.wait(5)

    def test_a_response_may_take_longer_than_a_body(self, hasty_proxy):
        """The time-out of the body ends with the body."""
        def answer(connection, request):
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(6):
                time.sleep(0.2)
                connection.send("1\r\nx\r\n")
            connection.send("0\r\n\r\n")

        hasty_proxy.upstream.handler = answer
        with hasty_proxy.client() as client:
            client.request("POST", headers=[("Content-Length", "10")]).send("abc")
            wait_taken(client.sock)
            # The first piece is on its way to the upstream before the second one comes.
            hasty_proxy.upstream.wait_connections(1)
            client.send("defghij")
            response = client.response()
            assert response.body == b"xxxxxx" and not response.truncated

    def test_a_silent_upstream_is_504(self, hasty_proxy):
        hasty_proxy.upstream.on_connection = lambda connection: connection.wait_closed()
        start = time.monotonic()
        with hasty_proxy.client() as client:
            assert client.fetch().status == 504
            assert time.monotonic() - start >= 0.35
            hasty_proxy.upstream.on_connection = None
            assert client.fetch().status == 200
        assert hasty_proxy.upstream.connections[0].closed.wait(5)

    def test_an_upstream_that_falls_silent_leaves_a_cut_response(self, hasty_proxy):
        def answer(connection, request):
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            connection.wait_closed()
            return "close"

        hasty_proxy.upstream.handler = answer
        response = hasty_proxy.fetch()
        assert response.body == b"abc" and response.truncated

    def test_an_upstream_that_takes_nothing_is_504(self, hasty_proxy):
        import threading

        done = threading.Event()
        hasty_proxy.upstream.on_connection = lambda connection: done.wait(5)
        with hasty_proxy.client() as client:
            client.request("POST", headers=[("Content-Length", "100000000")])
            try:
                for _ in range(400):
                    client.send(b"x" * 65536)
            except OSError:
                pass
            response = client.response()
        done.set()
        assert response is not None and response.status == 504

    def test_a_client_that_takes_nothing_is_left(self, hasty_proxy):
        def answer(connection, request):
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
            for _ in range(1600):
                connection.send(b"x" * 62500)

        hasty_proxy.upstream.handler = answer
        with hasty_proxy.client(receive_buffer=65536) as client:
            client.request()
            connection = hasty_proxy.upstream.wait_connections(1)[0]
            assert connection.closed.wait(8), "the gateway keeps a client that takes nothing"
