"""HTTP/1.1 on both sides: where messages begin and end, and what passes through (RFC 9110, RFC 9112)."""

import pytest

from support import configuration, fetch
from support.http1 import read_chunks


def test_a_connection_serves_many_requests(proxy):
    with proxy.client() as client:
        for number in range(20):
            assert client.fetch(target=f"/{number}").status == 200
    assert [request.target for request in proxy.upstream.requests] == [f"/{number}" for number in range(20)]
    assert len(proxy.upstream.connections) == 1


def test_connection_close_is_answered_and_done(proxy):
    with proxy.client() as client:
        response = client.fetch(headers=[("Connection", "close")])
        assert response.value("connection") == "close"
        assert client.ends()


def test_http_1_0_closes_unless_asked(proxy):
    with proxy.client() as client:
        client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
        assert client.response().status == 200
        assert client.ends()
    with proxy.client() as client:
        for _ in range(2):
            client.send("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n")
            assert client.response().value("connection") == "keep-alive"


def test_fifty_pipelined_requests_are_answered_in_order(proxy):
    def echo(connection, request):
        body = request.target.encode() + b":" + request.body
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    proxy.upstream.handler = echo
    message = b""
    for number in range(50):
        body = b"x" * (number * 7)
        if number % 3 == 0:
            message += b"GET /%d HTTP/1.1\r\nHost: a\r\n\r\n" % number
        elif number % 3 == 1:
            message += b"POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (number, len(body)) + body
        else:
            message += b"PUT /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" % number
            message += (b"%x\r\n" % len(body) + body + b"\r\n" if body else b"") + b"0\r\n\r\n"
    with proxy.client() as client:
        client.send(message)
        for number in range(50):
            body = b"x" * (number * 7) if number % 3 else b""
            assert client.response().body == b"/%d:" % number + body


def test_pipelined_requests_are_not_mixed_with_errors(proxy):
    with proxy.client() as client:
        client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nTRACE / HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert [client.response().status for _ in range(3)] == [200, 405, 200]
    assert [request.target for request in proxy.upstream.requests] == ["/1", "/2"]


def test_chunked_requests_with_trailers(proxy):
    with proxy.client() as client:
        client.send(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            "3;ext=\"1\"\r\nabc\r\nA\r\n0123456789\r\n0\r\nX-Sum: 7\r\n\r\n")
        assert client.response().status == 200
        assert client.fetch(target="/next").status == 200
    assert proxy.upstream.requests[0].body == b"abc0123456789"
    assert proxy.upstream.requests[0].value("trailer") == "X-Sum"
    assert proxy.upstream.requests[0].trailers == [("X-Sum", "7")]


@pytest.mark.parametrize("name", [
    "Content-Length", "Transfer-Encoding", "Host", "Connection", "Authorization", "Content-Type", "X-Forwarded-For"])
def test_trailers_that_would_change_what_was_read_before_are_dropped(proxy, name):
    with proxy.client() as client:
        client.send(f"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n{name}: 7\r\nX-Sum: 7\r\n\r\n")
        assert client.response().status == 200
        assert client.fetch(target="/next").status == 200
    assert proxy.upstream.requests[0].trailers == [("X-Sum", "7")]


def test_chunked_responses_with_trailers(proxy):
    def answer(connection, request):
        connection.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"
            "3\r\nabc\r\na;x=y\r\n0123456789\r\n0\r\nX-Sum: 7\r\n\r\n")

    proxy.upstream.handler = answer
    with proxy.client() as client:
        for _ in range(2):
            response = client.fetch()
            assert response.body == b"abc0123456789"
            assert response.trailers == [("X-Sum", "7")]
    assert len(proxy.upstream.connections) == 1


def test_a_response_that_ends_with_its_connection(proxy):
    def answer(connection, request):
        connection.send("HTTP/1.1 200 OK\r\n\r\nhello ").send("world")
        return "close"

    proxy.upstream.handler = answer
    with proxy.client() as client:
        for _ in range(2):
            response = client.fetch()
            assert response.body == b"hello world" and not response.truncated
            assert response.value("transfer-encoding") == "chunked"


def test_chunks_are_forwarded_when_they_arrive(proxy):
    sent = []

    def answer(connection, request):
        connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for number in range(5):
            connection.send(f"2\r\n{number}\n\r\n")
            sent.append(number)
            # The next follows only when the client has this one.
            assert seen[number].wait(5)
        connection.send("0\r\n\r\n")

    import threading

    seen = [threading.Event() for _ in range(5)]
    proxy.upstream.handler = answer
    with proxy.client() as client:
        client.request()
        head = client.response_head()
        assert head.status == 200
        received = []

        def sink(piece):
            received.append(piece)
            seen[int(piece[:1])].set()

        assert read_chunks(client.stream, sink)[1]
    assert received == [b"0\n", b"1\n", b"2\n", b"3\n", b"4\n"]


class TestExpect:
    """Expect: 100-continue (RFC 9110 §10.1.1)."""

    def test_the_client_is_told_to_go_on(self, proxy):
        with proxy.client() as client:
            client.request("POST", headers=[("Expect", "100-continue"), ("Content-Length", "5")])
            assert client.stream.line() == b"HTTP/1.1 100 Continue"
            assert client.stream.line() == b""
            client.send("hello")
            response = client.response()
            assert response.status == 200 and not response.interim
            assert client.fetch().status == 200
        assert proxy.upstream.requests[0].body == b"hello"
        assert proxy.upstream.requests[0].value("expect") is None

    def test_a_refusal_comes_instead_and_the_connection_ends(self, proxy):
        with proxy.client() as client:
            client.request("TRACE", headers=[("Expect", "100-continue"), ("Content-Length", "5")])
            response = client.response()
            assert response.status in (400, 405) and not response.interim
            assert response.value("connection") == "close"
            assert client.ends()
        assert not proxy.upstream.requests

    def test_a_client_that_does_not_wait_is_not_told(self, proxy):
        with proxy.client() as client:
            client.send("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello")
            assert client.response().status == 200
            assert client.fetch().status == 200

    def test_another_expectation_is_refused(self, proxy):
        assert proxy.fetch("POST", headers=[("Expect", "wonders")], body="x").status in (200, 417)


class TestResponsesWithoutContent:
    """HEAD, 1xx, 204, 304 (RFC 9112 §6.3)."""

    @pytest.mark.parametrize("head, kept", [
        ("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "1000"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", None),
        ("HTTP/1.1 200 OK\r\n\r\n", None),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\n", "9"),
    ])
    def test_head(self, proxy, head, kept):
        proxy.upstream.handler = lambda connection, request: connection.send(head) and None
        with proxy.client() as client:
            for _ in range(3):
                response = client.fetch("HEAD")
                assert response.value("content-length") == kept
                assert client.silent()

    @pytest.mark.parametrize("head", [
        "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n",
        "HTTP/1.1 304 Not Modified\r\nContent-Length: 77\r\n\r\n", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
    ])
    def test_204_and_304(self, proxy, head):
        proxy.upstream.handler = lambda connection, request: connection.send(head) and None
        with proxy.client() as client:
            for _ in range(3):
                response = client.fetch()
                assert response.status == int(head[9:12])
                assert response.value("transfer-encoding") is None
        assert len(proxy.upstream.connections) == 1

    def test_103_passes_and_102_and_100_do_no_harm(self, proxy):
        proxy.upstream.handler = lambda connection, request: connection.send(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") and None
        with proxy.client() as client:
            for _ in range(2):
                response = client.fetch()
                assert response.body == b"ok"
                assert (103, [("Link", "</a.css>; rel=preload")]) in response.interim
                assert 100 not in [status for status, _ in response.interim]

    def test_interim_responses_are_kept_from_http_1_0(self, proxy):
        proxy.upstream.handler = lambda connection, request: connection.send(
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok") and None
        with proxy.client() as client:
            client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n")
            response = client.response()
            assert response.body == b"ok" and not response.interim


class TestUpgrade:
    """WebSocket passes through (RFC 9110 §7.8, RFC 6455)."""

    UPGRADE = [("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "x"), ("Sec-WebSocket-Version", "13")]

    @staticmethod
    def accept(connection):
        """Reads the request and switches."""
        request = connection.read_request()
        assert request.value("upgrade") == "websocket"
        connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: y\r\n\r\n")

    def test_bytes_pass_both_ways(self, proxy):
        def serve(connection):
            self.accept(connection)
            while piece := connection.stream.some():
                connection.send(piece[::-1])

        proxy.upstream.on_connection = serve
        with proxy.client() as client:
            response = client.request(headers=self.UPGRADE).response()
            assert response.status == 101
            assert response.value("upgrade") == "websocket" and response.value("sec-websocket-accept") == "y"
            for size in (1, 100, 70000):
                message = bytes(number % 251 for number in range(size))
                client.send(message)
                received = b""
                while len(received) < size:
                    received += client.stream.some()
                # However it was cut: the bytes are there.
                assert sorted(received) == sorted(message)

    def test_bytes_behind_the_head_are_not_lost(self, proxy):
        def serve(connection):
            self.accept(connection)
            connection.send("first")
            assert connection.stream.take(5) == b"early"
            connection.send("second")
            connection.wait_closed()

        proxy.upstream.on_connection = serve
        with proxy.client() as client:
            client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\nearly")
            assert client.response().status == 101
            assert client.stream.take(11) == b"firstsecond"

    def test_half_closing_either_way(self, proxy):
        def serve(connection):
            self.accept(connection)
            assert connection.stream.rest() == b"all of it"
            connection.send("and the rest")

        proxy.upstream.on_connection = serve
        with proxy.client() as client:
            client.request(headers=self.UPGRADE).response()
            client.send("all of it").half_close()
            assert client.stream.rest() == b"and the rest"

        def serve_first(connection):
            self.accept(connection)
            connection.send("done here").half_close()
            assert connection.stream.rest() == b"goodbye"

        proxy.begin()
        proxy.upstream.on_connection = serve_first
        with proxy.client() as client:
            client.request(headers=self.UPGRADE).response()
            assert client.stream.rest() == b"done here"
            client.send("goodbye").half_close()
            assert proxy.upstream.wait_connections(1)[0].closed.wait(5)

    def test_a_refused_upgrade_is_an_ordinary_response(self, proxy):
        with proxy.client() as client:
            assert client.fetch(headers=self.UPGRADE).status == 200
            assert client.fetch().status == 200

    def test_101_that_nobody_asked_for_is_an_error(self, proxy):
        proxy.upstream.handler = lambda connection, request: connection.send(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nsmuggled") and None
        with proxy.client() as client:
            response = client.fetch()
            assert response.status == 502
            assert b"smuggled" not in response.body

    def test_a_silent_tunnel_ends_after_read_timeout(self, hasty_proxy):
        def serve(connection):
            self.accept(connection)
            connection.wait_closed()

        hasty_proxy.upstream.on_connection = serve
        with hasty_proxy.client() as client:
            assert client.request(headers=self.UPGRADE).response().status == 101
            assert client.ends()
        assert len(hasty_proxy.upstream.connections) == 1

    def test_a_reset_ends_the_other_side(self, proxy):
        def serve(connection):
            self.accept(connection)
            connection.reset()

        proxy.upstream.on_connection = serve
        with proxy.client() as client:
            assert client.request(headers=self.UPGRADE).response().status == 101
            assert client.ends()
        assert len(proxy.upstream.connections) == 1


class TestLimits:
    """Heads and bodies have limits (RFC 9110 §15.5.14, §15.5.15; RFC 6585 §5)."""

    @pytest.mark.parametrize("request_bytes, status", [
        (b"GET /" + b"a" * 60000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 60000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: 1\r\n" * 300 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 1000) for n in range(100)) + b"\r\n", 431),
    ])
    def test_heads(self, proxy, request_bytes, status):
        with proxy.client() as client:
            client.send(request_bytes)
            response = client.response()
            assert response.status == status
            assert response.value("connection") == "close"
            assert client.ends()
        assert not proxy.upstream.requests

    def test_bodies(self, gateways, upstreams):
        upstream = upstreams()
        gateway = gateways(configuration(upstream.port), client_max_body_size="1k")
        assert fetch(gateway, "POST", body=b"x" * 1024).status == 200
        assert fetch(gateway, "POST", body=b"x" * 1025).status == 413
        chunked = [("Transfer-Encoding", "chunked")]
        assert fetch(gateway, "POST", headers=chunked, body=b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n").status == 200
        assert fetch(gateway, "POST", headers=chunked, body=(b"400\r\n" + b"x" * 1024 + b"\r\n") * 2 + b"0\r\n\r\n").status == 413
        assert [len(r.body) for r in upstream.requests if not r.incomplete] == [1024, 1024]


class TestTargets:
    """The forms of a request target (RFC 9112 §3.2)."""

    def test_absolute_form(self, proxy):
        assert proxy.fetch(target="http://torii.test/a?b=c").status == 200
        assert proxy.upstream.requests[0].target == "/a?b=c"
        assert proxy.fetch(target="http://torii.test").status == 200
        assert proxy.upstream.requests[1].target == "/"

    def test_asterisk_form(self, proxy):
        assert proxy.fetch("OPTIONS", "*").status in (200, 404)
        assert proxy.fetch("GET", "*").status == 400

    def test_connect_opens_no_tunnel(self, proxy):
        response = proxy.fetch("CONNECT", "other.test:443", host="other.test:443")
        assert response.status == 405
        assert not proxy.upstream.connections
