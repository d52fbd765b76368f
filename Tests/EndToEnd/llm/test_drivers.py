"""Other providers than DashScope, and what happens when one does not answer."""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from support import eventually
from support.upstream import refused_port

CHAT = {
    "id": "c", "object": "chat.completion", "model": "up",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
}
GEMINI = {
    "candidates": [{"content": {"role": "model", "parts": [{"text": "hello"}]}, "finishReason": "STOP"}],
    "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}, "modelVersion": "up",
}


def chunk(delta, finish=None):
    return {"id": "c", "model": "up", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def events(*objects):
    return "".join(f"data: {o if isinstance(o, str) else json.dumps(o)}\n\n" for o in objects)


STREAM = events(chunk({"content": "hel"}), chunk({"content": "lo"}), chunk({}, "stop"), "[DONE]")


class Provider:
    """Answers each request with the next of what it was given, the last one for ever."""

    def __init__(self, *answers):
        self.requests = []
        provider = self
        remaining = list(answers)

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                provider.requests.append((self.path, dict(self.headers.items()), json.loads(body)))
                status, headers, content = remaining.pop(0) if len(remaining) > 1 else remaining[0]
                content = content.encode() if isinstance(content, str) else json.dumps(content).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def providers():
    started = []

    def start(*answers):
        started.append(Provider(*answers))
        return started[-1]

    yield start
    for provider in started:
        provider.stop()


def ask(world, stream=False, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", world.port, timeout=20)
    body = {"max_tokens": 9, "stream": stream, "messages": [{"role": "user", "content": "hi"}], **fields}
    connection.request("POST", "/anything/v1/messages", json.dumps(body), {"Content-Type": "application/json"})
    response = connection.getresponse()
    content = response.read().decode()
    connection.close()
    return response.status, dict(response.getheaders()), content


def second(url, **options):
    """Another target, at an OpenAI-compatible server."""
    return {
        "model": {"provider": "openai", "name": "spare", "options": {"upstream_url": url, **options}},
        "auth": {"header_name": "Authorization", "header_value": "Bearer spare-key"},
    }


@pytest.mark.parametrize("stream", [False, True])
def test_a_provider_that_cannot_be_reached_is_replaced_by_the_next(worlds, providers, stream):
    spare = providers((200, {"Content-Type": "text/event-stream"}, STREAM) if stream else (200, {}, CHAT))
    world = worlds(
        f"http://127.0.0.1:{refused_port()}/v1/chat/completions",
        resilience={"retries": 2, "targets": [second(spare.url)]})
    status, headers, content = ask(world, stream)
    assert status == 200
    assert "hello" in content or ('"hel"' in content and '"lo"' in content)
    assert headers["X-Kong-LLM-Model"] == "openai/spare"
    assert headers["content-type"].startswith("text/event-stream" if stream else "application/json")
    if stream:
        assert content.rstrip().endswith('{"type":"message_stop"}')
    [(path, sent, body)] = spare.requests
    assert path == "/v1/chat/completions" and sent["Authorization"] == "Bearer spare-key"
    assert body["model"] == "spare" and body["stream"] is stream


def test_a_busy_provider_is_asked_again_when_it_says(worlds, providers):
    busy = {"error": {"code": "limit_requests", "message": "slow down"}}
    provider = providers((429, {"Retry-After": "1"}, busy), (200, {}, CHAT))
    world = worlds(f"{provider.url}/v1/chat/completions", resilience={"retries": 1})
    status, _, content = ask(world)
    assert status == 200 and "hello" in content
    assert len(provider.requests) == 2


def test_when_no_attempt_is_left_the_client_learns_why(worlds, providers):
    provider = providers((503, {"Retry-After": "7"}, {"error": {"code": "ModelUnavailable", "message": "busy"}}))
    world = worlds(f"{provider.url}/v1/chat/completions", resilience={"retries": 2, "backoff": 1, "max_retry_after": 0})
    status, headers, content = ask(world)
    assert status == 529 and json.loads(content)["error"]["type"] == "overloaded_error"
    assert headers["retry-after"] == "7"
    assert len(provider.requests) == 1, "it asked for more patience than there is"


def test_a_refusal_is_not_repeated(worlds, providers):
    provider = providers((400, {}, {"error": {"code": "invalid_parameter_error", "message": "no"}}))
    world = worlds(f"{provider.url}/v1/chat/completions", resilience={"retries": 3})
    assert ask(world)[0] == 400
    assert len(provider.requests) == 1


@pytest.mark.parametrize("stream", [False, True])
def test_gemini_speaks_for_anthropics_clients(worlds, providers, stream):
    provider = providers((200, {"Content-Type": "text/event-stream"}, events(GEMINI)) if stream else (200, {}, GEMINI))
    world = worlds(provider.url, model={"provider": "gemini", "name": "gemini-2.5-pro"})
    status, _, content = ask(world, stream)
    assert status == 200 and "hello" in content
    [(path, _, body)] = provider.requests
    operation = "streamGenerateContent?alt=sse" if stream else "generateContent"
    assert path == f"/v1beta/models/gemini-2.5-pro:{operation}"
    assert body["contents"] == [{"role": "user", "parts": [{"text": "hi"}]}]


def test_metrics_count_calls(worlds, providers):
    provider = providers((200, {}, CHAT))
    world = worlds(f"{provider.url}/v1/chat/completions")
    for _ in range(3):
        assert ask(world)[0] == 200
    connection = http.client.HTTPConnection("127.0.0.1", world.gateway.status_port, timeout=10)

    def counted():
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
        return text if "llm_completion_tokens_total{" in text else None

    text = eventually(counted)
    prefix = "torii_plugins_ai_proxy_"
    own = [line.removeprefix(prefix) for line in text.splitlines() if line.startswith(prefix)]
    assert 'llm_completion_tokens_total{ai_provider="dashscope",ai_model="qwen-plus",request_mode="oneshot"} 6' in own, own
    assert f"# TYPE {prefix}llm_requests_total counter" in text
    assert f"# TYPE {prefix}gen_ai_client_operation_duration_seconds histogram" in text
    usage = [line for line in own if line.startswith("gen_ai_client_token_usage_count{")]
    assert [(line.split('token_type="')[1].split('"')[0], line.rsplit(" ", 1)[1]) for line in usage] == [
        ("input", "3"), ("output", "3")]
    assert all('gen_ai_provider_name="dashscope"' in line and 'server_port="' in line for line in usage)
    assert any(line.startswith("gen_ai_client_operation_duration_seconds_bucket") and 'le="81.92"' in line for line in own)
