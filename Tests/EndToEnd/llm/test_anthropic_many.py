"""Many clients of the `anthropic` package at once, threads and coroutines: each gets its own answer, whole and unmixed."""

import asyncio
import concurrent.futures

import anthropic
import pytest

from official import MODEL, anthropic_client, async_anthropic_client, calls_of, text_of, user
from support import eventually

TOOLS = [{"name": "look", "description": "Looks.", "input_schema": {
    "type": "object", "properties": {"what": {"type": "string"}}, "required": ["what"]}}]


def run(coroutine, seconds=60):
    """Runs a coroutine with a limit."""
    return asyncio.run(asyncio.wait_for(coroutine, seconds))


def said(number):
    """What client `number` wants to hear: text of its own, of a length of its own."""
    return " ".join(f"{number}:{index}é" for index in range(5 + number % 40))


def ask(number):
    """Its request."""
    return {"model": MODEL, "max_tokens": 4000, "messages": user(f"[[say:{said(number)}]]")}


# One at a time


def test_the_asynchronous_client(world):
    async def body():
        async with async_anthropic_client(world) as client:
            message = await client.messages.create(**ask(1))
            events = [event async for event in await client.messages.create(stream=True, **ask(2))]
            async with client.messages.stream(**ask(3)) as stream:
                pieces = [text async for text in stream.text_stream]
                final = await stream.get_final_message()
            counted = await client.messages.count_tokens(model=MODEL, messages=user("Hello"))
            return message, events, pieces, final, counted

    message, events, pieces, final, counted = run(body())
    assert text_of(message) == said(1)
    assert (events[0].type, events[-1].type) == ("message_start", "message_stop")
    assert "".join(pieces) == text_of(final) == said(3)
    assert counted.input_tokens > 0


def test_errors_of_the_asynchronous_client(world, simulator):
    async def body():
        async with async_anthropic_client(world) as client:
            simulator.fault("error code=limit_requests")
            with pytest.raises(anthropic.RateLimitError):
                await client.messages.create(**ask(1))
            simulator.fault("error-frame code=internal_error after=6")
            with pytest.raises(anthropic.APIStatusError) as caught:
                async with client.messages.stream(**ask(30)) as stream:
                    await stream.until_done()
            assert caught.value.type == "api_error"

    run(body())


@pytest.mark.parametrize("where", ["before the head", "amid the stream"])
def test_a_cancelled_task_cancels_the_upstream(world, simulator, where):
    simulator.fault("stall" if where == "before the head" else "slow token=20")

    async def body():
        async with async_anthropic_client(world) as client:
            begun = asyncio.Event()

            async def read():
                async with client.messages.stream(**{**ask(1), "messages": user("[[long:2000]]")}) as stream:
                    async for event in stream:
                        begun.set()

            task = asyncio.create_task(read())
            if where == "amid the stream":
                await asyncio.wait_for(begun.wait(), 10)
            else:
                await asyncio.to_thread(simulator.wait_requests, 1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(simulator.wait_ending, "client_gone")

    run(body())


# Many


@pytest.mark.parametrize("count, workers", [(200, 1), (200, 2)])
def test_many_streams_at_once(worlds, simulator, count, workers):
    """149: All are open together: none ends before the last has begun."""
    simulator.fault("slow first=300 token=1")
    world = worlds(workers=workers)

    async def one(client, number):
        async with client.messages.stream(**ask(number)) as stream:
            return await stream.get_final_message()

    async def body():
        async with async_anthropic_client(world) as client:
            return await asyncio.gather(*(one(client, number) for number in range(count)))

    messages = run(body())
    assert [text_of(message) for message in messages] == [said(number) for number in range(count)]
    assert len({message.id for message in messages}) == count
    assert all(message.stop_reason == "end_turn" for message in messages)
    world.wait_lines(count)
    usages = sorted(record["ai"]["proxy"]["usage"]["completion_tokens"] for record in world.records())
    assert usages == sorted(message.usage.output_tokens for message in messages)


def test_all_kinds_of_requests_at_once(world, simulator):
    """Whole messages, streams, tool calls, errors, counts, and clients that leave, mixed on few connections."""
    async def message(client, number):
        assert text_of(await client.messages.create(**ask(number))) == said(number)

    async def stream(client, number):
        async with client.messages.stream(**ask(number)) as stream:
            assert await stream.get_final_text() == said(number)

    async def call(client, number):
        async with client.messages.stream(
                model=MODEL, max_tokens=1000, tools=TOOLS, messages=user(f'[[tool:look {{"what":"{number}é"}}]]')) as stream:
            final = await stream.get_final_message()
        assert calls_of(final) == [("look", {"what": f"{number}é"})]

    async def error(client, number):
        with pytest.raises(anthropic.BadRequestError) as caught:
            await client.messages.create(**{**ask(number), "model": f"model-{number}"})
        assert MODEL in caught.value.api_message

    async def refused(client, number):
        with pytest.raises(anthropic.OverloadedError):
            await client.messages.create(**{**ask(number), "messages": user("[[fault:error code=ModelUnavailable]]")})

    async def broken(client, number):
        with pytest.raises(anthropic.APIStatusError):
            async with client.messages.stream(**{**ask(number), "messages": user("[[fault:cut after=3]][[long:50]]")}) as stream:
                await stream.until_done()

    async def count(client, number):
        assert (await client.messages.count_tokens(model=MODEL, messages=user("x" * 400 * (number + 1)))).input_tokens > number

    async def leaves(client, number):
        async with client.messages.stream(**{**ask(number), "messages": user("[[fault:slow token=10]][[long:2000]]")}) as stream:
            async for _ in stream.text_stream:
                break

    kinds = [message, stream, call, error, refused, broken, count, leaves]

    async def body():
        async with async_anthropic_client(world) as client:
            gate = asyncio.Semaphore(32)

            async def one(number):
                async with gate:
                    await kinds[number % len(kinds)](client, number)

            await asyncio.gather(*(one(number) for number in range(40 * len(kinds))))

    run(body())
    eventually(lambda: sum(one["ending"] == "client_gone" for one in simulator.requests()) == 40, what="40 cancelled requests")


def test_many_threads_with_clients_of_their_own(world):
    """As many processes of a company do: each its own connection, one question after another."""
    def work(number):
        with anthropic_client(world) as client:
            for turn in range(5):
                assert text_of(client.messages.create(**ask(number * 7 + turn))) == said(number * 7 + turn)
                with client.messages.stream(**ask(number * 11 + turn)) as stream:
                    assert stream.get_final_text() == said(number * 11 + turn)
        return number

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert list(pool.map(work, range(32), timeout=60)) == list(range(32))


def test_a_reload_amid_streams_is_not_noticed(worlds, simulator):
    """145: Streams that began with one configuration end with it; the next question meets the new one."""
    world = worlds()
    simulator.fault("slow token=15")

    async def body():
        async with async_anthropic_client(world) as client:
            begun = asyncio.Semaphore(0)

            async def one(number):
                async with client.messages.stream(**ask(number)) as stream:
                    first = True
                    async for _ in stream:
                        if first:
                            begun.release()
                            first = False
                    return await stream.get_final_message()

            tasks = [asyncio.create_task(one(35 + number)) for number in range(10)]
            for _ in tasks:
                await begun.acquire()
            text = world.gateway.file.read_text().replace('"qwen-plus"', '"qwen-turbo"')
            await asyncio.to_thread(world.gateway.reload, text)
            old = await asyncio.gather(*tasks)
            new = await client.messages.create(**{**ask(3), "model": "qwen-turbo"})
            return old, new

    old, new = run(body())
    assert [text_of(message) for message in old] == [said(35 + number) for number in range(10)]
    assert {message.model for message in old} == {"qwen-plus"} and new.model == "qwen-turbo"
