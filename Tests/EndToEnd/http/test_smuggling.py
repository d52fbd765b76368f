"""Nothing reaches an upstream that was not parsed as a request, and everything reaches it as one and the same request."""

import pytest

# What may be read in two ways. Each is followed by a request that would be smuggled; none may get through.
VECTORS = {
    "length and chunked": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n5c\r\n\r\n",
    "two lengths": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 44\r\n\r\n",
    "two equal lengths": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n",
    "list of lengths": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 44\r\n\r\n",
    "plus sign": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +0\r\n\r\n",
    "minus sign": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "hexadecimal": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x0\r\n\r\n",
    "empty length": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \r\n\r\n",
    "length with text": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0 x\r\n\r\n",
    "huge length": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551616\r\n\r\n",
    "space before colon": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 44\r\n\r\n",
    "space before the name": "POST / HTTP/1.1\r\nHost: a\r\n Content-Length: 44\r\n\r\n",
    "folded line": "POST / HTTP/1.1\r\nHost: a\r\nX: y\r\n Content-Length: 44\r\n\r\n",
    "folded coding": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n",
    "chunked twice": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked, identity": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "identity": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nContent-Length: 44\r\n\r\n",
    "xchunked": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "quoted chunked": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
    "vertical tab": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n",
    "NUL in a name": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding\x00: chunked\r\n\r\n0\r\n\r\n",
    "NUL in a value": "POST / HTTP/1.1\r\nHost: a\r\nX: a\x00b\r\n\r\n",
    "bare CR": "POST / HTTP/1.1\r\nHost: a\r\nX: a\rContent-Length: 44\r\n\r\n",
    "bare LF": "POST / HTTP/1.1\r\nHost: a\r\nX: a\nContent-Length: 44\r\n\r\n",
    "LF LF": "POST / HTTP/1.1\nHost: a\n\n",
    "chunked over 1.0": "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunk size with sign": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n+0\r\n\r\n",
    "chunk size with 0x": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x0\r\n\r\n",
    "chunk size with space": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n 0\r\n\r\n",
    "chunk size that overflows": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n\r\n",
    "chunk ended by LF": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\n\n",
    "chunk extension with LF": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;\n\r\nx\r\n0\r\n\r\n",
    "chunk longer than said": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n",
    "two hosts": "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "no host": "GET / HTTP/1.1\r\n\r\n",
    "host with a space": "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
    "host with a slash": "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
    "control character in the target": "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n",
    "space in the target": "GET / HTTP/1.1 HTTP/1.1\r\nHost: a\r\n\r\n",
    "HTTP/0.9": "GET /\r\n\r\n",
    "HTTP/2 preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "leading space": " GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "name with a space": "GET / HTTP/1.1\r\nHost: a\r\nX Y: 1\r\n\r\n",
    "empty name": "GET / HTTP/1.1\r\nHost: a\r\n: 1\r\n\r\n",
}
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS.keys())
def test_what_can_be_read_in_two_ways_is_refused(proxy, vector):
    with proxy.client() as client:
        client.send(vector + SMUGGLED)
        response = client.response()
        assert response.status in (400, 405, 411, 501, 505)
        assert response.value("connection") == "close"
        assert b": " in response.body.split(b"\n")[0], "the body says why"
        assert client.ends()
    assert [request.target for request in proxy.upstream.requests if not request.incomplete] == []


@pytest.mark.parametrize("fields, body", [
    ("Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding\r\n", "5\r\nhello\r\n0\r\n\r\n"),
    ("Content-Length: 5\r\nConnection: Content-Length\r\n", "hello"),
    ("Content-Length: 5\r\nConnection: Host\r\n", "hello"),
])
def test_fields_of_framing_cannot_be_taken_away_by_connection(proxy, fields, body):
    with proxy.client() as client:
        client.send(f"POST /first HTTP/1.1\r\nHost: a\r\n{fields}\r\n{body}{SMUGGLED.replace('smuggled', 'second')}")
        assert client.response().status in (200, 400)
    requests = proxy.upstream.requests
    assert all(request.value("host") for request in requests)
    assert [request.body for request in requests if request.target == "/first"] in ([b"hello"], [])


def test_a_body_that_looks_like_a_request_stays_a_body(proxy):
    with proxy.client() as client:
        response = client.fetch("POST", "/outer", body=SMUGGLED)
        assert response.status == 200
        assert client.fetch(target="/next").status == 200
    assert [request.target for request in proxy.upstream.requests] == ["/outer", "/next"]


def test_what_follows_a_response_is_not_the_next_response(proxy):
    proxy.upstream.handler = lambda connection, request: connection.send(
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil") and None
    with proxy.client() as client:
        for _ in range(5):
            assert client.fetch().body == b"ok"
    # Such a connection is never used again.
    assert len(proxy.upstream.connections) == 5


@pytest.mark.parametrize("head", [
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "HTTP/1.1 200 OK\r\nX: a\nY: b\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nX: a\r\n folded\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nok",
    "HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\nok",
    "HTTP/1.1 2000 OK\r\nContent-Length: 2\r\n\r\nok",
    "nonsense\r\n\r\n",
])
def test_responses_that_can_be_read_in_two_ways_become_502(proxy, head):
    def answer(connection, request):
        connection.send(head)
        return "close"

    proxy.upstream.handler = answer
    with proxy.client() as client:
        assert client.fetch().status == 502
        proxy.upstream.handler = None
        assert client.fetch().status == 200


def test_fields_that_the_client_sets_do_not_stand_for_ours(proxy):
    proxy.fetch(headers=[("X-Real-IP", "6.6.6.6"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "evil"),
                         ("X-Forwarded-Prefix", "/evil"), ("X-Kong-Request-Id", "evil")])
    request = proxy.upstream.requests[0]
    assert "evil" not in str(request.headers) and "6.6.6.6" not in str(request.headers)
    assert request.value("x-forwarded-proto") == "http"
