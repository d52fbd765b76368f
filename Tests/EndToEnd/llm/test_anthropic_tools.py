"""Tool loops of the `anthropic` package: its users' own, and the one that it runs itself."""

import asyncio
import json

import anthropic
import pytest
from anthropic import beta_async_tool, beta_tool

import claude_code
from official import MODEL, anthropic_client, async_anthropic_client, calls_of, text_of, user

TOOLS = [
    {"name": "weather", "description": "The weather of a place.", "input_schema": {
        "type": "object", "properties": {"place": {"type": "string"}, "days": {"type": "integer"}}, "required": ["place"]}},
    {"name": "time", "description": "What time it is.", "input_schema": {"type": "object", "properties": {}}},
]
# Two calls at once, then one that builds on them, then the answer.
SCRIPT = ('Go. [[tool:weather {"place":"Zürich “4”","days":9007199254740993}]][[tool:time {}]]'
          '[[step]][[tool:weather {"place":"東京 😀\\n\\t\\\\"}]][[step]][[say:It rains.]]')
CALLS = [
    [("weather", {"place": "Zürich “4”", "days": 9007199254740993}), ("time", {})],
    [("weather", {"place": "東京 😀\n\t\\"})],
    [],
]


@pytest.fixture
def client(world):
    """A client of the tutorial's gateway."""
    with anthropic_client(world) as client:
        yield client


def one_shot(client, **members):
    """A whole message."""
    return client.messages.create(model=MODEL, max_tokens=1000, tools=TOOLS, **members)


def streamed(client, **members):
    """A message that the helper added up from a stream."""
    with client.messages.stream(model=MODEL, max_tokens=1000, tools=TOOLS, **members) as stream:
        return stream.get_final_message()


def from_raw_events(client, **members):
    """A message added up by hand, as a user does who wants the events."""
    content, texts, message = [], {}, None
    for event in client.messages.create(model=MODEL, max_tokens=1000, tools=TOOLS, stream=True, **members):
        if event.type == "message_start":
            message = event.message
        elif event.type == "content_block_start":
            assert event.index == len(content)
            content.append(event.content_block)
        elif event.type == "content_block_delta" and event.delta.type == "input_json_delta":
            texts[event.index] = texts.get(event.index, "") + event.delta.partial_json
        elif event.type == "content_block_delta":
            content[event.index].text += event.delta.text
        elif event.type == "message_delta":
            message.stop_reason = event.delta.stop_reason
    for index, text in texts.items():
        # Without a doubt: there is text, and it is an object.
        content[index].input = json.loads(text)
        assert isinstance(content[index].input, dict)
    message.content = content
    return message


@pytest.mark.parametrize("ask", [one_shot, streamed, from_raw_events], ids=lambda function: function.__name__)
def test_a_loop(client, simulator, ask):
    messages, seen = user(SCRIPT), []
    for _ in range(len(CALLS)):
        message = ask(client, messages=messages)
        seen.append(calls_of(message))
        assert message.stop_reason == ("tool_use" if seen[-1] else "end_turn")
        results = [{"type": "tool_result", "tool_use_id": block.id, "content": f"result of {block.name}"}
                   for block in message.content if block.type == "tool_use"]
        messages += [{"role": "assistant", "content": message.content}, {"role": "user", "content": results}]
    assert seen == CALLS
    assert text_of(message) == "It rains."
    sent = simulator.requests()[2]["body"]["messages"]
    assert [one["role"] for one in sent] == ["user", "assistant", "tool", "tool", "assistant", "tool"]
    assert [one["content"] for one in sent if one["role"] == "tool"] == [
        "result of weather", "result of time", "result of weather"]
    assert sent[1]["tool_calls"][0]["id"] == sent[2]["tool_call_id"]


def test_the_helper_shows_arguments_as_they_grow(client):
    with client.messages.stream(model=MODEL, max_tokens=1000, tools=TOOLS, messages=user(SCRIPT)) as stream:
        growing = [event for event in stream if event.type == "input_json"]
    assert any("place" in event.snapshot and "days" not in event.snapshot for event in growing)
    assert json.loads("".join(event.partial_json for event in growing[:-1])) == CALLS[0][0][1]
    assert json.loads(growing[-1].partial_json) == {}


def test_results_of_every_kind(client, simulator):
    first = one_shot(client, messages=user(SCRIPT))
    weather, time = first.content
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": claude_code.png()}}
    results = [
        # Not in the order of the calls, one with an error, one in blocks.
        {"type": "tool_result", "tool_use_id": time.id, "is_error": True, "content": "no clock"},
        {"type": "tool_result", "tool_use_id": weather.id, "content": [{"type": "text", "text": "rain"}, picture]},
        {"type": "text", "text": "Well?"},
    ]
    messages = [*user(SCRIPT), {"role": "assistant", "content": first.content}, {"role": "user", "content": results}]
    streamed(client, messages=messages)
    sent = simulator.requests()[1]["body"]["messages"]
    tools = [one for one in sent if one["role"] == "tool"]
    assert [one["tool_call_id"] for one in tools] == [call["id"] for call in sent[1]["tool_calls"]]
    assert "rain" in tools[0]["content"] and tools[1]["content"] == "Error: no clock"
    assert sent[-1]["role"] == "user" and "Well?" in json.dumps(sent[-1]["content"])


@pytest.mark.parametrize("choice, expected", [
    ({"type": "tool", "name": "time"}, ["time"]), ({"type": "none"}, []),
    ({"type": "auto", "disable_parallel_tool_use": True}, ["weather"])], ids=lambda value: str(value))
def test_tool_choice(client, choice, expected):
    for ask in (one_shot, streamed):
        message = ask(client, messages=user(SCRIPT), tool_choice=choice)
        assert [name for name, _ in calls_of(message)] == expected


@pytest.mark.parametrize("ask", [one_shot, streamed])
def test_any_tool(worlds, simulator, ask):
    """A call, whichever it is; where the model can't be made to, it is asked to choose, once it has said so."""
    with anthropic_client(worlds()) as client:
        for _ in range(2):
            message = ask(client, messages=user("Hello, use tool weather"), tool_choice={"type": "any"})
            assert [name for name, _ in calls_of(message)] == ["weather"]
    assert [(one["status"], one["body"]["tool_choice"]) for one in simulator.requests()] == [
        (400, "required"), (200, "auto"), (200, "auto")]


def test_more_tokens_than_the_model_gives(worlds, simulators):
    """58: A model that nobody knows says how many it gives: it is asked for as many, now and from then on."""
    simulator = simulators("--model", "new-model=100000,8192")
    world = worlds(simulator.chat, model={"name": "new-model", "options": {"max_tokens": None}})
    with anthropic_client(world) as client:
        for _ in range(2):
            message = client.messages.create(model="new-model", max_tokens=20_000, messages=user("[[say:Good day.]]"))
            assert text_of(message) == "Good day."
    assert [(one["status"], one["body"]["max_tokens"]) for one in simulator.requests()] == [
        (400, 20_000), (200, 8192), (200, 8192)]


def test_any_tool_of_one(client):
    message = client.messages.create(
        model=MODEL, max_tokens=1000, tools=TOOLS[1:], messages=user("Hello"), tool_choice={"type": "any"})
    assert calls_of(message) == [("time", {})]


@pytest.mark.parametrize("fault", ["tool-whole", "tool-interleaved", "tool-together", "split size=1", "json",
                                   "tool-id value=repeated", "tool-id value=missing", "tool-name value=repeated"])
def test_parallel_calls_add_up_however_the_upstream_writes(client, simulator, fault):
    simulator.fault(fault)
    for ask in (streamed, from_raw_events):
        message = ask(client, messages=user(SCRIPT))
        assert calls_of(message) == CALLS[0]
        assert len({block.id for block in message.content}) == 2


# The loop that the package runs

# By default the package lets the server keep the conversation, and sends the whole of it only after an error whose
# `details.error_code` tells it to; it can be told not to.
KEEPING = pytest.mark.parametrize("options", [{}, {"thread": False}], ids=["threads", "no threads"])


def tools(ran):
    """Two tools that note how they were called."""

    @beta_tool
    def weather(place: str, days: int = 1) -> str:
        """The weather of a place.

        Args:
            place: Where.
            days: How many days ahead.
        """
        ran.append((place, days))
        if place.startswith("東京"):
            raise ValueError("nobody knows")
        return f"rain in {place}"

    @beta_tool
    def time() -> str:
        """What time it is."""
        ran.append("time")
        return "noon"

    return [weather, time]


RAN = [("Zürich “4”", 9007199254740993), "time", ("東京 😀\n\t\\", 1)]


def runner(client, ran, **options):
    """The package's loop, with a limit."""
    return client.beta.messages.tool_runner(
        model=MODEL, max_tokens=1000, tools=tools(ran), messages=user(SCRIPT), max_iterations=5, **options)


@KEEPING
def test_the_package_runs_the_tools(client, simulator, options):
    ran = []
    final = runner(client, ran, **options).until_done()
    assert text_of(final) == "It rains." and final.stop_reason == "end_turn"
    assert ran == RAN
    sent = simulator.requests()
    assert len(sent) == 3
    # Whoever keeps the conversation: the model gets all of it.
    assert [one["role"] for one in sent[2]["body"]["messages"]] == ["user", "assistant", "tool", "tool", "assistant", "tool"]
    assert "nobody knows" in sent[2]["body"]["messages"][-1]["content"]


@KEEPING
def test_the_package_runs_the_tools_of_streams(client, options):
    ran = []
    messages = [stream.get_final_message() for stream in runner(client, ran, stream=True, **options)]
    assert [calls_of(message) for message in messages] == CALLS
    assert text_of(messages[-1]) == "It rains." and ran == RAN


@KEEPING
def test_the_package_runs_the_tools_asynchronously(world, options):
    @beta_async_tool
    async def weather(place: str, days: int = 1) -> str:
        """The weather of a place."""
        await asyncio.sleep(0)
        return f"rain in {place} for {days} days"

    @beta_async_tool
    async def time() -> str:
        """What time it is."""
        return "noon"

    async def run():
        async with async_anthropic_client(world) as client:
            return await client.beta.messages.tool_runner(
                model=MODEL, max_tokens=1000, tools=[weather, time], messages=user(SCRIPT), max_iterations=5, **options,
            ).until_done()

    assert text_of(asyncio.run(asyncio.wait_for(run(), 30))) == "It rains."


def test_a_thread_of_messages(client, simulator):
    """The package's other way to have a conversation kept: here it is told each time to send it whole."""
    thread = client.beta.messages.thread(model=MODEL, max_tokens=100)
    for number in range(3):
        assert text_of(thread.send({"role": "user", "content": f"[[say:{number}]]"})) == str(number)
    assert len(simulator.requests()[2]["body"]["messages"]) == 5


# What is no loop


def test_a_call_without_its_result_is_no_dead_end(client):
    """A user who was interrupted goes on with words instead of results."""
    first = one_shot(client, messages=user(SCRIPT))
    messages = [*user("Go."), {"role": "assistant", "content": first.content}, *user("Never mind. [[say:Fine.]]")]
    for ask in (one_shot, streamed):
        assert text_of(ask(client, messages=messages)) == "Fine."


def test_a_tool_that_the_gateway_cannot_offer(client):
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.beta.messages.create(
            model=MODEL, max_tokens=100, messages=user("Hello"), betas=["computer-use-2025-01-24"],
            tools=[{"type": "computer_20250124", "name": "computer", "display_width_px": 100, "display_height_px": 100}])
    assert "computer" in caught.value.api_message
