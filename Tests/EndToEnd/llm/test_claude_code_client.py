"""The real Claude Code works on the tutorial's gateway: it answers, uses tools, waits, and says what is wrong.

It is a large download, so these tests are run by `Tests/run-claude-code-tests.sh`, which fetches it, and skipped elsewhere.
"""

import base64
import concurrent.futures
import json
import signal
import time

import pytest

import claude_code
import claude_code_client
from claude_code_client import ClaudeCode

pytestmark = pytest.mark.skipif(
    claude_code_client.find() is None, reason="needs Claude Code: Tests/run-claude-code-tests.sh fetches it and runs this")

PATH = "/anything/v1/messages?beta=true"


@pytest.fixture
def claudes(world):
    """Starts clients of a gateway (the tutorial's unless told otherwise) that are stopped after the test."""
    started = []

    def start(gateway=world, **options):
        started.append(ClaudeCode(gateway, **options))
        return started[-1]

    yield start
    for claude in started:
        claude.stop()


@pytest.fixture
def claude(claudes):
    """A client of the tutorial's gateway."""
    return claudes()


def assert_contented(run, text):
    """It ended well, with this answer, and had nothing to complain of."""
    assert run.code == 0, run.errors
    assert run.complaints == []
    assert run.result["subtype"] == "success" and run.result["is_error"] is False
    assert run.result["permission_denials"] == []
    assert run.text == text


def roles(request):
    """The roles of the messages of a request to DashScope."""
    return [message["role"] for message in request["body"]["messages"]]


# Answers


def test_an_answer(claude, world, simulator):
    lines = len(world.records())
    run = claude.run("Hello. [[say:Good day: grüße, 你好, 😀.]]")
    assert_contented(run, "Good day: grüße, 你好, 😀.")
    request = simulator.request()
    assert request["body"]["stream"] is True and request["ending"] == "complete"
    assert run.result["usage"]["output_tokens"] > 0 and run.result["num_turns"] == 1
    world.wait_lines(lines + 1)
    [record] = world.records()[lines:]
    assert (record["request"]["method"], record["request"]["uri"]) == ("POST", PATH)
    assert record["ai"]["proxy"]["meta"]["request_mode"] == "stream"
    # Tokens of the client's account are those of the log.
    usage = record["ai"]["proxy"]["usage"]
    assert run.result["usage"]["input_tokens"] + run.result["usage"]["cache_read_input_tokens"] == usage["prompt_tokens"]
    assert run.result["usage"]["output_tokens"] == usage["completion_tokens"]


def test_the_tutorials_environment(claudes, world, simulator):
    """A key helper instead of a key, and no switch against nonessential traffic."""
    lines = len(world.records())
    claude = claudes(ANTHROPIC_API_KEY=None, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=None, DISABLE_TELEMETRY=None,
                     DISABLE_ERROR_REPORTING=None, DISABLE_AUTOUPDATER=None)
    settings = claude.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"apiKeyHelper": "echo x"}))
    run = claude.run("Hello. [[say:Good day.]]")
    assert (run.code, run.text) == (0, "Good day.")
    assert run.kind("system", "api_retry") == []
    world.wait_lines(lines + 1)
    messages = [record for record in world.records()[lines:] if record["request"]["uri"] == PATH]
    assert [record["response"]["status"] for record in messages] == [200]
    assert messages[0]["request"]["headers"]["authorization"] == "REDACTED"
    assert len(simulator.requests()) == 1


def test_the_answer_is_shown_as_it_comes(claude, simulator):
    simulator.fault("slow token=5")
    run = claude.run("Think. [[reasoning:Hm, the fox.]][[say:It jumps over the dog.]]", "--include-partial-messages")
    assert_contented(run, "It jumps over the dog.")
    events = [one["event"] for one in run.kind("stream_event")]
    kinds = [event["type"] for event in events]
    assert (kinds[0], kinds[-1]) == ("message_start", "message_stop")
    assert "".join(event["delta"].get("thinking", "") for event in events if event["type"] == "content_block_delta") == (
        "Hm, the fox.")
    assert sum(event["type"] == "content_block_delta" for event in events) > 6
    assert [block["thinking"] for block in run.blocks("assistant", "thinking")] == ["Hm, the fox."]


def test_a_conversation_goes_on(claude, simulator):
    assert_contented(claude.run("One. [[say:First.]]"), "First.")
    assert_contented(claude.run("Two. [[say:Second.]]", "--continue"), "Second.")
    first, second = simulator.requests()
    assert roles(second) == ["system", "user", "assistant", "user"]
    assert second["body"]["messages"][2]["content"] == "First."
    assert second["body"]["messages"][:1] == first["body"]["messages"][:1]


def test_a_long_answer_is_continued(claude, simulator):
    """What was cut off by `max_tokens` is asked for by the client itself."""
    simulator.fault("finish reason=length", times=1)
    run = claude.run("Hello. [[say:Good day.]]")
    assert run.code == 0 and run.result["is_error"] is False and run.complaints == []
    assert len(simulator.requests()) == 2


def test_an_answer_in_a_form(claude, simulator):
    schema = {"type": "object", "properties": {"people": {"type": "integer"}}, "required": ["people"]}
    run = claude.run('Go. [[tool:StructuredOutput {"people":4054369}]][[step]][[say:Done.]]', "--json-schema", json.dumps(schema))
    assert run.code == 0 and run.complaints == []
    assert run.result["structured_output"] == {"people": 4054369}


# Tools


def test_a_tool_is_really_run(claude, simulator):
    (claude.folder / "note.txt").write_text("the secret word is marmalade\n")
    run = claude.run('Read it. [[tool:Read {"file_path":"note.txt"}]][[step]][[say:I read it.]]', "--allowedTools", "Read")
    assert_contented(run, "I read it.")
    assert run.calls == [("Read", {"file_path": "note.txt"})]
    assert ["marmalade" in result for result in run.results] == [True]
    first, second = simulator.requests()
    assert roles(second) == ["system", "user", "assistant", "tool"]
    assert "the secret word is marmalade" in second["body"]["messages"][3]["content"]
    # What the provider has cached is asked for again as it was.
    assert second["body"]["messages"][:2] == first["body"]["messages"][:2]


def test_a_loop_with_parallel_calls_and_errors(claude, simulator):
    (claude.folder / "note.txt").write_text("marmalade\n")
    run = claude.run(
        'Do it. [[tool:Bash {"command":"cat note.txt","description":"Shows the note"}]][[tool:Read {"file_path":"missing.txt"}]]'
        '[[tool:Write {"file_path":"out.txt","content":"“grüße” 😀\\n\\ttab\\n"}]]'
        '[[step]][[tool:Edit {"file_path":"out.txt","old_string":"grüße","new_string":"hi"}]]'
        '[[step]][[tool:Bash {"command":"exit 3","description":"Fails"}]][[step]][[say:Done.]]',
        "--allowedTools", "Bash,Read,Write,Edit")
    assert run.code == 0 and run.text == "Done."
    assert run.kind("system", "api_retry") == [] and run.result["permission_denials"] == []
    assert [name for name, _ in run.calls] == ["Bash", "Read", "Write", "Edit", "Bash"]
    assert (claude.folder / "out.txt").read_text() == "“hi” 😀\n\ttab\n"
    requests = simulator.requests()
    assert [len(roles(request)) for request in requests] == [2, 6, 8, 10]
    # Results stand in the order of the calls, errors are told as such.
    messages = requests[1]["body"]["messages"]
    assert [call["id"] for call in messages[2]["tool_calls"]] == [message["tool_call_id"] for message in messages[3:6]]
    contents = [message["content"] for message in messages[3:6]]
    assert contents[0] == "marmalade" and contents[1].startswith("Error: ") and "out.txt" in contents[2]
    assert requests[3]["body"]["messages"][-1]["content"].startswith("Error: ")


def test_many_turns(claude, simulator):
    steps = "[[step]]".join('[[tool:Bash {"command":"echo turn-%d","description":"n"}]]' % number for number in range(12))
    run = claude.run(f"Go. {steps}[[step]][[say:Done.]]", "--allowedTools", "Bash")
    assert_contented(run, "Done.")
    assert run.results == [f"turn-{number}" for number in range(12)]
    assert len(simulator.requests()) == 13


def test_a_tool_that_the_user_did_not_allow(claude):
    run = claude.run('Go. [[tool:Write {"file_path":"out.txt","content":"x"}]][[step]][[say:Well.]]')
    assert run.code == 0 and run.text == "Well." and [one["tool_name"] for one in run.result["permission_denials"]] == ["Write"]
    assert not (claude.folder / "out.txt").exists()


def test_a_sub_agent(claude, simulator):
    (claude.folder / "note.txt").write_text("marmalade\n")
    arguments = {"description": "Reads", "prompt": '[[tool:Read {"file_path":"note.txt"}]][[step]][[say:It is marmalade.]]',
                 "subagent_type": "general-purpose", "run_in_background": False}
    run = claude.run(f"Ask it. [[tool:Agent {json.dumps(arguments)}]][[step]][[say:Done.]]", "--allowedTools", "Agent,Read")
    assert run.code == 0 and run.complaints == []
    assert any("It is marmalade." in result for result in run.results)
    # Two of the parent, two of the child, which has fewer tools.
    requests = simulator.requests()
    assert [request["status"] for request in requests] == [200] * 4
    tools = [len(request["body"]["tools"]) for request in requests]
    assert tools[0] == tools[3] > tools[1] == tools[2]
    assert "marmalade" in requests[2]["body_text"]


@pytest.mark.parametrize("setting", ["drop", "enable_search"])
def test_web_search(claudes, worlds, simulator, setting):
    """The tutorial's question makes the client search, which it asks another model call to do."""
    claude = claudes(worlds(translation={"web_search": setting}))
    run = claude.run('Who? [[tool:WebSearch {"query":"Niketas Choniates"}]][[step]][[say:A historian.]]', "--allowedTools", "WebSearch")
    assert_contented(run, "A historian.")
    assert "Niketas Choniates" in run.results[0]
    search = next(request["body"] for request in simulator.requests() if len(request["body_text"]) < 5000)
    assert search.get("enable_search", False) is (setting == "enable_search") and "tools" not in search


def test_a_picture_is_shown_to_a_model_that_sees(claudes, worlds, simulator):
    claude = claudes(worlds(model={"name": "qwen3-vl-plus"}), model="qwen3-vl-plus")
    (claude.folder / "red.png").write_bytes(base64.b64decode(claude_code.png(64, 64)))
    run = claude.run('Look. [[tool:Read {"file_path":"red.png"}]][[step]][[say:It is red.]]', "--allowedTools", "Read")
    assert_contented(run, "It is red.")
    assert "data:image/" in simulator.requests()[1]["body_text"]


def test_a_picture_is_told_to_a_model_that_does_not_see(claude, simulator):
    (claude.folder / "red.png").write_bytes(base64.b64decode(claude_code.png(64, 64)))
    run = claude.run('Look. [[tool:Read {"file_path":"red.png"}]][[step]][[say:I cannot see.]]', "--allowedTools", "Read")
    assert_contented(run, "I cannot see.")
    assert "base64" not in json.dumps(simulator.requests()[1]["body"]["messages"][2:])


@pytest.mark.parametrize("fault", ["split size=1", "tool-interleaved", "tool-id value=repeated", "tool-whole", "json",
                                   "tool-name value=repeated", "tool-id value=missing", "heartbeat count=2"])
def test_tools_work_however_the_upstream_writes(claude, simulator, fault):
    (claude.folder / "note.txt").write_text("marmalade\n")
    simulator.fault(fault)
    run = claude.run('Go. [[tool:Bash {"command":"echo “ä😀”","description":"n"}]][[tool:Read {"file_path":"note.txt"}]]'
                     '[[step]][[say:Done.]]', "--allowedTools", "Bash,Read")
    assert_contented(run, "Done.")
    assert sorted(result.strip() for result in run.results) == sorted(["“ä😀”", "1\tmarmalade\n2"])


# What goes wrong


def test_a_rate_limit_is_waited_for(claude, simulator):
    simulator.fault("error code=limit_requests", times=1)
    run = claude.run("Hello. [[say:Good day.]]")
    assert (run.code, run.text) == (0, "Good day.")
    [retry] = run.kind("system", "api_retry")
    assert (retry["error_status"], retry["error"]) == (429, "rate_limit")
    # As long as the gateway said, with what the client adds to scatter.
    assert 10_000 <= retry["retry_delay_ms"] <= 15_000
    assert [request["status"] for request in simulator.requests()] == [429, 200]


@pytest.mark.parametrize("fault, status", [
    ("error code=internal_error", 500), ("error code=ModelUnavailable", 529), ("html status=502", 502), ("reset", 502)])
def test_what_may_pass_is_tried_again(claude, simulator, fault, status):
    simulator.fault(fault, times=1)
    run = claude.run("Hello. [[say:Good day.]]")
    assert (run.code, run.text) == (0, "Good day.")
    [retry] = run.kind("system", "api_retry")
    assert retry["error_status"] == status and retry["retry_delay_ms"] < 3000
    assert len(simulator.requests()) == 2


@pytest.mark.parametrize("fault", ["cut after=6", "reset after=6", "end after=6", "error-frame code=internal_error after=6", "finish-missing"])
def test_an_answer_that_breaks_off_is_asked_for_again(claude, simulator, fault):
    """It is never taken for a whole one."""
    simulator.fault(fault, times=1)
    run = claude.run("Hello. [[long:30]]")
    assert run.code == 0 and run.result["is_error"] is False
    assert run.text.split() == [f"{number:03}" for number in range(30)]
    # Once: the error event says that it is of no use to wait.
    assert len(simulator.requests()) == 2


def test_a_prompt_that_is_too_long(claude, simulator):
    simulator.fault('error code=invalid_parameter_error message="Range of input length should be [1, 1000000]"')
    run = claude.run("Hello. [[say:Good day.]]")
    assert run.result["is_error"] is True and run.result["terminal_reason"] == "prompt_too_long"
    assert run.text.startswith("Prompt is too long")
    # It knows what that means, and does not try variants of the request.
    assert len(simulator.requests()) == 1


def test_a_conversation_that_is_too_long_is_compacted(claude, simulator):
    """When it has something to leave out, the client sums the conversation up by itself, and goes on."""
    for number in range(3):
        assert claude.run(f"Number {number}. [[say:Answer {number}.]]", *(["--continue"] if number else [])).code == 0
    simulator.control("DELETE", "requests")
    simulator.fault('error code=invalid_parameter_error message="Range of input length should be [1, 1000000]"', times=1)
    run = claude.run("And now? [[say:It fits.]]", "--continue")
    assert run.code == 0 and run.result["is_error"] is False, run.text
    statuses = [request["status"] for request in simulator.requests()]
    assert statuses[0] == 400 and set(statuses[1:]) == {200} and len(statuses) >= 3
    assert run.kind("system", "compact_boundary")


@pytest.mark.parametrize("code, words", [
    ("Arrearage", "402"), ("AccessDenied", "403"), ("BadRequest.TooLarge", "Request too large"),
    ("insufficient_quota", "429"),
])
def test_what_will_not_pass_is_said_at_once(claude, simulator, code, words):
    simulator.fault(f"error code={code}")
    run = claude.run("Hello. [[say:Good day.]]")
    assert run.result["is_error"] is True and words in run.text
    assert len(simulator.requests()) == 1 and run.kind("system", "api_retry") == []


def test_a_key_that_the_provider_refuses_is_said_at_once(claude, simulator):
    """It is the gateway's key: neither waiting nor another one of the user's will help."""
    simulator.fault("error code=invalid_api_key")
    process = claude.start("Hello. [[say:Good day.]]")
    deadline = time.monotonic() + 30
    while process.poll() is None and len(simulator.requests()) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(simulator.requests()) == 1
    run = claude.wait(process)
    assert run.result["is_error"] is True and "401" in run.text


def test_what_the_provider_refuses_to_read(claude, simulator):
    """The client tries variants of a request whose refusal it does not understand: it understands this one."""
    simulator.fault('error code=data_inspection_failed message="Input data may contain inappropriate content."')
    run = claude.run("Hello. [[say:Good day.]]")
    assert run.result["is_error"] is True and "inappropriate content" in run.text
    assert len(simulator.requests()) == 1


def test_a_model_that_the_gateway_does_not_serve(claudes, simulator):
    run = claudes(model="qwen-max").run("Hello. [[say:Good day.]]")
    assert run.result["is_error"] is True and "qwen-plus" in run.text
    assert simulator.requests() == []


def test_silence_is_no_reason_to_give_up(claudes, worlds, simulator):
    """Pings tell the client that somebody is working."""
    simulator.fault("slow token=1500")
    run = claudes(worlds(translation={"ping_interval": 1})).run("Hello. [[say:a b c d e f]]")
    assert_contented(run, "a b c d e f")
    assert len(simulator.requests()) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_a_client_that_is_stopped_stops_the_model(claude, simulator, number):
    simulator.fault("slow token=50")
    process = claude.start("Go. [[long:2000]]")
    simulator.wait_requests(1, 30)
    process.send_signal(number)
    assert simulator.wait_ending("client_gone")
    claude.wait(process)


# Other requests, other clients


def test_context_is_counted_here(claude, world, simulator):
    lines = len(world.records())
    run = claude.run("/context")
    assert run.code == 0 and run.complaints == [] and "qwen-plus" in run.text
    records = world.records()[lines:]
    assert len(records) > 10 and {record["request"]["uri"] for record in records} == {"/anything/v1/messages/count_tokens?beta=true"}
    assert {record["response"]["status"] for record in records} == {200}
    assert simulator.requests() == []


def test_compaction(claude, simulator):
    for number in range(3):
        assert claude.run(f"Number {number}. [[say:Answer {number}.]]", *(["--continue"] if number else [])).code == 0
    run = claude.run("/compact", "--continue")
    assert run.code == 0 and run.result["is_error"] is False and run.complaints == []
    assert run.kind("system", "compact_boundary")
    assert_contented(claude.run("Still there? [[say:Yes.]]", "--continue"), "Yes.")


def test_several_at_once(claudes):
    def work(number):
        claude = claudes()
        (claude.folder / "note.txt").write_text(f"word-{number}\n")
        run = claude.run(f'Go. [[tool:Read {{"file_path":"note.txt"}}]][[step]][[say:Answer {number}.]]', "--allowedTools", "Read")
        assert_contented(run, f"Answer {number}.")
        assert f"word-{number}" in run.results[0]

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(8), timeout=120))


def test_a_reload_amid_a_session_is_not_noticed(claudes, worlds, simulator):
    world = worlds()
    claude = claudes(world)
    simulator.fault("slow token=30")
    steps = "[[step]]".join('[[tool:Bash {"command":"echo turn-%d","description":"n"}]]' % number for number in range(6))
    process = claude.start(f"Go. {steps}[[step]][[say:Done.]]", "--allowedTools", "Bash")
    for number in range(4):
        simulator.wait_requests(number + 1, 30)
        world.gateway.reload()
    run = claude.wait(process)
    assert_contented(run, "Done.")
    assert run.results == [f"turn-{number}" for number in range(6)]
