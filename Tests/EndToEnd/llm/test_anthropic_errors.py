"""Errors reach users of the `anthropic` package as the exceptions they know, and are retried when that makes sense."""

import time

import anthropic
import pytest

from official import MODEL, anthropic_client, text_of, user
from support import eventually, refused_port

ASK = {"model": MODEL, "max_tokens": 100, "messages": user("[[say:Hello there, you.]]")}
LONG = {**ASK, "messages": user("[[long:60]]")}


@pytest.fixture
def client(world):
    """A client of the tutorial's gateway that does not retry."""
    with anthropic_client(world) as client:
        yield client


@pytest.fixture
def sleeps(monkeypatch):
    """How long the package wanted to wait before it tried again; nobody waits."""
    waited = []
    monkeypatch.setattr(anthropic._base_client.time, "sleep", waited.append)
    return waited


def one_shot(client, **members):
    """A whole message."""
    return client.messages.create(**{**ASK, **members})


def raw_stream(client, **members):
    """A stream, read to its end."""
    return list(client.messages.create(stream=True, **{**ASK, **members}))


def helper(client, **members):
    """A stream, added up."""
    with client.messages.stream(**{**ASK, **members}) as stream:
        return stream.get_final_message()


ways = pytest.mark.parametrize("ask", [one_shot, raw_stream, helper], ids=lambda function: function.__name__)

# What DashScope says: the exception, its status, and the kind of error in the body.
ERRORS = [
    ("invalid_parameter_error", anthropic.BadRequestError, 400, "invalid_request_error"),
    ("data_inspection_failed", anthropic.BadRequestError, 400, "invalid_request_error"),
    ("model_not_supported", anthropic.BadRequestError, 400, "invalid_request_error"),
    ("invalid_api_key", anthropic.AuthenticationError, 401, "authentication_error"),
    ("InvalidApiKey", anthropic.AuthenticationError, 401, "authentication_error"),
    ("Arrearage", anthropic.PaymentRequiredError, 402, "billing_error"),
    ("PrepaidBillOverdue", anthropic.PaymentRequiredError, 402, "billing_error"),
    ("AccessDenied", anthropic.PermissionDeniedError, 403, "permission_error"),
    ("AllocationQuota.FreeTierOnly", anthropic.PermissionDeniedError, 403, "permission_error"),
    ("model_not_found", anthropic.NotFoundError, 404, "not_found_error"),
    ("BadRequest.TooLarge", anthropic.ContentTooLargeError, 413, "request_too_large"),
    ("limit_requests", anthropic.RateLimitError, 429, "rate_limit_error"),
    ("Throttling.RateQuota", anthropic.RateLimitError, 429, "rate_limit_error"),
    ("insufficient_quota", anthropic.RateLimitError, 429, "rate_limit_error"),
    ("internal_error", anthropic.InternalServerError, 500, "api_error"),
    ("ModelServiceFailed", anthropic.InternalServerError, 500, "api_error"),
    ("RequestTimeOut", anthropic.GatewayTimeoutError, 504, "timeout_error"),
    ("InternalError.Timeout", anthropic.GatewayTimeoutError, 504, "timeout_error"),
    ("ModelUnavailable", anthropic.OverloadedError, 529, "overloaded_error"),
    ("ModelServingError", anthropic.OverloadedError, 529, "overloaded_error"),
]


@ways
@pytest.mark.parametrize("code, kind, status, name", ERRORS, ids=[error[0] for error in ERRORS])
def test_errors_have_their_classes(client, simulator, ask, code, kind, status, name):
    simulator.fault(f"error code={code}")
    with pytest.raises(anthropic.APIStatusError) as caught:
        ask(client)
    error = caught.value
    assert type(error) is kind
    assert (error.status_code, error.type) == (status, name)
    assert error.api_message and error.request_id.startswith("req_")
    assert error.body["request_id"] == error.response.headers["request-id"]


@ways
@pytest.mark.parametrize("shape", ["native", "text"])
def test_errors_in_other_words(client, simulator, ask, shape):
    """DashScope's own form of an error, and one that has no form at all."""
    simulator.fault(f'error code=internal_error shape={shape} message="It broke."')
    with pytest.raises(anthropic.InternalServerError) as caught:
        ask(client)
    assert caught.value.type == "api_error" and "It broke." in caught.value.api_message


@ways
@pytest.mark.parametrize("fault", ["html status=502", "html status=200", "empty", "reset", "bad-head"])
def test_what_no_client_can_read_is_an_error_it_can(client, simulator, ask, fault):
    simulator.fault(fault)
    with pytest.raises(anthropic.InternalServerError) as caught:
        ask(client)
    assert (caught.value.status_code, caught.value.type) == (502, "api_error")
    assert "<" not in caught.value.api_message


@ways
@pytest.mark.parametrize("members, words", [
    ({"model": "gpt-9"}, "qwen-plus"), ({"messages": []}, "messages"),
    ({"messages": [{"role": "robot", "content": "x"}]}, "role"),
    ({"tools": [{"input_schema": {"type": "object"}}]}, "tools.0.name"),
    ({"extra_body": {"messages": 7}}, "messages"),
], ids=["model", "no message", "role", "tool", "type"])
def test_what_is_wrong_with_a_request_is_said(client, simulator, ask, members, words):
    with pytest.raises(anthropic.BadRequestError) as caught:
        ask(client, **members)
    assert caught.value.type == "invalid_request_error" and words in caught.value.api_message
    assert simulator.requests() == []


def test_an_upstream_that_is_not_there(worlds):
    world = worlds(f"http://127.0.0.1:{refused_port()}/v1/chat/completions")
    with anthropic_client(world) as client:
        for ask in (one_shot, raw_stream):
            with pytest.raises(anthropic.InternalServerError) as caught:
                ask(client)
            assert caught.value.status_code == 502 and caught.value.type == "api_error"
            assert "127.0.0.1" in caught.value.api_message


def test_an_upstream_that_has_no_address(worlds):
    """It is nobody's load that is to blame, but a name: the gateway's configuration, or its name server."""
    world = worlds("http://nowhere.invalid/v1/chat/completions")
    with anthropic_client(world) as client:
        for ask in (one_shot, raw_stream):
            with pytest.raises(anthropic.InternalServerError) as caught:
                ask(client)
            assert caught.value.status_code == 502 and caught.value.type == "api_error"
            assert "the name nowhere.invalid does not resolve" in caught.value.api_message


def test_a_path_that_nobody_serves(world):
    with anthropic_client(world, base_url=f"http://127.0.0.1:{world.port}/elsewhere") as client:
        with pytest.raises(anthropic.NotFoundError):
            one_shot(client)


@pytest.mark.parametrize("call", [
    lambda client: client.messages.batches.list(), lambda client: client.messages.batches.retrieve("batch_1"),
    lambda client: client.files.list()],
    ids=["list", "retrieve", "files"])
def test_interfaces_that_do_not_exist_are_no_chats(client, simulator, call):
    """Not a call to the model, and not an answer that looks like one."""
    with pytest.raises(anthropic.APIStatusError) as caught:
        call(client)
    assert 400 <= caught.value.status_code < 500
    assert simulator.requests() == []


# Errors amid a stream


@pytest.mark.parametrize("code, name", [
    ("internal_error", "api_error"), ("limit_requests", "rate_limit_error"), ("ModelUnavailable", "overloaded_error")])
@pytest.mark.parametrize("ask", [raw_stream, helper], ids=lambda function: function.__name__)
def test_an_error_amid_a_stream(client, simulator, ask, code, name):
    simulator.fault(f"error-frame code={code} after=6")
    with pytest.raises(anthropic.APIStatusError) as caught:
        ask(client, **LONG)
    assert caught.value.type == name and caught.value.api_message
    assert caught.value.request_id == caught.value.body["request_id"]


@pytest.mark.parametrize("fault", ["cut", "reset", "end", "finish-missing"])
def test_a_stream_that_breaks_off_never_looks_complete(client, simulator, fault):
    simulator.fault(fault if fault == "finish-missing" else f"{fault} after=6")
    seen = []
    with pytest.raises(anthropic.APIStatusError) as caught:
        with client.messages.stream(**LONG) as stream:
            for event in stream:
                seen.append(event.type)
    assert caught.value.type == "api_error"
    assert "text" in seen and "message_stop" not in seen
    assert stream.current_message_snapshot.stop_reason is None
    assert text_of(stream.current_message_snapshot)


def test_what_was_refused_amid_a_stream_is_a_refusal(client, simulator):
    simulator.fault("error-frame code=data_inspection_failed after=6")
    assert helper(client, **LONG).stop_reason == "refusal"


def test_a_connection_serves_on_after_an_error(client, simulator):
    for fault in ("error code=internal_error", "cut after=3", "html"):
        simulator.fault(fault)
        for ask in (one_shot, raw_stream):
            with pytest.raises(anthropic.APIError):
                ask(client)
    simulator.reset()
    assert text_of(one_shot(client)) == "Hello there, you."


# Retries


def patient(world, **options):
    """A client with the package's own number of retries."""
    return anthropic_client(world, max_retries=anthropic.DEFAULT_MAX_RETRIES, **options)


def test_a_rate_limit_says_how_long_to_wait(world, simulator, sleeps):
    simulator.fault("error code=limit_requests", times=1)
    with patient(world) as client:
        assert text_of(one_shot(client)) == "Hello there, you."
    [waited] = sleeps
    # Limits are by the minute, and by the second: less would fail again, more would be lost.
    assert 5 <= waited <= 60
    assert [request["status"] for request in simulator.requests()] == [429, 200]


@pytest.mark.parametrize("code", ["limit_requests", "ModelUnavailable"])
def test_the_upstream_may_say_how_long_to_wait(world, simulator, sleeps, code):
    simulator.fault(f"error code={code} retry-after=3", times=1)
    with patient(world) as client:
        assert text_of(one_shot(client)) == "Hello there, you."
    assert [round(waited) for waited in sleeps] == [3]


PASSING = ["error code=internal_error", "error code=ModelUnavailable", "error code=RequestTimeOut", "html status=502", "reset"]


@pytest.mark.parametrize("ask, fault", [
    *((one_shot, fault) for fault in PASSING), *((helper, fault) for fault in PASSING),
    # Nothing was sent of the stream yet: it is an error with a status, and not one amid a stream.
    (helper, "error-frame code=internal_error")])
def test_what_may_pass_is_tried_again(world, simulator, sleeps, ask, fault):
    simulator.fault(fault, times=2)
    with patient(world) as client:
        assert text_of(ask(client)) == "Hello there, you."
    assert len(simulator.requests()) == 3 and len(sleeps) == 2 and max(sleeps) <= 10


@pytest.mark.parametrize("code", ["invalid_parameter_error", "invalid_api_key", "AccessDenied", "model_not_found", "Arrearage",
                                  "PostpaidBillOverdue", "BadRequest.TooLarge", "insufficient_quota"])
def test_what_will_not_pass_is_not(world, simulator, sleeps, code):
    simulator.fault(f"error code={code}")
    with patient(world) as client, pytest.raises(anthropic.APIStatusError):
        one_shot(client)
    assert len(simulator.requests()) == 1 and sleeps == []


# Time, and clients that leave


def test_a_client_that_runs_out_of_time(world, simulator):
    simulator.fault("stall")
    with anthropic_client(world, timeout=0.3) as client:
        for ask in (one_shot, raw_stream):
            with pytest.raises(anthropic.APITimeoutError):
                ask(client)
    simulator.wait_requests(2)
    eventually(lambda: [r["ending"] for r in simulator.requests()] == ["client_gone"] * 2, what="both requests ended")


@pytest.mark.parametrize("leave", ["close", "break", "exception"])
def test_a_client_that_leaves_amid_a_stream(world, client, simulator, leave):
    """The model stops working for nobody."""
    known = len(world.records())
    simulator.fault("slow token=20")
    request = {"stream": True, **ASK, "messages": user("[[long:2000]]"), "max_tokens": 4000}
    start = time.monotonic()
    with client.messages.create(**request) as stream:
        if leave == "close":
            for _, _ in zip(range(5), stream):
                pass
            stream.close()
        elif leave == "break":
            for event in stream:
                if event.type == "content_block_delta":
                    break
        else:
            with pytest.raises(ZeroDivisionError):
                for _ in stream:
                    1 / 0
    assert simulator.wait_ending("client_gone")
    assert time.monotonic() - start < 5

    def streamed():
        # The record of the test before may come late; its last question was no stream.
        return [one for one in world.records()[known:] if one["ai"]["proxy"]["meta"]["request_mode"] == "stream"]

    [record] = eventually(streamed, what="the record")
    assert record["response"]["status"] == 499
    # And its next question is answered.
    simulator.reset()
    assert text_of(one_shot(client)) == "Hello there, you."


def test_pings_are_not_seen(worlds, simulator):
    """They keep the connection alive, and the package hides them."""
    world = worlds(translation={"ping_interval": 1})
    simulator.fault("slow token=1200")
    with anthropic_client(world, timeout=5) as client:
        events = raw_stream(client, messages=user("[[say:a b c d]]"))
    assert {event.type for event in events} == {
        "message_start", "content_block_start", "content_block_delta", "content_block_stop", "message_delta", "message_stop"}
