"""Whoever leaves, at whatever moment: the other side hears of it, nothing is kept, nothing is made up."""

import fcntl
import json
import struct
import termios
import threading
import time

import pytest

from support import Client, Upstream, configuration, eventually, fetch, refused_port

STREAM = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def unread(sock):
    """How many bytes the kernel has for this side."""
    return struct.unpack("i", fcntl.ioctl(sock, termios.FIONREAD, b"\0\0\0\0"))[0]


class TestClientLeaves:
    """The upstream's connection is closed within a second."""

    def leave(self, client, how):
        client.reset() if how == "reset" else client.close()

    def gone(self, proxy, seen=None):
        connection = proxy.upstream.wait_connections(1)[0]
        start = time.monotonic()
        assert connection.closed.wait(3), "the upstream never heard of it"
        assert time.monotonic() - start < 1
        return connection

    @pytest.mark.parametrize("how", ["close", "reset"])
    def test_while_the_upstream_has_not_answered(self, proxy, how):
        arrived = threading.Event()

        def serve(connection):
            connection.read_request()
            arrived.set()
            connection.wait_closed()

        proxy.upstream.on_connection = serve
        client = proxy.client().request()
        assert arrived.wait(3)
        self.leave(client, how)
        self.gone(proxy)

    @pytest.mark.parametrize("how", ["close", "reset"])
    def test_at_once_after_the_request(self, proxy, how):
        """The end comes together with the request."""
        for _ in range(20):
            proxy.begin()
            proxy.upstream.on_connection = lambda connection: connection.wait_closed()
            client = proxy.client().request()
            self.leave(client, how)
            # It may have left before anything was sent upstream.
            time.sleep(0.005)
            eventually(lambda: proxy.upstream.open_connections == 0, 1, "the upstream is free")

    @pytest.mark.parametrize("how", ["close", "reset"])
    def test_within_its_body(self, proxy, how):
        proxy.upstream.on_connection = lambda connection: connection.wait_closed()
        client = proxy.client().request("POST", headers=[("Content-Length", "1000")]).send("abc")
        proxy.upstream.wait_connections(1)
        self.leave(client, how)
        self.gone(proxy)

    @pytest.mark.parametrize("how", ["close", "reset"])
    def test_within_the_response(self, proxy, how):
        def serve(connection):
            connection.read_request()
            connection.send(STREAM + "3\r\nabc\r\n")
            connection.wait_closed()

        proxy.upstream.on_connection = serve
        client = proxy.client().request()
        assert client.response_head().status == 200
        self.leave(client, how)
        self.gone(proxy)

    def test_within_the_response_as_the_record_has_it(self, gateways, tmp_path):
        """The status is the one that says so, although the response began with another."""
        log = tmp_path / "log.json"
        with Upstream(on_connection=lambda connection: (
                connection.read_request(), connection.send(STREAM + "3\r\nabc\r\n"), connection.wait_closed())) as upstream:
            gateway = gateways(configuration(upstream.port, plugins=[{"name": "file-log", "config": {"path": str(log)}}]))
            with Client(gateway.port) as client:
                client.request()
                assert client.response_head().status == 200
            record = json.loads(eventually(lambda: log.exists() and log.read_text(), what="the record"))
        assert record["response"]["status"] == 499 and record["upstream_status"] == "200"

    @pytest.mark.parametrize("how", ["close", "reset"])
    def test_while_the_response_flows_faster_than_it_reads(self, proxy, how):
        def serve(connection):
            connection.read_request()
            connection.send(STREAM)
            while True:
                connection.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")

        proxy.upstream.on_connection = serve
        client = proxy.client(receive_buffer=32768).request()
        assert client.response_head().status == 200
        # More lies there than it has read: the response flows, and waits for it.
        eventually(lambda: unread(client.sock) >= 16384, what="the response flows")
        self.leave(client, how)
        self.gone(proxy)

    def test_while_its_body_is_not_taken(self, proxy):
        proxy.upstream.on_connection = lambda connection: leave.wait(5) and connection.wait_closed(3)
        leave = threading.Event()
        client = proxy.client(timeout=0.3).request("POST", headers=[("Content-Length", str(100 << 20))])
        with pytest.raises(TimeoutError):
            while True:
                client.send(b"x" * 262144)
        client.reset()
        leave.set()
        self.gone(proxy)

    def test_within_a_tunnel(self, proxy):
        def serve(connection):
            connection.read_request()
            connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
            connection.wait_closed()

        proxy.upstream.on_connection = serve
        client = proxy.client().request(headers=[("Connection", "Upgrade"), ("Upgrade", "websocket")])
        assert client.response().status == 101
        client.close()
        self.gone(proxy)

    def test_within_its_head(self, proxy):
        client = proxy.client().send("GET / HTTP/1.1\r\nHost:")
        client.close()
        assert proxy.fetch().status == 200


class TestUpstreamDies:
    """The client gets the right status, or sees that something is missing."""

    @pytest.mark.parametrize("how", ["close", "reset"])
    @pytest.mark.parametrize("method, body, tries", [("GET", None, 2), ("PUT", "hello", 2), ("POST", None, 1), ("POST", "hello", 1)])
    def test_before_it_answers(self, gateways, upstreams, how, method, body, tries):
        """Idempotent requests are tried again, `retries` times; others are not (RFC 9110 §9.2.2)."""
        def serve(connection):
            upstream.record(connection.read_request())
            connection.reset() if how == "reset" else connection.close()

        upstream = upstreams(on_connection=serve)
        gateway = gateways(configuration(upstream.port, retries=1))
        assert fetch(gateway, method, body=body).status == 502
        assert len(upstream.requests) == tries
        assert all(request.body == (body or "").encode() for request in upstream.requests)

    @pytest.mark.parametrize("head", ["HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Le", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n"])
    def test_within_its_head(self, hasty_proxy, head):
        def serve(connection):
            connection.read_request()
            connection.send(head)

        hasty_proxy.upstream.on_connection = serve
        assert hasty_proxy.fetch().status == 502

    @pytest.mark.parametrize("how", ["close", "reset"])
    @pytest.mark.parametrize("head, body", [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", "abc"), (STREAM, "3\r\nabc\r\n"), (STREAM, "a\r\nabc"),
        (STREAM, "3\r\nabc\r\n0\r\n"),
    ])
    def test_within_its_body(self, proxy, how, head, body):
        def serve(connection):
            connection.read_request()
            connection.send(head + body)
            # Only when the client has the beginning: a reset may take with it what was not read.
            assert begun.wait(5)
            connection.reset() if how == "reset" else connection.close()

        begun = threading.Event()
        proxy.upstream.on_connection = serve
        with proxy.client() as client:
            client.request()
            received = bytearray()

            def sink(piece):
                received.extend(piece)
                begun.set()

            response = client.response(sink=sink)
            assert response.truncated and received == b"abc"
            assert client.ends()

    def test_while_it_takes_the_body(self, proxy):
        def serve(connection):
            connection.read_head()
            connection.stream.take(100000)
            connection.reset()

        proxy.upstream.on_connection = serve
        with proxy.client() as client:
            client.request("POST", headers=[("Content-Length", str(50 << 20))])
            try:
                for _ in range(800):
                    client.send(b"x" * 65536)
            except OSError:
                pass
            response = client.response()
        # What it says may be lost with the reset of our own connection; it is not 200.
        assert response is None or response.status == 502


class TestIdleConnections:
    """Upstreams close connections they keep, whenever they like: no request fails for it."""

    def test_closed_while_idle(self, proxy):
        with proxy.client() as client:
            for _ in range(200):
                assert client.fetch().status == 200
                proxy.upstream.connections[-1].sock.shutdown(2)

    @pytest.mark.parametrize("method, body", [("GET", None), ("PUT", "hello"), ("DELETE", None), ("HEAD", None)])
    @pytest.mark.parametrize("how", ["close", "reset"])
    def test_closed_as_the_next_request_arrives(self, proxy, method, body, how):
        """Each connection serves one request and dies of the second."""
        def serve(connection):
            proxy.upstream.record(connection.read_request())
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + ("" if method == "HEAD" else "ok"))
            connection.stream.peek()
            if how == "reset":
                connection.reset()

        proxy.upstream.on_connection = serve
        with proxy.client() as client:
            for number in range(100):
                response = client.fetch(method, f"/{number}", body=body)
                assert response.status == 200 and response.body == (b"" if method == "HEAD" else b"ok"), number
        assert [request.target for request in proxy.upstream.requests] == [f"/{number}" for number in range(100)]
        assert all(request.body == (body or "").encode() for request in proxy.upstream.requests)

    @pytest.mark.parametrize("body", [None, "hello", b"x" * 200000])
    def test_what_cannot_be_sent_twice_is_not(self, proxy, body):
        """RFC 9110 §9.2.2: it may have had its effect; the client must decide."""
        def serve(connection):
            proxy.upstream.record(connection.read_request())
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.read_request() and proxy.upstream.record(connection)

        proxy.upstream.on_connection = serve
        with proxy.client() as client:
            assert client.fetch("POST", body=body).status == 200
            assert client.fetch("POST", body=body).status == 502
        assert len(proxy.upstream.requests) == 2

    @pytest.mark.parametrize("body", [None, "hello", b"x" * 200000])
    def test_what_cannot_be_sent_twice_goes_to_living_connections_only(self, proxy, body):
        """The end came before the request: nobody has to fail for it."""
        for number in range(100):
            assert proxy.fetch("POST", f"/{number}", body=body).status == 200
            proxy.upstream.close_connections()
        assert len(proxy.upstream.requests) == 100

    @pytest.mark.parametrize("body", [None, "hello", b"x" * 200000])
    def test_an_end_that_comes_with_the_response(self, proxy, body):
        """Such a connection is not kept."""
        def answer(connection, request):
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return "close"

        proxy.upstream.handler = answer
        statuses = []
        with proxy.client() as client:
            for number in range(100):
                statuses.append(client.fetch("POST", f"/{number}", body=body).status)
                # As a client that thinks for a moment: the end has come by then.
                assert proxy.upstream.connections[-1].closed.wait(5)
        assert statuses == [200] * 100

    def test_a_body_that_is_too_long_to_keep_is_not_sent_in_part(self, proxy):
        def serve(connection):
            proxy.upstream.record(connection.read_request())
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.stream.peek()

        proxy.upstream.on_connection = serve
        body = b"x" * 300000
        statuses = []
        for _ in range(20):
            statuses.append(proxy.fetch("PUT", body=body).status)
        assert set(statuses) <= {200, 502} and statuses[0] == 200
        assert all(request.body == body for request in proxy.upstream.requests if not request.incomplete)

    def test_connection_close_from_the_upstream_is_heeded(self, proxy):
        def serve(connection):
            connection.read_request()
            connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            connection.wait_closed()

        proxy.upstream.on_connection = serve
        with proxy.client() as client:
            for _ in range(3):
                assert client.fetch().status == 200
        assert len(proxy.upstream.connections) == 3


class TestAddresses:
    """Names, several addresses, retries."""

    def test_localhost(self, gateways, upstreams):
        upstream = upstreams()
        gateway = gateways(configuration(upstream.port, host="localhost"))
        for _ in range(3):
            assert fetch(gateway).status == 200
        assert upstream.requests[0].value("host") == f"localhost:{upstream.port}"

    def test_the_second_address_is_used_when_the_first_refuses(self, gateways, upstreams):
        """localhost is ::1 and 127.0.0.1 on most machines; the upstream listens on one of them only."""
        import socket

        found = [entry[4][0] for entry in socket.getaddrinfo("localhost", 80, type=socket.SOCK_STREAM)]
        for address in dict.fromkeys(found):
            upstream = upstreams(host=address)
            gateway = gateways(configuration(upstream.port, host="localhost"))
            assert fetch(gateway).status == 200, address

    def test_a_name_that_does_not_exist_is_503(self, gateways):
        gateway = gateways(configuration(80, host="does-not-exist.invalid", retries=0))
        response = fetch(gateway, timeout=20)
        assert response.status == 503
        assert b"name resolution failed" in response.body
        gateway.wait_log(r"does-not-exist\.invalid.*name resolution failed")

    def test_targets_that_refuse_are_passed_over(self, gateways, upstreams):
        upstream = upstreams()
        gateway = gateways({
            "_format_version": "3.0",
            "services": [{"name": "s", "host": "pool", "routes": [{"name": "r", "paths": ["/"]}]}],
            "upstreams": [{"name": "pool", "targets": [
                {"target": f"127.0.0.1:{refused_port()}", "weight": 10}, {"target": f"127.0.0.1:{upstream.port}", "weight": 10}]}]})
        for _ in range(10):
            assert fetch(gateway, "POST", body="x").status == 200
        assert len(upstream.requests) == 10

    def test_nothing_listens(self, gateways):
        gateway = gateways(configuration(refused_port(), retries=2))
        assert fetch(gateway).status == 502
        gateway.wait_log("connect failed: Connection refused")

    def test_a_host_that_does_not_answer_is_504(self, gateways):
        import socket

        # A queue that is full: nobody answers the next one.
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = []
        for _ in range(8):
            filler = socket.socket()
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
            fillers.append(filler)
        gateway = gateways(configuration(listener.getsockname()[1], connect_timeout=300, retries=0))
        start = time.monotonic()
        assert fetch(gateway).status == 504
        assert 0.25 < time.monotonic() - start < 3
        gateway.wait_log("connecting took longer than connect_timeout")
        for sock in [*fillers, listener]:
            sock.close()
