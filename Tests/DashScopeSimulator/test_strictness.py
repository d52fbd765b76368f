"""What DashScope refuses, the simulator refuses with the same status, code and words."""

import base64

import pytest

from client import CHAT, tool

PREFIX = "<400> InternalError.Algo.InvalidParameter: "
USER = {"role": "user", "content": "Hello"}
PIXEL = base64.b64encode(b"\x89PNG not really").decode()


def call(id="c1", name="Read", arguments="{}"):
    return {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}


def assistant(*calls, **members):
    return {"role": "assistant", "content": "", "tool_calls": list(calls), **members}


def result(id="c1", content="ok"):
    return {"role": "tool", "tool_call_id": id, "content": content}


def image(url):
    return [{"type": "image_url", "image_url": {"url": url}}, {"type": "text", "text": "What is it?"}]


def messages(*list):
    return {"messages": [*list]}


UNANSWERED = (
    'An assistant message with "tool_calls" must be followed by tool messages responding to each "tool_call_id". '
    "The following tool_call_ids did not have response messages: message[{}].role"
)
ORPHAN = 'messages with role "tool" must be a response to a preceeding message with "tool_calls".'
ARGUMENTS = 'The "function.arguments" parameter of the code model must be in JSON format.'
CHOICE = "The tool_choice parameter does not support being set to required or object in thinking mode"
URL = "The provided URL does not appear to be valid. Ensure it is correctly formatted."
PARTS = "input content must be a string"
TOOLS = {"tools": [tool("Read")]}
THINKING = {"enable_thinking": True, "stream": True}

REFUSED = {
    "messages missing": ({"messages": None}, 'Either "prompt" or "messages" must exist and cannot both be none'),
    "messages empty": (messages(), "[] is too short - 'messages'"),
    "unknown role": (
        messages({"role": "developer", "content": "x"}, USER),
        "developer is not one of ['system', 'assistant', 'user', 'tool', 'function'] - 'messages.[0].role'",
    ),
    "content missing": (messages(USER, {"role": "user"}), "Input error. Field required: input.messages.1.content"),
    "content missing beside calls": (
        messages(USER, {"role": "assistant", "tool_calls": [call()]}, result()),
        "Input error. Field required: input.messages.1.content",
    ),
    "content null": (
        messages({"role": "user", "content": None}),
        "The content field is a required field. - 'messages.[0].content'",
    ),
    "content of another kind": (messages({"role": "user", "content": 5}), PARTS),
    "no user": (
        messages({"role": "system", "content": "x"}),
        "The input messages do not contain elements with the role of user",
    ),
    "assistant last": (
        messages(USER, {"role": "assistant", "content": "x"}),
        'The role of the last message should be "user" or "tool".',
    ),
    "call unanswered": (messages(USER, assistant(call()), USER), UNANSWERED.format(2)),
    "call unanswered at the end": (messages(USER, assistant(call())), UNANSWERED.format(2)),
    "one call of two unanswered": (
        messages(USER, assistant(call("a"), call("b")), result("a"), USER),
        UNANSWERED.format(3),
    ),
    "system between call and result": (
        messages(USER, assistant(call()), {"role": "system", "content": "x"}, result()),
        UNANSWERED.format(2),
    ),
    "orphan result": (messages(USER, result()), ORPHAN),
    "result of an unknown id": (messages(USER, assistant(call("a")), result("b")), ORPHAN),
    "result twice": (messages(USER, assistant(call("a")), result("a"), result("a")), ORPHAN),
    "arguments not JSON": (messages(USER, assistant(call(arguments='{"a":')), result()), ARGUMENTS),
    "arguments empty": (messages(USER, assistant(call(arguments="")), result()), ARGUMENTS),
    "arguments an object": (messages(USER, assistant(call(arguments={})), result()), ARGUMENTS),
    "calls empty": (messages(USER, assistant(), USER), "[] is too short - 'messages.[1].tool_calls'"),
    "parts on a text model": (messages({"role": "user", "content": [{"type": "text", "text": "x"}]}), PARTS),
    "image on a text model": (
        messages({"role": "user", "content": image("https://example.com/a.png")}),
        "Unexpected item type in content.",
    ),
    "max_tokens 0": ({"max_tokens": 0}, "Range of max_tokens should be [1, 32768]"),
    "max_tokens too large": ({"max_tokens": 32769}, "Range of max_tokens should be [1, 32768]"),
    "max_tokens of qwen-max": ({"model": "qwen-max", "max_tokens": 9000}, "Range of max_tokens should be [1, 8192]"),
    "max_tokens of qwen-turbo": (
        {"model": "qwen-turbo", "max_tokens": 32000},
        "Range of max_tokens should be [1, 16384]",
    ),
    "max_tokens a string": ({"max_tokens": "10"}, "max_tokens must be an integer"),
    "temperature 2": ({"temperature": 2}, "Temperature should be in [0.0, 2.0)"),
    "temperature negative": ({"temperature": -0.1}, "Temperature should be in [0.0, 2.0)"),
    "top_p 0": ({"top_p": 0}, "Range of top_p should be (0.0, 1.0]"),
    "top_p above 1": ({"top_p": 1.1}, "Range of top_p should be (0.0, 1.0]"),
    "top_k negative": ({"top_k": -1}, "Parameter top_k be greater than or equal to 0"),
    "presence_penalty": ({"presence_penalty": 3}, "Presence_penalty should be in [-2.0, 2.0]"),
    "repetition_penalty": ({"repetition_penalty": 0}, "Repetition_penalty should be greater than 0.0"),
    "seed": ({"seed": 2**31}, "Range of seed should be [0, 2147483647]"),
    "n": ({"n": 5}, "Range of n should be [1, 4]"),
    "n with tools": ({"n": 2, **TOOLS}, "n should be 1 when tools are set"),
    "stop mixed": ({"stop": ["a", 5]}, "stop can't mix strings and token ids"),
    "stream_options without stream": (
        {"stream_options": {"include_usage": True}},
        "'stream_options' only set this when you set stream: true",
    ),
    "stream_options with stream false": (
        {"stream": False, "stream_options": {"include_usage": True}},
        "'stream_options' only set this when you set stream: true",
    ),
    "tools empty": ({"tools": []}, "[] is too short - 'tools'"),
    "tool of another type": ({"tools": [{"type": "custom"}]}, "'type' must be 'function' - 'tools.[0].type'"),
    "tool named search": ({"tools": [tool("search")]}, "Tool names are not allowed to be [search]"),
    "tool name of 65": ({"tools": [tool("x" * 65)]}, "The length of the tool name cannot exceed 64."),
    "tool name with a dot": (
        {"tools": [tool("a.b")]},
        "The tool name may only contain letters, digits, underscores and dashes: 'a.b'",
    ),
    "tool without an object schema": (
        {"tools": [tool("Read", {"type": "string"})]},
        "parameters must be a JSON schema of type object - 'tools.[0].function.parameters'",
    ),
    "tool_choice without tools": ({"tool_choice": "auto"}, "When using `tool_choice`, `tools` must be set."),
    "tool_choice of an unknown tool": (
        {"tool_choice": {"type": "function", "function": {"name": "Other"}}, **TOOLS},
        "tool_choice names the unknown tool 'Other'",
    ),
    "required while thinking": ({"tool_choice": "required", **TOOLS, **THINKING}, CHOICE),
    "object while thinking": (
        {"tool_choice": {"type": "function", "function": {"name": "Read"}}, **TOOLS, **THINKING},
        CHOICE,
    ),
    "JSON mode while thinking": (
        {"response_format": {"type": "json_object"}, **THINKING, **messages({"role": "user", "content": "json"})},
        "Json mode response is not supported when enable_thinking is true",
    ),
    "JSON mode without the word": (
        {"response_format": {"type": "json_object"}},
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    ),
    "thinking_budget": (
        {"thinking_budget": 0},
        "The thinking_budget parameter must be a positive integer and not greater than 81920",
    ),
    "input too long": (
        {"model": "qwen-max", **messages({"role": "user", "content": "word " * 25_000})},
        "Range of input length should be [1, 30720]",
    ),
    "not base64": ({"model": "qwen3-vl-plus", **messages({"role": "user", "content": image("data:image/png;base64,*")})}, URL),
    "PDF as an image": (
        {"model": "qwen3-vl-plus", **messages({"role": "user", "content": image(f"data:application/pdf;base64,{PIXEL}")})},
        URL,
    ),
    "data URL without a type": (
        {"model": "qwen3-vl-plus", **messages({"role": "user", "content": image(f"data:;base64,{PIXEL}")})},
        URL,
    ),
    "image too large": (
        {"model": "qwen3-vl-plus", **messages({"role": "user", "content": image("data:image/png;base64," + "A" * 10485764)})},
        "Multimodal file size is too large",
    ),
    "Anthropic block": (
        {"model": "qwen3-vl-plus", **messages({"role": "user", "content": [{"type": "tool_result", "content": "x"}]})},
        "Unexpected item type in content.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refuses(simulator, case):
    members, message = REFUSED[case]
    answer = simulator.chat(**members)
    assert answer.status == 400
    error = answer.error
    assert error["message"].removeprefix(PREFIX) == message
    assert (error["code"], error["type"], error["param"]) == ("invalid_parameter_error", "invalid_request_error", None)
    body = answer.json()
    assert body["id"] == "chatcmpl-" + body["request_id"] == "chatcmpl-" + answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/json"


WITHOUT_PREFIX = {
    "required on an older model": (
        {"tool_choice": "required", **TOOLS},
        'tool_choice is one of the strings that should be ["none", "auto"]',
    ),
    "thinking in one shot": (
        {"enable_thinking": True},
        "parameter.enable_thinking must be set to false for non-streaming calls",
    ),
    "no model": ({"model": None}, "you must provide a model parameter"),
    "native parameter": (
        {"parameters": {"result_format": "message"}},
        "Unrecognized request argument supplied: parameters",
    ),
    "tool with input_schema": (
        {"tools": [{"name": "Read", "input_schema": {"type": "object"}}]},
        "Unrecognized request argument supplied: tools.[0].name",
    ),
    "tool with cache_control": (
        {"tools": [{**tool("Read"), "cache_control": {"type": "ephemeral"}}]},
        "Unrecognized request argument supplied: tools.[0].cache_control",
    ),
    "result with is_error": (
        messages(USER, assistant(call()), {**result(), "is_error": True}),
        "Unrecognized request argument supplied: messages.[2].is_error",
    ),
}


@pytest.mark.parametrize("case", WITHOUT_PREFIX)
def test_refuses_without_the_prefix_of_the_model_servers(simulator, case):
    members, message = WITHOUT_PREFIX[case]
    answer = simulator.chat(**members)
    assert (answer.status, answer.error["code"], answer.error["message"]) == (400, "invalid_parameter_error", message)


ANTHROPIC = {
    "system": "x",
    "stop_sequences": ["x"],
    "thinking": {"type": "enabled"},
    "metadata": {"user_id": "x"},
    "anthropic_version": "2023-06-01",
    "max_tokens_to_sample": 5,
    "context_management": {},
    "output_config": {},
    "cache_control": {"type": "ephemeral"},
}


@pytest.mark.parametrize("name", ANTHROPIC)
def test_refuses_a_field_of_the_anthropic_api(simulator, name):
    answer = simulator.chat(**{name: ANTHROPIC[name]})
    assert answer.status == 400
    assert answer.error["message"] == f"Unrecognized request argument supplied: {name}"


def test_ignores_fields_of_the_anthropic_api_when_told_to(start):
    assert start("--strict-fields=off").client.chat(**ANTHROPIC).status == 200


def test_ignores_fields_it_does_not_know(simulator):
    assert simulator.chat(user="someone", whatever={"a": [1]}).status == 200


ACCEPTED = {
    "greatest max_tokens": {"max_tokens": 32768},
    "temperature 0": {"temperature": 0},
    "temperature below 2": {"temperature": 1.99},
    "top_p 1": {"top_p": 1},
    "null parameters": {"temperature": None, "stop": None, "stream_options": None, "tools": None},
    "tool name of 64": {"tools": [tool("x" * 64)]},
    "empty schema": {"tools": [{"type": "function", "function": {"name": "Now", "parameters": {}}}]},
    "results in another order": messages(USER, assistant(call("a"), call("b")), result("b"), result("a")),
    "user after results": messages(USER, assistant(call()), result(), USER),
    "content null beside calls": messages(USER, assistant(call(), content=None), result()),
    "the same id in two turns": messages(USER, assistant(call()), result(), assistant(call()), result()),
    "several system messages": messages({"role": "system", "content": "a"}, {"role": "system", "content": "b"}, USER),
    "empty content": messages({"role": "user", "content": ""}),
    "prefix to continue": messages(USER, {"role": "assistant", "content": "x", "partial": True}),
    "required on a newer model": {"model": "qwen3-max", "tool_choice": "required", **TOOLS},
    "thinking in one shot on a newer model": {"model": "qwen3.5-plus", "enable_thinking": True},
    "thinking off on a model without": {"model": "qwen-max", "enable_thinking": False},
    "parts for explicit caching": messages(
        {"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]}
    ),
    "image by address": {
        "model": "qwen3-vl-plus",
        **messages({"role": "user", "content": image("https://example.com/a.png")}),
    },
    "image as data": {
        "model": "qwen3.5-plus",
        **messages({"role": "user", "content": image(f"data:image/png;base64,{PIXEL}")}),
    },
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_accepts(simulator, case):
    answer = simulator.chat(**ACCEPTED[case])
    assert answer.status == 200, answer.body


def test_unknown_model(simulator):
    answer = simulator.chat(model="claude-x")
    assert (answer.status, answer.error["code"]) == (404, "model_not_found")
    assert answer.error["message"] == "The model `claude-x` does not exist or you do not have access to it."


def test_thinking_on_a_model_without(simulator):
    answer = simulator.chat(model="qwen-max", enable_thinking=True, stream=True)
    assert (answer.status, answer.error["code"]) == (400, "NotSupportEnableThinking")


@pytest.mark.parametrize("key", [None, "", "Bearer", "Bearer ", "Basic eDp5"])
def test_refuses_a_missing_or_blank_key(simulator, key):
    answer = simulator.send({"model": "qwen-plus", "messages": [USER]}, key=key)
    assert (answer.status, answer.error["code"]) == (401, "invalid_api_key")


def test_refuses_two_keys(simulator):
    headers = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]
    assert simulator.send({"model": "qwen-plus", "messages": [USER]}, headers=headers).status == 401


def test_accepts_only_its_keys(start):
    client = start("--api-key", "one", "--api-key=two").client
    body = {"model": "qwen-plus", "messages": [USER]}
    statuses = {key: client.send(body, key=f"Bearer {key}").status for key in ["one", "two", "three", "onetwo"]}
    assert statuses == {"one": 200, "two": 200, "three": 401, "onetwo": 401}


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b'{"model":"qwen-plus"} x', b'{"a":\xff}'])
def test_refuses_a_body_that_is_no_json_object(simulator, body):
    answer = simulator.send(body)
    assert (answer.status, answer.error["code"]) == (400, "invalid_parameter_error")


def test_refuses_another_content_type(simulator):
    assert simulator.send(b"{}", headers=[("Content-Type", "text/plain")]).status == 415


def test_accepts_a_content_type_with_parameters(simulator):
    headers = [("Content-Type", "application/json; charset=utf-8")]
    assert simulator.send({"model": "qwen-plus", "messages": [USER]}, headers=headers).status == 200


def test_unknown_paths_are_404_in_the_shape_of_their_api(simulator):
    assert simulator.get("/compatible-mode/v1/other").json()["error"]["code"] == "NotFound"
    assert simulator.get("/other").json().keys() == {"code", "message", "request_id"}
    assert simulator.get("/other").status == 404


def test_another_method_is_405(simulator):
    assert simulator.get(CHAT).status == 405


def test_any_query_is_accepted(simulator):
    assert simulator.send({"model": "qwen-plus", "messages": [USER]}, target=CHAT + "?beta=true").status == 200


def test_models_of_the_command_line(start):
    client = start("--model", "tiny=100,5", "--model", "qwen-plus=50,10,vision,thinking,required").client
    assert client.chat("x" * 1000, model="tiny").error["message"] == PREFIX + "Range of input length should be [1, 100]"
    assert client.chat(model="tiny", max_tokens=6).error["message"] == PREFIX + "Range of max_tokens should be [1, 5]"
    assert client.chat(tool_choice="required", tools=[tool("Now", {})], enable_thinking=False).status == 200
    assert client.chat(enable_thinking=True).status == 200


MALFORMED = {
    "no host": b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
    "two hosts": b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 0\r\n\r\n",
    "space before the colon": b"POST / HTTP/1.1\r\nHost : a\r\n\r\n",
    "folded line": b"POST / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    "bare line feed": b"POST / HTTP/1.1\nHost: a\n\n",
    "old version": b"POST / HTTP/1.0\r\nHost: a\r\n\r\n",
    "length and coding": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
    "signed length": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc",
    "bad chunk": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    "unknown coding": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "control character": b"POST / HTTP/1.1\r\nHost: a\r\nX: a\x01b\r\n\r\n",
}


@pytest.mark.parametrize("case", MALFORMED)
def test_refuses_malformed_http_and_closes(simulator, case):
    with simulator.connect() as connection:
        connection.send(MALFORMED[case])
        answer = connection.read()
        assert answer.status == 400
        assert answer.headers["connection"] == "close"
        assert not connection.fill()
