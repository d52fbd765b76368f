"""The `anthropic` package gets through the gateway what it would get from Anthropic: messages, streams, counts, models."""

import datetime

import anthropic
import pydantic
import pytest

import claude_code
from official import MODEL, anthropic_client, text_of, user
from world import KEY

TEXT = "The quick brown fox, grüße, 你好, 😀😀, “quoted” \\ done."
SAY = f"[[say:{TEXT}]]"


@pytest.fixture
def client(world):
    """A client of the tutorial's gateway."""
    with anthropic_client(world) as client:
        yield client


# One-shot


def test_a_message(client, world, simulator):
    message = client.messages.create(model=MODEL, max_tokens=200, messages=user(SAY))
    assert text_of(message) == TEXT
    assert (message.type, message.role, message.model) == ("message", "assistant", MODEL)
    assert (message.stop_reason, message.stop_sequence) == ("end_turn", None)
    sent = simulator.request()
    assert message.usage.input_tokens > 0 and message.usage.output_tokens > 0
    assert sent["body"]["max_tokens"] == 200 and sent["body"]["stream"] is False
    headers = {name.lower(): value for name, value in sent["headers"]}
    assert headers["authorization"] == f"Bearer {KEY}"
    assert not [name for name in headers if name.startswith(("anthropic-", "x-stainless", "x-api-key"))]


def test_the_request_id_is_that_of_the_log(client, world):
    response = client.messages.with_raw_response.create(model=MODEL, max_tokens=20, messages=user("Hello"))
    message = response.parse()
    assert message._request_id == response.headers["request-id"] and message._request_id.startswith("req_")
    record = world.record(response.headers["x-kong-request-id"])
    assert record["request"]["headers"]["x-stainless-lang"] == "python"
    assert record["response"]["headers"]["request-id"] == message._request_id


@pytest.mark.parametrize("options", [
    {"api_key": "x"}, {"api_key": None, "auth_token": "x"}, {"default_headers": {"anthropic-beta": "no-one-knows-2031-01-01"}},
    {"default_query": {"beta": "true"}}, {"default_headers": {"Connection": "close"}},
])
def test_however_the_client_is_set_up(world, simulator, options):
    with anthropic_client(world, **options) as client:
        assert text_of(client.messages.create(model=MODEL, max_tokens=200, messages=user(SAY))) == TEXT
    headers = {name.lower(): value for name, value in simulator.request()["headers"]}
    assert headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize("version", ["2023-06-01", "2026-10-21", "2031-01-01", "latest"])
def test_any_version_of_the_interface_is_taken(world, version):
    """The gateway has one way of speaking. What it says is what clients of each version understand."""
    with anthropic_client(world, default_headers={"anthropic-version": version}) as client:
        assert text_of(client.messages.create(model=MODEL, max_tokens=200, messages=user(SAY))) == TEXT
        with client.messages.stream(model=MODEL, max_tokens=200, messages=user(SAY)) as stream:
            assert stream.get_final_text() == TEXT


@pytest.mark.parametrize("system, expected", [
    ("Be brief.", "Be brief."),
    ([{"type": "text", "text": "Be brief."}], "Be brief."),
    ([{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}, {"type": "text", "text": "Be “kind”.\n"}],
     "Be brief.\n\nBe “kind”.\n"),
])
def test_system_prompts(client, simulator, system, expected):
    client.messages.create(model=MODEL, max_tokens=20, system=system, messages=user("Hello"))
    first = simulator.request()["body"]["messages"][0]
    assert first == {"role": "system", "content": expected}


def test_the_cache_is_told_what_to_keep(worlds, simulator):
    """With `context_cache: explicit`, markers reach DashScope, and what it kept is found when they have moved on."""
    mark = {"cache_control": {"type": "ephemeral", "ttl": "1h"}}
    system = [{"type": "text", "text": "Be brief. " * 500}, {"type": "text", "text": "Be kind. " * 500, **mark}]
    question = {"type": "text", "text": "What? [[say:This.]]"}
    with anthropic_client(worlds(translation={"context_cache": "explicit"})) as client:
        first = client.messages.create(
            model=MODEL, max_tokens=20, system=system, messages=[{"role": "user", "content": [{**question, **mark}]}])
        second = client.messages.create(model=MODEL, max_tokens=20, system=system, messages=[
            {"role": "user", "content": [question]}, {"role": "assistant", "content": first.content},
            {"role": "user", "content": [{"type": "text", "text": "And? [[say:That.]]", **mark}]}])
    assert text_of(first) == "This." and first.usage.cache_creation_input_tokens > 2000
    assert text_of(second) == "That." and second.usage.cache_read_input_tokens > 2000
    for request in simulator.requests():
        content = request["body"]["messages"][0]["content"]
        assert [part["cache_control"] for part in content] == [{"type": "ephemeral"}]
        assert content[0]["text"] == "Be brief. " * 500 + "\n\n" + "Be kind. " * 500
        assert dict((name.lower(), value) for name, value in request["headers"])["x-dashscope-cachecontrol"] == "enable"


def test_a_conversation_goes_back_as_it_came(client, simulator):
    """Blocks of the answer are given back as the objects they were, which is how the package's documentation does it."""
    messages = user(SAY)
    first = client.messages.create(model=MODEL, max_tokens=200, messages=messages)
    messages += [{"role": "assistant", "content": first.content}, *user("And now? [[say:Bye.]]")]
    assert text_of(client.messages.create(model=MODEL, max_tokens=200, messages=messages)) == "Bye."
    assert [message["content"] for message in simulator.requests()[1]["body"]["messages"]] == [
        SAY, TEXT, "And now? [[say:Bye.]]"]


def test_parameters_reach_the_model(client, simulator):
    client.messages.create(
        model=MODEL, max_tokens=33, messages=user("Hello"), stop_sequences=["STOP", "\n\nHuman:"],
        metadata={"user_id": "u"}, service_tier="auto",
        # Version 2 of the package has no arguments for these; its users pass them like this.
        extra_body={"temperature": 0.2, "top_p": 0.5})
    body = simulator.request()["body"]
    assert body["max_tokens"] == 33 and body["top_p"] == 0.5 and body["stop"] == ["STOP", "\n\nHuman:"]
    # The configured one wins, as the plugin's documentation says.
    assert body["temperature"] == 1.0


def test_a_long_answer_says_that_it_was_cut(client):
    message = client.messages.create(model=MODEL, max_tokens=5, messages=user("[[long:50]]"))
    assert message.stop_reason == "max_tokens" and message.usage.output_tokens == 5
    with client.messages.stream(model=MODEL, max_tokens=5, messages=user("[[long:50]]")) as stream:
        final = stream.get_final_message()
    assert final.stop_reason == "max_tokens" and final.usage.output_tokens == 5


def test_cached_tokens_are_counted(client):
    beginning = "The same long beginning. " * 400
    for _ in range(2):
        message = client.messages.create(model=MODEL, max_tokens=20, messages=user(beginning))
    assert message.usage.cache_read_input_tokens > 1000 and message.usage.cache_creation_input_tokens == 0
    with client.messages.stream(model=MODEL, max_tokens=20, messages=user(beginning)) as stream:
        final = stream.get_final_message()
    assert final.usage.to_dict() == message.usage.to_dict()


class City(pydantic.BaseModel):
    """What the model is to answer with."""

    name: str
    people: int


def test_an_answer_in_a_form(client, simulator):
    """`messages.parse` sends a JSON Schema, and reads the answer with it."""
    say = '[[say:{"name":"Ürümqi","people":4054369}]]'
    message = client.messages.parse(model=MODEL, max_tokens=200, messages=user(say), output_format=City)
    assert message.parsed_output == City(name="Ürümqi", people=4054369)
    with client.messages.stream(model=MODEL, max_tokens=200, messages=user(say), output_format=City) as stream:
        assert stream.get_final_message().parsed_output == message.parsed_output
    sent = simulator.requests()[0]["body"]
    assert "people" in str(sent["response_format"])


# Streams


def test_a_raw_stream(client):
    events = list(client.messages.create(model=MODEL, max_tokens=200, messages=user(SAY), stream=True))
    kinds = [event.type for event in events]
    assert kinds[:2] == ["message_start", "content_block_start"]
    assert kinds[-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert set(kinds[2:-3]) == {"content_block_delta"} and len(kinds) > 10
    assert "".join(event.delta.text for event in events[2:-3]) == TEXT
    start = events[0].message
    assert (start.content, start.stop_reason, start.model) == ([], None, MODEL)
    assert start.usage.input_tokens > 0


def test_the_stream_helper_adds_up_to_the_message(client):
    plain = client.messages.create(model=MODEL, max_tokens=200, messages=user(SAY))
    with client.messages.stream(model=MODEL, max_tokens=200, messages=user(SAY)) as stream:
        pieces = list(stream.text_stream)
        final = stream.get_final_message()
        assert stream.request_id.startswith("req_")
    assert "".join(pieces) == TEXT and len(pieces) > 5
    left, right = plain.to_dict(), final.to_dict()
    for one in (left, right):
        del one["id"]
        one.pop("stop_details", None)
    assert left == right


def test_the_stream_helper_fires_its_events(client):
    with client.messages.stream(model=MODEL, max_tokens=200, messages=user(SAY)) as stream:
        seen = [event for event in stream]
    texts = [event for event in seen if event.type == "text"]
    assert "".join(event.text for event in texts) == TEXT
    # Each knows what was said so far.
    assert texts[-1].snapshot == TEXT
    stops = [event for event in seen if event.type == "content_block_stop"]
    assert [event.content_block.text for event in stops] == [TEXT]
    assert [event.message.stop_reason for event in seen if event.type == "message_stop"] == ["end_turn"]


def test_a_raw_response_can_be_streamed(client):
    with client.messages.with_streaming_response.create(model=MODEL, max_tokens=200, messages=user(SAY)) as response:
        assert response.headers["content-type"] == "application/json"
        assert text_of(response.parse()) == TEXT


def test_the_first_piece_comes_before_the_last_was_made(client, simulator):
    simulator.fault("stall after=4")
    with client.messages.create(model=MODEL, max_tokens=200, messages=user("[[long:50]]"), stream=True) as stream:
        kinds = []
        for event in stream:
            kinds.append(event.type)
            # The upstream sent this and will send nothing more: had anybody waited for more, it would not be here.
            if kinds.count("content_block_delta") == 3:
                break
    assert kinds[0] == "message_start"
    assert simulator.wait_ending("client_gone")


@pytest.mark.parametrize("fault", [
    "heartbeat count=3", "split size=1", "rechunk size=1", "usage value=always", "usage value=finish", "finish-twice", "json",
    "malformed after=2 count=1", "after-done", "no-done"])
def test_streams_add_up_however_the_upstream_writes(client, simulator, fault):
    simulator.fault(fault)
    with client.messages.stream(model=MODEL, max_tokens=200, messages=user(SAY)) as stream:
        final = stream.get_final_message()
    assert text_of(final) == TEXT and final.stop_reason == "end_turn" and final.usage.output_tokens > 10


# Thinking


def test_thinking(client, simulator):
    message = client.messages.create(
        model=MODEL, max_tokens=4000, thinking={"type": "enabled", "budget_tokens": 1024},
        messages=user("[[reasoning:First, the fox.]][[say:It jumps.]]"))
    thinking, text = message.content
    assert (thinking.type, thinking.thinking) == ("thinking", "First, the fox.") and thinking.signature
    assert text.text == "It jumps."
    body = simulator.request()["body"]
    assert body["enable_thinking"] is True and body["thinking_budget"] == 1024


def test_thinking_is_streamed(client):
    with client.messages.stream(
            model=MODEL, max_tokens=4000, thinking={"type": "enabled", "budget_tokens": 1024},
            messages=user("[[reasoning:First, the fox.]][[say:It jumps.]]")) as stream:
        seen = [event for event in stream]
        final = stream.get_final_message()
    assert "".join(event.thinking for event in seen if event.type == "thinking") == "First, the fox."
    [signature] = [event.signature for event in seen if event.type == "signature"]
    assert [block.type for block in final.content] == ["thinking", "text"]
    assert final.content[0].thinking == "First, the fox." and final.content[0].signature == signature
    assert final.content[1].text == "It jumps."


@pytest.mark.parametrize("thinking", [
    {"type": "disabled"}, {"type": "adaptive"}, {"type": "between_tools"}], ids=lambda value: value["type"])
def test_other_ways_of_thinking(client, thinking):
    arguments = {"model": MODEL, "max_tokens": 4000, "thinking": thinking, "messages": user(SAY)}
    assert text_of(client.messages.create(**arguments)) == TEXT
    with client.messages.stream(**arguments) as stream:
        assert stream.get_final_text() == TEXT


def test_thoughts_can_be_left_out_of_the_answer(client):
    """They are there for the model to be given back, but their text is not shown."""
    arguments = {"model": MODEL, "max_tokens": 4000, "messages": user("[[reasoning:Hm, the fox.]][[say:Yes.]]"),
                 "thinking": {"type": "enabled", "budget_tokens": 1024, "display": "omitted"}}
    message = client.messages.create(**arguments)
    with client.messages.stream(**arguments) as stream:
        final = stream.get_final_message()
    for answer in (message, final):
        assert text_of(answer) == "Yes."
        assert "fox" not in answer.to_json()


def test_thoughts_go_back_with_the_conversation(client):
    messages = user("[[reasoning:Hm.]][[say:Yes.]]")
    thinking = {"type": "enabled", "budget_tokens": 1024}
    first = client.messages.create(model=MODEL, max_tokens=4000, thinking=thinking, messages=messages)
    messages += [first.to_param(), *user("And? [[say:No.]]")]
    assert text_of(client.messages.create(model=MODEL, max_tokens=4000, thinking=thinking, messages=messages)) == "No."


# Images


def image_block():
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": claude_code.png()}}


def test_images_reach_a_model_that_sees(worlds, simulator):
    world = worlds(model={"name": "qwen3-vl-plus"})
    with anthropic_client(world) as client:
        content = [image_block(), {"type": "text", "text": "What is it?"}]
        assert text_of(client.messages.create(model="qwen3-vl-plus", max_tokens=50, messages=user(content)))
        address = {"type": "image", "source": {"type": "url", "url": "https://example.org/a.png"}}
        with client.messages.stream(model="qwen3-vl-plus", max_tokens=50, messages=user([address])) as stream:
            assert stream.get_final_text()
    sent = [request["body"]["messages"][0]["content"] for request in simulator.requests()]
    assert [part["type"] for part in sent[0]] == ["image_url", "text"]
    assert sent[0][0]["image_url"]["url"] == "data:image/png;base64," + claude_code.png()
    assert sent[1][0]["image_url"]["url"] == "https://example.org/a.png"


def test_images_for_a_model_that_does_not_see_are_refused(client, simulator):
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(model=MODEL, max_tokens=50, messages=user([image_block(), {"type": "text", "text": "?"}]))
    assert caught.value.type == "invalid_request_error" and "image" in caught.value.api_message
    assert simulator.requests() == []


# What is not a message


def test_tokens_are_counted(client, simulator):
    def count(**members):
        return client.messages.count_tokens(**{"model": MODEL, "messages": user("Hello"), **members}).input_tokens

    assert 0 < count() < count(system="Be brief. " * 20) < count(messages=user("word " * 200))
    tool = {"name": "look", "description": "Looks things up. " * 10, "input_schema": {"type": "object", "properties": {}}}
    assert count(tools=[tool]) > count() + 30
    assert count(thinking={"type": "enabled", "budget_tokens": 1024}) > 0
    assert client.beta.messages.count_tokens(model=MODEL, messages=user("Hello")).input_tokens == count()
    assert simulator.requests() == []


def test_models_are_listed(client, simulator):
    page = client.models.list(limit=10)
    assert [model.id for model in page] == [MODEL] and page.has_more is False
    [model] = page.data
    assert model.type == "model" and model.display_name == MODEL and isinstance(model.created_at, datetime.datetime)
    assert model.max_input_tokens == 1_000_000 and model.max_tokens == 32_768
    assert client.models.retrieve(MODEL) == model
    assert simulator.requests() == []


def test_models_are_listed_for_clients_that_are_not_strict(world):
    with anthropic_client(world, _strict_response_validation=False) as client:
        assert [model.id for model in client.models.list()] == [MODEL]
        model = client.models.retrieve(MODEL)
        assert (model.id, model.type, model.max_tokens) == (MODEL, "model", 32_768)
        with pytest.raises(anthropic.NotFoundError):
            client.models.retrieve("gpt-9")
