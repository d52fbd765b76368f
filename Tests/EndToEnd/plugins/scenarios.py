"""What each example plugin does, whatever language it is written in: one table."""

from dataclasses import dataclass, field

ABSENT = object()


@dataclass
class Scenario:
    """A request through a gateway with one plugin, and all that must come of it."""

    name: str
    plugin: str
    config: dict
    # The request.
    method: str = "GET"
    target: str = "/"
    headers: list = field(default_factory=list)
    body: bytes | None = None
    pieces: list | None = None  # the body in chunks instead
    # What the upstream answers: a body in chunks of its own, and fields.
    answer: list = field(default_factory=lambda: [b"hello"])
    answer_headers: list = field(default_factory=list)
    answer_status: str = "200 OK"
    answer_length: int | None = None  # a Content-Length instead of chunks; a longer one than the body breaks off
    # What the service that a plugin asks answers: (status line, fields, body), or "refused", "silent", "closed".
    service: tuple | str | None = None
    # What must come of it.
    status: int = 200
    response_headers: dict = field(default_factory=dict)
    response_body: bytes | None = None
    truncated: bool = False
    upstream_headers: dict = field(default_factory=dict)
    upstream_body: bytes | None = None
    upstream_requests: int = 1
    service_headers: dict = field(default_factory=dict)
    record: dict = field(default_factory=dict)


def cuts(data, *places):
    """The data in pieces that end at these places."""
    edges = [0, *places, len(data)]
    return [data[start:end] for start, end in zip(edges, edges[1:]) if end > start]


def bytewise(data):
    """The data in pieces of one byte."""
    return [data[place:place + 1] for place in range(len(data))]


OPENAI = (b'{"id":"c1","choices":[{"message":{"content":"a \\"usage\\":{\\"prompt_tokens\\":999} {[ b"}}],'
          b'"usage":{"prompt_tokens":12,"completion_tokens": 345 ,"total_tokens":357,'
          b'"prompt_tokens_details":{"cached_tokens":7,"prompt_tokens":1}}}')
ANTHROPIC_STREAM = (
    b'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1}}}\n\n'
    b'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"output_tokens: 7"}}\n\n'
    b'event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":15}}\n\n'
    b'event: message_stop\ndata: {"type":"message_stop"}\n\n')
COUNTED = {"prompt": 12, "completion": 345, "total": 357}
KEYS = {"keys": [{"name": "anna", "key": "k-anna"}, {"name": "ben", "key": "k-ben"}]}
TEXT = b"one secret, two secrets, sesecret, secre"
CLEAN = b"one ***, two ***s, se***, secre"


SCENARIOS = [
    # header-stamp
    Scenario("stamps both ways by default", "header-stamp", {},
             response_headers={"x-stamp": ["torii"]}, upstream_headers={"x-stamp": ["torii"]}, response_body=b"hello"),
    Scenario("stamps with what is configured", "header-stamp", {"header": "X-Region", "value": "eu, west", "upstream": False},
             response_headers={"x-region": ["eu, west"], "x-stamp": []}, upstream_headers={"x-region": []}),
    Scenario("takes the place of what the client and the upstream sent", "header-stamp", {"value": "mine"},
             headers=[("X-Stamp", "client"), ("x-stamp", "again")], answer_headers=[("X-Stamp", "upstream")],
             response_headers={"x-stamp": ["mine"]}, upstream_headers={"x-stamp": ["mine"]}),
    Scenario("keeps characters beyond ASCII", "header-stamp", {"value": "naïve 鳥居"},
             response_headers={"x-stamp": ["naïve 鳥居".encode().decode("latin-1")]}),

    # api-key
    Scenario("lets a known key pass, and names its client", "api-key", KEYS, headers=[("X-API-Key", "k-ben")],
             upstream_headers={"x-api-key": [], "x-client-name": ["ben"]}, record={"api_key.client": "ben"}),
    Scenario("refuses who shows no key", "api-key", KEYS, status=401, upstream_requests=0,
             response_headers={"www-authenticate": ["Key"], "content-type": ["application/json"]},
             response_body=b'{"message":"no API key was given"}', record={"api_key": ABSENT}),
    Scenario("refuses a key that is not known", "api-key", KEYS, headers=[("x-api-key", "k-ann")], status=401,
             upstream_requests=0, response_body=b'{"message":"the API key is not valid"}'),
    Scenario("refuses a key that only begins like a known one", "api-key", KEYS, headers=[("x-api-key", "k-annak-anna")],
             status=401, upstream_requests=0),
    Scenario("refuses an empty key", "api-key", KEYS, headers=[("x-api-key", "")], status=401, upstream_requests=0),
    Scenario("does not believe a client's own X-Client-Name", "api-key", KEYS,
             headers=[("X-Client-Name", "root"), ("X-API-Key", "k-anna")], upstream_headers={"x-client-name": ["anna"]}),
    Scenario("keeps a key in another header out of the record", "api-key", {**KEYS, "header": "X-Pass"},
             headers=[("X-Pass", "k-anna")], upstream_headers={"x-pass": [], "x-client-name": ["anna"]},
             record={"request.headers.x-pass": "REDACTED"}),

    # body-rewrite
    *[Scenario(f"rewrites a response {how}", "body-rewrite", {"find": "secret", "replace": "***"}, answer=pieces,
               response_body=CLEAN)
      for how, pieces in [("whole", [TEXT]), ("byte by byte", bytewise(TEXT)), ("cut within the text", cuts(TEXT, 6, 20, 31, 38))]],
    Scenario("rewrites a response of known length", "body-rewrite", {"find": "secret", "replace": "a longer text"},
             answer=[b"my secret"], answer_length=9, response_body=b"my a longer text"),
    Scenario("removes what it finds, also when nothing is left", "body-rewrite", {"find": "ab"}, answer=bytewise(b"ababab"),
             response_body=b""),
    Scenario("finds what overlaps itself as the first that fits", "body-rewrite", {"find": "aab", "replace": "X"},
             answer=cuts(b"aaabaabaaab", 2, 3, 7), response_body=b"aXXaX"),
    Scenario("finds what is not ASCII", "body-rewrite", {"find": "鳥居", "replace": "gate"},
             answer=bytewise("the 鳥居, 鳥".encode()), response_body="the gate, 鳥".encode()),
    Scenario("rewrites requests when told to", "body-rewrite", {"find": "secret", "replace": "***", "request": True, "response": False},
             method="POST", pieces=cuts(TEXT, 6, 20), answer=[TEXT], upstream_body=CLEAN, response_body=TEXT),
    Scenario("leaves requests alone unless told to", "body-rewrite", {"find": "secret"}, method="POST", body=TEXT, upstream_body=TEXT),
    Scenario("asks the upstream for content that it can read", "body-rewrite", {"find": "x"}, headers=[("Accept-Encoding", "gzip")],
             upstream_headers={"accept-encoding": []}),
    Scenario("passes a large body", "body-rewrite", {"find": "0123456789abcdef", "replace": "."},
             answer=[b"0123456789abcdef" * 4096 + b"0123456789"] * 8, response_body=(b"." * 4096 + b"0123456789") * 8),
    Scenario("passes what there is of a response that breaks off", "body-rewrite", {"find": "secret", "replace": "***"},
             answer=[b"a secret and sec"], answer_length=100, truncated=True, response_body=b"a *** and sec"),

    # auth-callout
    Scenario("passes what the service allows", "auth-callout", {}, method="PUT", target="/a?b=c", body=b"x",
             headers=[("Authorization", "Bearer good")], service=("200 OK", [("X-User", "anna")], b""),
             upstream_headers={"x-user": ["anna"]}, upstream_body=b"x",
             service_headers={"x-original-method": ["PUT"], "x-original-uri": ["/a?b=c"], "authorization": ["Bearer good"]}),
    Scenario("passes without a user when the service names none", "auth-callout", {}, service=("204 No Content", [], None),
             upstream_headers={"x-user": []}, service_headers={"authorization": []}),
    Scenario("hands on what the service refuses with", "auth-callout", {},
             service=("403 Forbidden", [("Content-Type", "text/html")], b"<p>no</p>"), status=403, upstream_requests=0,
             response_body=b"<p>no</p>", response_headers={"content-type": ["text/html"]}),
    *[Scenario(f"answers 503 when the service {how}", "auth-callout", {"timeout": 300}, service=service, status=503,
               upstream_requests=0, response_body=b'{"message":"authorisation is not available"}')
      for how, service in [("fails", ("500 Internal Server Error", [], b"oops")), ("redirects", ("302 Found", [("Location", "/")], b"")),
                           ("refuses the connection", "refused"), ("is silent", "silent"), ("closes the connection", "closed")]],

    # token-counter
    *[Scenario(f"counts a whole answer {how}", "token-counter", {}, answer=pieces, response_body=OPENAI, record={"tokens": COUNTED})
      for how, pieces in [("in one piece", [OPENAI]), ("byte by byte", bytewise(OPENAI)), ("in two pieces", cuts(OPENAI, OPENAI.index(b"345") + 1))]],
    *[Scenario(f"counts a stream {how}", "token-counter", {}, answer=pieces, response_body=ANTHROPIC_STREAM,
               answer_headers=[("Content-Type", "text/event-stream")], record={"tokens": {"prompt": 25, "completion": 15, "total": 40}})
      for how, pieces in [("event by event", [event + b"\n\n" for event in ANTHROPIC_STREAM.split(b"\n\n")[:-1]]),
                          ("byte by byte", bytewise(ANTHROPIC_STREAM))]],
    Scenario("notes nothing where there is nothing", "token-counter", {}, answer=[b'{"prompt_tokens":5,"usage":null}'], record={"tokens": ABSENT}),
    Scenario("notes it where it is told to", "token-counter", {"key": "llm.usage"}, answer=[OPENAI], record={"llm.usage": COUNTED}),
    Scenario("keeps the length of what it observes", "token-counter", {}, answer=[OPENAI], answer_length=len(OPENAI),
             response_headers={"content-length": [str(len(OPENAI))]}, response_body=OPENAI),
    Scenario("is not confused by what is no JSON", "token-counter", {}, answer=[b'}}]]"usage":{\x00\xff"prompt_tokens":x1}' * 50],
             response_body=b'}}]]"usage":{\x00\xff"prompt_tokens":x1}' * 50),
]

# Configurations that must be refused: plugin, configuration, and what the log says of it.
REFUSALS = [
    ("header-stamp", {"header": "bad name"}, r"header: .*is not a header field name"),
    ("header-stamp", {"value": "a\r\nX-Other: b"}, r"value: .*a header value holds no line break"),
    ("header-stamp", {"hader": "X"}, r"hader"),
    ("api-key", {}, r"keys"),
    ("api-key", {"keys": [{"name": "a", "key": "x"}, {"name": "b", "key": "x"}]}, r"keys: .*1 = .*key = .*two clients have the same key"),
    ("body-rewrite", {"find": "x", "replace": "x"}, r"replace: .*is the same as find"),
    ("auth-callout", {"url": "ftp://example.org/"}, r"url: .*is not an http or https URL"),
    ("token-counter", {"key": "Tokens!"}, r"key: .*is not a dotted key"),
    ("visit-counter", {"reset": "home"}, r"reset: .*a path begins with '/'"),
]
