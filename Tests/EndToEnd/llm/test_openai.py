"""The `openai` package works with a route whose `llm_format` is `openai`: the provider speaks the same, and still the gateway
names the model, holds the key, counts, and bounds."""

import array
import asyncio
import base64
import json

import openai
import pydantic
import pytest

from official import MODEL, async_openai_client, openai_client, user
from support import eventually, refused_port
from world import KEY

TEXT = "The quick brown fox, grüße, 你好, 😀😀, “quoted” \\ done."
SAY = f"[[say:{TEXT}]]"
TOOLS = [{"type": "function", "function": {
    "name": "weather", "description": "The weather of a place.", "parameters": {
        "type": "object", "properties": {"place": {"type": "string"}, "days": {"type": "integer"}}, "required": ["place"]}}},
    {"type": "function", "function": {"name": "time", "parameters": {"type": "object", "properties": {}}}}]


@pytest.fixture(scope="module")
def module_world(session_simulator):
    from world import World
    running = World(session_simulator.chat, llm_format="openai")
    yield running
    assert running.stop() == 0


@pytest.fixture
def world(module_world, simulator):
    """The tutorial's gateway, for OpenAI's clients."""
    return module_world


@pytest.fixture
def client(world):
    """A client of it that does not retry."""
    with openai_client(world) as client:
        yield client


def one_shot(client, messages, **members):
    """A whole answer."""
    return client.chat.completions.create(model=MODEL, messages=messages, **members)


def chunks(client, messages, **members):
    """The pieces of a stream."""
    return list(client.chat.completions.create(model=MODEL, messages=messages, stream=True, **members))


def text_of(pieces):
    """All text in the pieces of a stream."""
    return "".join(piece.choices[0].delta.content or "" for piece in pieces if piece.choices)


# Answers


def test_an_answer(client, world, simulator):
    response = client.chat.completions.with_raw_response.create(model=MODEL, messages=user(SAY), max_tokens=200)
    answer = response.parse()
    [choice] = answer.choices
    assert (choice.message.role, choice.message.content, choice.finish_reason) == ("assistant", TEXT, "stop")
    assert answer.object == "chat.completion" and answer.model == MODEL
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0
    assert response.headers["x-kong-llm-model"] == f"dashscope/{MODEL}"
    sent = simulator.request()
    headers = {name.lower(): value for name, value in sent["headers"]}
    assert headers["authorization"] == f"Bearer {KEY}"
    assert sent["body"]["max_tokens"] == 200 and sent["body"]["messages"] == user(SAY)
    proxy = world.record(response.headers["x-kong-request-id"])["ai"]["proxy"]
    assert proxy["usage"]["total_tokens"] == answer.usage.total_tokens and proxy["meta"]["request_mode"] == "oneshot"


@pytest.mark.parametrize("options, usages", [
    ({}, 0), ({"stream_options": {"include_usage": True}}, 1), ({"stream_options": {"include_usage": False}}, 0)],
    ids=["unsaid", "usage", "no usage"])
def test_a_stream(client, world, simulator, options, usages):
    known = len(world.records())
    pieces = chunks(client, user(SAY), max_tokens=200, **options)
    assert text_of(pieces) == TEXT and len(pieces) > 10
    assert [piece.choices[0].finish_reason for piece in pieces if piece.choices][-1] == "stop"
    # The client gets the event with the usage if it asked for it; the log has it anyway.
    assert len([piece for piece in pieces if piece.usage]) == usages
    assert len([piece for piece in pieces if not piece.choices]) == usages
    assert simulator.request()["body"]["stream_options"]["include_usage"] is True

    def streamed():
        # The record of the test before may come late.
        return [proxy for one in world.records()[known:] if (proxy := one["ai"]["proxy"])["meta"]["request_mode"] == "stream"]

    proxy = eventually(streamed, what="the record")[-1]
    assert proxy["usage"]["completion_tokens"] > 10
    assert proxy["usage"]["total_tokens"] == proxy["usage"]["prompt_tokens"] + proxy["usage"]["completion_tokens"]
    if usages:
        assert pieces[-1].usage.completion_tokens == proxy["usage"]["completion_tokens"]


def test_the_stream_helper(client):
    with client.chat.completions.stream(
            model=MODEL, messages=user(SAY), max_tokens=200, stream_options={"include_usage": True}) as stream:
        seen = [event.type for event in stream]
        final = stream.get_final_completion()
    assert {"chunk", "content.delta", "content.done"} <= set(seen)
    assert final.choices[0].message.content == TEXT and final.usage.completion_tokens > 10


class City(pydantic.BaseModel):
    """What the model is to answer with."""

    name: str
    people: int


def test_an_answer_in_a_form(client, simulator):
    say = '[[say:{"name":"Ürümqi","people":4054369}]]'
    answer = client.chat.completions.parse(model=MODEL, messages=user(say), response_format=City)
    assert answer.choices[0].message.parsed == City(name="Ürümqi", people=4054369)
    sent = simulator.request()["body"]["response_format"]
    assert sent["type"] == "json_schema" and sent["json_schema"]["strict"] is True


def test_roles_and_parts(client, simulator):
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"},
                {"role": "assistant", "content": "Hi."}, {"role": "user", "content": SAY}]
    assert one_shot(client, messages).choices[0].message.content == TEXT
    assert simulator.request()["body"]["messages"] == messages


def test_images(worlds, simulator):
    world = worlds(llm_format="openai", model={"name": "qwen3-vl-plus"})
    parts = [{"type": "text", "text": "What is it?"}, {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]
    with openai_client(world) as client:
        assert client.chat.completions.create(model="qwen3-vl-plus", messages=user(parts)).choices[0].message.content
    assert simulator.request()["body"]["messages"] == user(parts)


def test_thinking(client):
    """DashScope's own fields go both ways."""
    pieces = chunks(client, user("[[reasoning:Hm.]][[say:Yes.]]"), extra_body={"enable_thinking": True})
    assert "".join(getattr(piece.choices[0].delta, "reasoning_content", None) or "" for piece in pieces if piece.choices) == "Hm."
    assert text_of(pieces) == "Yes."


def test_what_the_configuration_says_wins(client, simulator):
    one_shot(client, user("Hello"), temperature=0.2, max_tokens=20_000, top_p=0.5, seed=7, stop=["x"])
    body = simulator.request()["body"]
    assert (body["temperature"], body["max_tokens"], body["top_p"], body["seed"], body["stop"]) == (1.0, 8192, 0.5, 7, ["x"])


def test_max_completion_tokens(client):
    assert one_shot(client, user("[[long:50]]"), max_completion_tokens=5).choices[0].finish_reason == "length"


# Tools


def test_a_tool_loop(client, simulator):
    script = ('Go. [[tool:weather {"place":"Zürich “4”","days":9007199254740993}]][[tool:time {}]]'
              '[[step]][[say:It rains.]]')
    messages = user(script)
    first = one_shot(client, messages, tools=TOOLS, parallel_tool_calls=True).choices[0]
    assert first.finish_reason == "tool_calls"
    calls = [(call.function.name, json.loads(call.function.arguments)) for call in first.message.tool_calls]
    assert calls == [("weather", {"place": "Zürich “4”", "days": 9007199254740993}), ("time", {})]
    messages += [first.message, *(
        {"role": "tool", "tool_call_id": call.id, "content": f"result of {call.function.name}"}
        for call in first.message.tool_calls)]
    second = one_shot(client, messages, tools=TOOLS, parallel_tool_calls=True).choices[0]
    assert (second.finish_reason, second.message.content) == ("stop", "It rains.")
    assert [one["role"] for one in simulator.requests()[1]["body"]["messages"]] == ["user", "assistant", "tool", "tool"]


@pytest.mark.parametrize("fault", [None, "split size=1", "rechunk size=3", "tool-interleaved"])
def test_streamed_calls_add_up(client, simulator, fault):
    if fault:
        simulator.fault(fault)
    script = '[[tool:weather {"place":"東京 😀\\n"}]][[tool:time {}]]'
    with client.chat.completions.stream(model=MODEL, messages=user(script), tools=TOOLS, parallel_tool_calls=True) as stream:
        final = stream.get_final_completion().choices[0]
    assert final.finish_reason == "tool_calls"
    calls = [(call.function.name, json.loads(call.function.arguments)) for call in final.message.tool_calls]
    assert calls == [("weather", {"place": "東京 😀\n"}), ("time", {})]


# Errors


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("code, kind, status", [
    ("invalid_parameter_error", openai.BadRequestError, 400), ("invalid_api_key", openai.AuthenticationError, 401),
    ("AccessDenied", openai.PermissionDeniedError, 403), ("model_not_found", openai.NotFoundError, 404),
    ("limit_requests", openai.RateLimitError, 429), ("internal_error", openai.InternalServerError, 500),
    ("ModelUnavailable", openai.InternalServerError, 503)])
def test_errors_are_the_upstreams(client, simulator, code, kind, status, stream):
    simulator.fault(f'error code={code} message="It broke."')
    with pytest.raises(openai.APIStatusError) as caught:
        (chunks if stream else one_shot)(client, user("Hello"))
    assert type(caught.value) is kind and caught.value.status_code == status
    assert caught.value.code == code and "It broke." in caught.value.message


def test_the_upstream_may_say_how_long_to_wait(world, simulator, monkeypatch):
    waited = []
    monkeypatch.setattr(openai._base_client.time, "sleep", waited.append)
    simulator.fault("error code=limit_requests retry-after=3", times=1)
    with openai_client(world, max_retries=2) as client:
        assert one_shot(client, user(SAY)).choices[0].message.content == TEXT
    assert waited == [3]


@pytest.mark.parametrize("members, words", [
    ({"model": "gpt-9"}, "cannot use own model"), ({"messages": []}, "valid prompts"),
    ({"extra_body": {"messages": None, "prompt": 7}}, "valid prompts")], ids=["model", "no message", "prompt"])
def test_the_gateways_own_errors(client, simulator, members, words):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**{"model": MODEL, "messages": user("Hello"), **members})
    assert words in caught.value.message and caught.value.body["message"]
    assert simulator.requests() == []


def test_an_upstream_that_is_not_there(worlds):
    world = worlds(f"http://127.0.0.1:{refused_port()}/v1/chat/completions", llm_format="openai")
    with openai_client(world) as client:
        for ask in (one_shot, chunks):
            with pytest.raises(openai.InternalServerError) as caught:
                ask(client, user("Hello"))
            assert caught.value.status_code in (502, 503) and caught.value.body


def test_an_error_amid_a_stream(client, simulator):
    simulator.fault("error-frame code=internal_error after=6")
    with pytest.raises(openai.APIError) as caught:
        chunks(client, user("[[long:60]]"))
    assert caught.value.code == "internal_error"


@pytest.mark.parametrize("fault", ["cut", "reset"])
def test_a_stream_that_breaks_off_never_looks_complete(client, simulator, fault):
    simulator.fault(f"{fault} after=6")
    with pytest.raises(openai.APIConnectionError):
        chunks(client, user("[[long:60]]"))


def test_a_client_that_leaves(client, simulator):
    simulator.fault("slow token=20")
    with client.chat.completions.create(model=MODEL, messages=user("[[long:2000]]"), stream=True, max_tokens=4000) as stream:
        for _, _ in zip(range(5), stream):
            pass
    assert simulator.wait_ending("client_gone")


# What else there is


def test_models_are_listed(client, simulator):
    [model] = client.models.list()
    assert (model.id, model.object, model.owned_by) == (MODEL, "model", "dashscope")
    assert simulator.requests() == []


def test_many_at_once(world):
    def said(number):
        return " ".join(f"{number}:{index}é" for index in range(5 + number % 40))

    async def one(client, number):
        arguments = {"model": MODEL, "max_tokens": 4000, "messages": user(f"[[say:{said(number)}]]")}
        if number % 2:
            assert (await client.chat.completions.create(**arguments)).choices[0].message.content == said(number)
        else:
            pieces = [piece async for piece in await client.chat.completions.create(stream=True, **arguments)]
            assert text_of(pieces) == said(number)

    async def body():
        async with async_openai_client(world) as client:
            await asyncio.gather(*(one(client, number) for number in range(150)))

    asyncio.run(asyncio.wait_for(body(), 60))


@pytest.fixture
def embeddings(worlds, simulator):
    """A client of a route of embeddings."""
    world = worlds(
        simulator.chat.replace("/chat/completions", "/embeddings"), llm_format="openai", route_type="llm/v1/embeddings",
        model={"name": "text-embedding-v4", "options": {"temperature": None, "max_tokens": None}})
    # What the package itself asks for, base64, is not what its models describe: it could not be strict with OpenAI either.
    with openai_client(world, _strict_response_validation=False) as client:
        yield client


@pytest.mark.parametrize("given", [
    {}, {"dimensions": 256}, {"encoding_format": "float"}, {"encoding_format": "float", "dimensions": 256}], ids=str)
def test_embeddings(embeddings, simulator, given):
    answer = embeddings.embeddings.create(model="text-embedding-v4", input=["Hello", "你好"], **given)
    assert [one.index for one in answer.data] == [0, 1]
    assert [len(one.embedding) for one in answer.data] == [given.get("dimensions", 1024)] * 2
    assert answer.usage.total_tokens > 0
    sent = simulator.request()
    assert sent["body"]["input"] == ["Hello", "你好"] and sent["body"]["model"] == "text-embedding-v4"
    # Base64, which the package asks for unless told otherwise, is made here: DashScope has numbers only.
    assert sent["body"].get("encoding_format") == given.get("encoding_format")
    assert {name.lower(): value for name, value in sent["headers"]}["authorization"] == f"Bearer {KEY}"


def test_encoded_embeddings(embeddings):
    def ask(encoding):
        return embeddings.embeddings.create(model="text-embedding-v4", input="Hello", encoding_format=encoding).data[0].embedding

    encoded = array.array("f", base64.b64decode(ask("base64")))
    assert len(encoded) == 1024 and list(encoded) == list(array.array("f", ask("float")))


@pytest.fixture
def responses(worlds):
    """A client of a route of responses, which DashScope does not have: they are held as chats."""
    with openai_client(worlds(llm_format="openai", route_type="llm/v1/responses")) as client:
        yield client


TIME = [{"type": "function", "name": "time", "parameters": {"type": "object", "properties": {}}, "strict": False}]


def test_responses(responses):
    settings = {"instructions": "Be brief.", "metadata": {"a": "b"}, "max_output_tokens": 300, "parallel_tool_calls": False,
                "tools": TIME, "tool_choice": "none", "top_p": 0.5, "user": "me"}
    answer = responses.responses.create(model=MODEL, input=SAY, **settings)
    assert answer.output_text == TEXT and answer.status == "completed" and answer.usage.output_tokens > 0
    # As OpenAI's, the answer carries the settings that counted: the configuration's temperature among them.
    said = answer.to_dict()
    assert {name: said[name] for name in settings} == settings
    assert (answer.temperature, answer.text.format.type, answer.truncation) == (1.0, "text", "disabled")
    with responses.responses.stream(model=MODEL, input=SAY) as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        assert text == TEXT == stream.get_final_response().output_text


@pytest.mark.parametrize("streams", [False, True])
def test_responses_with_a_tool(responses, simulator, streams):
    def ask(items):
        if not streams:
            return responses.responses.create(model=MODEL, input=items, tools=TIME)
        with responses.responses.stream(model=MODEL, input=items, tools=TIME) as stream:
            return stream.get_final_response()

    items = [{"role": "user", "content": "[[tool:time {}]][[step]][[say:Noon.]]"}]
    [call] = [item for item in ask(items).output if item.type == "function_call"]
    assert call.name == "time" and json.loads(call.arguments) == {}
    items += [
        {"type": "function_call", "call_id": call.call_id, "name": "time", "arguments": "{}"},
        {"type": "function_call_output", "call_id": call.call_id, "output": "12:00"}]
    assert ask(items).output_text == "Noon."
    assert [one["role"] for one in simulator.requests()[1]["body"]["messages"]] == ["user", "assistant", "tool"]


@pytest.mark.parametrize("streams", [False, True])
def test_responses_in_a_form(responses, simulator, streams):
    say = '[[say:{"name":"Ürümqi","people":4054369}]]'
    if streams:
        with responses.responses.stream(model=MODEL, input=say, text_format=City) as stream:
            answer = stream.get_final_response()
    else:
        answer = responses.responses.parse(model=MODEL, input=say, text_format=City)
    assert answer.output_parsed == City(name="Ürümqi", people=4054369)
    sent = simulator.request()["body"]["response_format"]
    assert sent["type"] == "json_schema" and sent["json_schema"]["schema"]["required"] == ["name", "people"]
    # What was asked for stands in the answer.
    assert answer.text.format.type == "json_schema"


def test_a_response_that_is_cut_off_says_so(responses):
    answer = responses.responses.create(model=MODEL, input="[[long:50]]", max_output_tokens=16)
    assert (answer.status, answer.incomplete_details.reason) == ("incomplete", "max_output_tokens")
    assert answer.max_output_tokens == 16
    events = list(responses.responses.create(model=MODEL, input="[[long:50]]", max_output_tokens=16, stream=True))
    assert events[-1].type == "response.incomplete" and events[-1].response.incomplete_details.reason == "max_output_tokens"
    assert [event.sequence_number for event in events] == list(range(len(events)))


@pytest.fixture
def completions(worlds):
    """A client of a route of completions, which DashScope does not have: they are held as chats."""
    with openai_client(worlds(llm_format="openai", route_type="llm/v1/completions")) as client:
        yield client


def test_completions(completions, simulator):
    answer = completions.completions.create(model=MODEL, prompt=SAY, max_tokens=200)
    [choice] = answer.choices
    assert (choice.text, choice.finish_reason, choice.index) == (TEXT, "stop", 0)
    assert answer.object == "text_completion" and answer.usage.total_tokens > 10
    assert simulator.request()["body"]["messages"] == user(SAY)
    assert completions.completions.create(model=MODEL, prompt="[[long:50]]", max_tokens=5).choices[0].finish_reason == "length"


@pytest.mark.parametrize("options, usages", [
    ({}, 0), ({"stream_options": {"include_usage": True}}, 1), ({"stream_options": {"include_usage": False}}, 0)],
    ids=["unsaid", "usage", "no usage"])
@pytest.mark.parametrize("prompt, reason", [(SAY, "stop"), ("[[long:50]]", "length")])
def test_streamed_completions(worlds, prompt, reason, options, usages):
    # The package's model of a completion always has a reason why it stopped: it could not be strict with OpenAI's pieces either.
    with openai_client(
            worlds(llm_format="openai", route_type="llm/v1/completions"), _strict_response_validation=False) as client:
        pieces = list(client.completions.create(
            model=MODEL, prompt=prompt, max_tokens=200 if reason == "stop" else 5, stream=True, **options))
    said = [piece for piece in pieces if piece.choices]
    # The last piece of text says why it was the last, and none before it does; usage comes alone, behind it, if asked for.
    assert [piece.choices[0].finish_reason for piece in said] == [None] * (len(said) - 1) + [reason]
    if reason == "stop":
        assert "".join(piece.choices[0].text for piece in said) == TEXT
    assert len(pieces) - len(said) == usages == len([piece for piece in pieces if piece.usage])
    if usages:
        assert pieces[-1].usage.completion_tokens > 0 and not pieces[-1].choices
