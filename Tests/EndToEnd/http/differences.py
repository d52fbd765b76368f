"""Where the gateway answers otherwise than Kong, on purpose: what is expected instead. DIFFERENCES.md says why."""

# A refusal that Kong does not know: nothing reaches the upstream, the body says why, the connection ends.
REFUSED = {
    "answer": {
        "status": 400, "base": "local", "fields": {"content-type": "text/plain; charset=utf-8", "content-length": "<int>",
                   "connection": "close"},
        "without": None, "closed": True, "body": "Bad request: <str>\nrequest_id: <hex32>\n",
    },
    "upstream": [],
}


def explained(status, text):
    """An error of another layout: ours says why."""
    return {"answer": {
        "status": status, "fields": {"content-type": "text/plain; charset=utf-8", "content-length": "<int>"},
        "body": f"{text}: <str>\nrequest_id: <hex32>\n",
    }}


DIFFERENCES = {
    # Requests that are refused, or refused in other words.
    "queries are left alone: GET /a/b#frag": REFUSED,
    "user information in Host": REFUSED,
    "lines ended by LF only": REFUSED,
    "field line without colon": REFUSED,
    "two spaces in the request line": REFUSED,
    "unknown transfer coding": explained(501, "Not implemented"),
    "HTTP/3.7": explained(505, "HTTP version not supported"),
    "five fields of 8 kB": {"answer": {
        "status": 431, "fields": {"content-length": "<int>"},
        "body": "Request header or cookie too large: <str>\nrequest_id: <hex32>\n"}},
    "chunk size that is no number": {"answer": {"base": "local", "without": None}},
    # Requests that are not refused.
    "method in small letters": {
        "answer": {"status": 200, "base": "ok", "fields": None, "body": None, "json": {"ok": True}, "closed": None},
        "upstream": [{"line": "get /x", "fields": {"x-forwarded-path": "/x"}}],
    },
    "TRACE": {"answer": {"fields": {"connection": "keep-alive"}, "closed": None}},
    "targets other than paths: OPTIONS * Host abs.test": {"answer": {
        "status": 404, "fields": {"content-type": "application/json; charset=utf-8", "content-length": "<int>",
                                  "connection": "keep-alive"},
        "body": None, "json": {"message": "no Route matched with those values", "request_id": "<hex32>"}, "closed": None}},
    # An absolute target names the host, whatever Host says.
    "targets other than paths: GET http://abs.test/p Host other.test": {"upstream": {"line": "GET /@abs/p"}},
    "targets other than paths: GET HTTP://ABS.test/p Host other.test": {
        "upstream": {"line": "GET /@abs/p", "fields": {"x-forwarded-host": "ABS.test"}}},
    # Fields.
    "earlier X-Forwarded-For lines are joined": {"upstream": {"fields": {"x-forwarded-for": "1.2.3.4, 5.6.7.8, 127.0.0.1"}}},
    "HTTP/1.0 that wants to stay": {"upstream": {"fields": {"via": "1.0 torii/<version>"}}},
    "chunks are undone for HTTP/1.0": {"upstream": {"fields": {"via": "1.0 torii/<version>"}}},
    "HTTP/1.0 without Host": {"upstream": {"fields": {"via": "1.0 torii/<version>", "x-forwarded-host": None},
                                           "without": ["x-forwarded-host"]}},
    "HTTP/1.2": {"upstream": {"fields": {"via": "1.1 torii/<version>"}}},
    "204 with a length": {"answer": {"fields": {"content-length": None}}},
    "chunked response with trailers": {"answer": {"fields": {"trailer": "X-T"}, "trailers": [["X-T", "v"]]}},
    "redirection to https: GET /red/x?y=1&z=%20 Host redirect.test": {"answer": {
        "fields": {"content-type": None, "content-length": "0"}, "body": ""}},
    "bad request of a client that wants JSON": {"answer": {
        "fields": {"content-type": "text/plain; charset=utf-8", "content-length": "<int>"}, "json": None,
        "body": "Bad request: <str>\nrequest_id: <hex32>\n"}},
    # Records.
    "repeated, empty and secret request fields": {"records": {"request": {"headers": {"x-api-key": "REDACTED"}}}},
    "bad request": {"records": {"request": {"method": "", "uri": "", "size": 0, "headers": {"content-length": None, "host": None},
                                            "url": "http://torii:$PROXY_PORT"}}},
    "120 response fields": {"records": {"response": {"base": "proxied", "without": None, "fields": {
        f"x-r{number}": str(number) for number in range(120)}}}},
    "target too long": {"records": {"request": {"method": "", "url": "http://torii:$PROXY_PORT"}}},
    "client leaves within its body": {"records": {"tries": [["$UPSTREAM_PORT"]]}},
    "plain request on a route for https, global plugin": {"records": {"route": True, "service": True}},
}
