"""The gateway of the tutorial, and what it wrote to its log file."""

import json

from support import Client, Gateway, eventually

# The key of the configuration. It must never be seen anywhere but upstream.
KEY = "sk-3f9c01d2b7a84e6f9d55aa10"


def merge(base, changes):
    """`base` with `changes`, object by object."""
    result = dict(base)
    for name, value in changes.items():
        result[name] = merge(result[name], value) if isinstance(value, dict) and isinstance(result.get(name), dict) else value
    return result


def tutorial(upstream_url, log_path, **changes):
    """The tutorial's configuration, with another upstream and what else a test changes in ai-proxy's part."""
    proxy = {
        "llm_format": "anthropic",
        "route_type": "llm/v1/chat",
        "logging": {"log_statistics": True, "log_payloads": False},
        "auth": {"header_name": "Authorization", "header_value": '${{ env "DECK_DASHSCOPE_API_KEY" }}'},
        "model": {
            "provider": "dashscope",
            "name": "qwen-plus",
            "options": {"max_tokens": 8192, "temperature": 1.0, "upstream_url": upstream_url},
        },
    }
    proxy = json.dumps(merge(proxy, changes)).replace(r"${{ env \"", '${{ env "').replace(r"\" }}", '" }}')
    # A template stands in the text as deck writes it: filled in before the text is read.
    return f"""_format_version: "3.0"
services:
  - name: example-service
    url: http://httpbin.konghq.com/anything
    routes:
      - name: example-route
        paths: ["/anything"]
plugins:
  - name: ai-proxy
    config: {proxy}
  - name: file-log
    config: {{ path: {json.dumps(str(log_path))} }}
"""


class World:
    """A gateway with that configuration."""

    def __init__(self, upstream_url, workers=1, settings=None, **changes):
        self.gateway = Gateway(
            environment={"DECK_DASHSCOPE_API_KEY": f"Bearer {KEY}"}, workers=workers, start=False, **(settings or {}))
        self.upstream_url = upstream_url
        self.log_path = self.gateway.folder / "claude.json"
        self.gateway.configure(tutorial(upstream_url, self.log_path, **changes))
        self.gateway.start()

    @property
    def port(self):
        """Where clients come in."""
        return self.gateway.port

    @property
    def base_url(self):
        """What Anthropic's clients call base URL."""
        return f"http://127.0.0.1:{self.port}/anything"

    def lines(self):
        """The lines of the log file, complete ones."""
        if not self.log_path.exists():
            return []
        return self.log_path.read_bytes().split(b"\n")[:-1]

    def records(self):
        """The log, read."""
        return [json.loads(line) for line in self.lines()]

    def record(self, request_id, timeout=5.0):
        """The record of one request."""
        needle = request_id.encode()

        def find():
            found = [line for line in self.lines() if needle in line]
            assert len(found) <= 1, found
            return found[0] if found else None

        return json.loads(eventually(find, timeout, f"a record of {request_id}"))

    def wait_lines(self, count, timeout=10.0):
        """Waits until the log has that many lines."""
        return eventually(
            lambda: (lambda found: found if len(found) >= count else None)(self.lines()), timeout, f"{count} lines")

    def connect(self, **options):
        """A connection."""
        return Client(self.port, **options)

    def post(self, body, target="/anything/v1/messages?beta=true", headers=(), method="POST", **options):
        """One request on a connection of its own."""
        with self.connect(**options) as client:
            return client.fetch(method, target, [*HEADERS, *headers], encode(body))

    def ask(self, text, **members):
        """One message."""
        return self.post(message(text, **members))

    def stop(self):
        """Stops it."""
        return self.gateway.stop()


HEADERS = [
    ("Content-Type", "application/json"), ("User-Agent", "claude-cli/2.0.57 (external, cli)"), ("x-api-key", "x"),
    ("Authorization", "Bearer x"), ("anthropic-version", "2023-06-01"),
]


def encode(body):
    """JSON, unless it is bytes."""
    return body if isinstance(body, (bytes, type(None))) else json.dumps(body, ensure_ascii=False).encode()


def message(text, **members):
    """A request of one message."""
    return {"model": "qwen-plus", "max_tokens": 4096, "messages": [{"role": "user", "content": text}], **members}
