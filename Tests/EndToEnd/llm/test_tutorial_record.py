"""The log of the tutorial, field by field."""

import json
import re
import urllib.parse
import uuid

import pytest

from events import read
from world import HEADERS, KEY, message

QUESTION = "Tell me who Niketas Choniates was."


def check(record, mode):
    """What the tutorial shows, and the types of it."""
    assert record["upstream_uri"] == "/compatible-mode/v1/chat/completions?beta=true"
    request = record["request"]
    assert request["method"] == "POST"
    assert request["headers"]["user-agent"] == "claude-cli/2.0.57 (external, cli)"
    assert request["headers"]["content-type"] == "application/json"
    assert request["headers"]["anthropic-version"] == "2023-06-01"
    assert request["headers"]["authorization"] == "REDACTED"
    assert request["headers"]["x-api-key"] == "REDACTED"
    assert request["uri"] == "/anything/v1/messages?beta=true"
    assert request["querystring"] == {"beta": "true"}
    assert type(request["size"]) is int and request["size"] > 200
    response = record["response"]
    assert response["status"] == 200
    assert response["headers"]["x-kong-llm-model"] == "dashscope/qwen-plus"
    assert response["headers"]["x-dashscope-call-gateway"] == "true"
    usage, meta = record["ai"]["proxy"]["usage"], record["ai"]["proxy"]["meta"]
    assert sorted(usage) == sorted([
        "completion_tokens", "completion_tokens_details", "cost", "prompt_tokens", "prompt_tokens_details",
        "time_per_token", "time_to_first_token", "total_tokens"])
    for name in ("completion_tokens", "prompt_tokens", "total_tokens", "time_to_first_token"):
        assert type(usage[name]) is int, name
    assert usage["completion_tokens_details"] == {}
    assert type(usage["prompt_tokens_details"]["cached_tokens"]) is int
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]
    assert usage["cost"] == 0
    assert sorted(meta) == [
        "llm_latency", "plugin_id", "provider_name", "request_mode", "request_model", "response_model"]
    assert (meta["request_model"], meta["response_model"]) == ("qwen-plus", "qwen-plus")
    assert meta["provider_name"] == "dashscope"
    assert meta["request_mode"] == mode
    assert str(uuid.UUID(meta["plugin_id"])) == meta["plugin_id"]
    assert type(meta["llm_latency"]) is int
    assert usage["time_per_token"] == pytest.approx(meta["llm_latency"] / usage["completion_tokens"], rel=1e-13)
    assert record["client_ip"] == "127.0.0.1"
    assert record["service"]["name"] == "example-service" and record["route"]["name"] == "example-route"
    for name in ("request", "kong", "proxy"):
        assert type(record["latencies"][name]) is int
    assert type(record["started_at"]) is int and record["started_at"] > 1_600_000_000_000


def test_one_shot(world, simulator):
    simulator.fault("slow first=150")
    response = world.ask(QUESTION)
    body = json.loads(response.body)
    assert response.status == 200
    assert response.value("x-kong-llm-model") == "dashscope/qwen-plus"
    assert response.value("x-dashscope-call-gateway") == "true"
    assert response.value("content-type") == "application/json"
    assert response.value("request-id").startswith("req_")
    assert re.fullmatch(r"msg_[A-Za-z0-9]{24}", body["id"])
    assert (body["type"], body["role"], body["model"]) == ("message", "assistant", "qwen-plus")
    assert (body["stop_reason"], body["stop_sequence"]) == ("end_turn", None)
    assert [block["type"] for block in body["content"]] == ["text"]
    assert "Niketas Choniates" in body["content"][0]["text"]
    record = world.record(response.value("x-kong-request-id"))
    check(record, "oneshot")
    usage, meta = record["ai"]["proxy"]["usage"], record["ai"]["proxy"]["meta"]
    assert usage["prompt_tokens"] == body["usage"]["input_tokens"]
    assert usage["completion_tokens"] == body["usage"]["output_tokens"]
    # A whole answer has its first token when it has its last.
    assert usage["time_to_first_token"] == meta["llm_latency"] >= 150


def test_stream(world, simulator):
    simulator.fault("slow first=120 token=10")
    response = world.ask(QUESTION, stream=True)
    answer = read(response)
    assert answer.complete and answer.message["stop_reason"] == "end_turn"
    assert "Niketas Choniates" in answer.text
    assert response.value("x-kong-llm-model") == "dashscope/qwen-plus"
    assert response.value("x-dashscope-call-gateway") == "true"
    record = world.record(response.value("x-kong-request-id"))
    check(record, "stream")
    usage, meta = record["ai"]["proxy"]["usage"], record["ai"]["proxy"]["meta"]
    assert usage["completion_tokens"] == answer.message["usage"]["output_tokens"]
    # The first token came after the simulator's wait, and long before the last.
    assert 120 <= usage["time_to_first_token"] <= meta["llm_latency"] - 10 * (usage["completion_tokens"] - 2)
    assert meta["llm_latency"] >= 120 + 10 * usage["completion_tokens"]


def test_what_goes_upstream(world, simulator):
    world.ask(QUESTION)
    request = simulator.request()
    assert request["target"] == "/compatible-mode/v1/chat/completions?beta=true"
    headers = {name.lower(): value for name, value in request["headers"]}
    assert len(headers) == len(request["headers"])
    assert headers["authorization"] == f"Bearer {KEY}"
    assert headers["host"] == f"127.0.0.1:{simulator.port}"
    assert headers["content-type"] == "application/json"
    assert headers["accept-encoding"] == "identity"
    assert int(headers["content-length"]) == len(request["body_text"].encode())
    assert not [name for name in headers if name.startswith(("anthropic", "x-api-key", "x-stainless", "x-app"))]
    assert request["body"] == {
        "model": "qwen-plus", "max_tokens": 4096, "temperature": 1.0, "stream": False,
        "messages": [{"role": "user", "content": QUESTION}]}


def test_the_key_is_nowhere(world, simulator):
    """Neither in what the client gets, nor in the log file, nor in the gateway's own log, whatever goes wrong."""
    seen = b""
    for fault in (None, "error code=invalid_api_key message=\"Incorrect API key provided: " + KEY + "\"", "cut after=2", "reset"):
        if fault:
            simulator.fault(fault)
        for stream in (False, True):
            response = world.ask(QUESTION, stream=stream)
            seen += response.head + response.body
            world.record(response.value("x-kong-request-id"))
    seen += world.log_path.read_bytes() + world.gateway.log.encode()
    assert KEY.encode() not in seen
    assert KEY[:12].encode() not in seen


@pytest.mark.parametrize("name", ["x-api-key", "X-API-KEY", "authorization", "Proxy-Authorization", "api-key"])
def test_credentials_of_clients_are_redacted(world, name):
    secret = "s" + uuid.uuid4().hex
    headers = [pair for pair in HEADERS if pair[0].lower() != name.lower()] + [(name, secret)]
    with world.connect() as client:
        response = client.fetch("POST", "/anything/v1/messages", headers, json.dumps(message("hi")))
    record = world.record(response.value("x-kong-request-id"))
    assert record["request"]["headers"][name.lower()] == "REDACTED"
    assert secret.encode() not in world.log_path.read_bytes()


def test_costs(worlds):
    world = worlds(model={"options": {"input_cost": 0.4, "output_cost": 1.2}})
    for stream in (False, True):
        response = world.ask(QUESTION, stream=stream)
        usage = world.record(response.value("x-kong-request-id"))["ai"]["proxy"]["usage"]
        expected = (usage["prompt_tokens"] * 0.4 + usage["completion_tokens"] * 1.2) / 1_000_000
        assert usage["cost"] == pytest.approx(expected, rel=1e-9) and usage["cost"] > 0


def test_cached_tokens_are_counted(world, simulator):
    text = "The same long beginning. " * 400
    for _ in range(2):
        response = world.ask(text)
    body = json.loads(response.body)
    usage = world.record(response.value("x-kong-request-id"))["ai"]["proxy"]["usage"]
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    assert cached > 1000
    assert body["usage"]["cache_read_input_tokens"] == cached
    # Anthropic counts what was not cached, DashScope all of it.
    assert body["usage"]["input_tokens"] + cached == usage["prompt_tokens"]


def test_a_refused_request_is_logged(world, simulator):
    response = world.post(message("hi", model="gpt-9"))
    assert response.status == 400
    assert "qwen-plus" in json.loads(response.body)["error"]["message"]
    record = world.record(response.value("x-kong-request-id"))
    assert record["response"]["status"] == 400
    meta = record["ai"]["proxy"]["meta"]
    assert [meta[key] for key in ("provider_name", "request_model", "response_model")] == ["UNSPECIFIED", "gpt-9", "gpt-9"]
    assert record["ai"]["proxy"]["usage"]["total_tokens"] == 0
    assert simulator.requests() == []


def test_payloads_are_logged_on_demand(worlds):
    world = worlds(logging={"log_payloads": True})
    for stream in (False, True):
        response = world.ask("Hello “you” 你好 😀", stream=stream)
        payload = world.record(response.value("x-kong-request-id"))["ai"]["proxy"]["payload"]
        assert json.loads(payload["request"])["messages"][-1]["content"] == "Hello “you” 你好 😀"
        said = json.loads(payload["response"])
        # What was said, not the frames it came in.
        assert said["content"][0]["text"].startswith("You said: “Hello “you” 你好 😀”")
        assert said["stop_reason"] == "end_turn"


def test_statistics_can_be_left_out(worlds):
    world = worlds(logging={"log_statistics": False})
    response = world.ask("Hello")
    record = world.record(response.value("x-kong-request-id"))
    assert "ai" not in record
    assert record["response"]["status"] == 200


def test_a_key_that_is_a_parameter_is_in_no_record(worlds, simulator):
    """Not as it was configured, and not as a query spells it."""
    key = "a/secret+key= of 20"
    auth = {"header_name": "Authorization", "param_name": "key", "param_value": key, "param_location": "query"}
    world = worlds(auth=auth)
    response = world.ask(QUESTION)
    assert response.status == 200, response.body
    sent = simulator.request()["target"]
    spelt = sent.split("key=")[1].split("&")[0]
    assert urllib.parse.unquote_plus(spelt) == key and spelt != key
    line = world.wait_lines(1)[0].decode()
    assert spelt not in line and key not in line
    assert json.loads(line)["upstream_uri"] == "REDACTED"


def test_an_idle_worker_is_small(worlds):
    """Both plugins loaded and nothing asked yet: under 20 MB, and none of the standard library's larger parts."""
    gateway = worlds().gateway
    with open(f"/proc/{gateway.worker_pid()}/maps") as file:
        libraries = {line.split()[-1].rsplit("/", 1)[-1] for line in file if "/" in line}
    assert not [name for name in libraries if "StringProcessing" in name or "RegexParser" in name or "Foundation" in name]
    assert gateway.memory().resident < 20_000_000
