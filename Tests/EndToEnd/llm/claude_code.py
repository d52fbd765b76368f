"""Requests of the shapes and sizes that Claude Code sends."""

import base64
import random
import struct
import uuid
import zlib

WORDS = (
    "the file tool command agent output result must never always before after when user code test path line read write "
    "edit search run task prompt return value option default error message context session model instruction").split()

HEADERS = [
    ("Accept", "application/json"), ("Authorization", "Bearer x"), ("Content-Type", "application/json"),
    ("User-Agent", "claude-cli/2.1.330 (external, sdk-cli)"),
    ("X-Claude-Code-Session-Id", "5f0c2b1e-6a7d-4c1a-9e55-0d2f3b4a5c6d"), ("X-Stainless-Arch", "x64"),
    ("X-Stainless-Lang", "js"), ("X-Stainless-Retry-Count", "0"), ("X-Stainless-Timeout", "600"),
    ("anthropic-beta", ",".join([
        "claude-code-20250219", "interleaved-thinking-2025-05-14", "context-management-2025-06-27",
        "mid-conversation-tool-changes-2026-07-01", "thinking-token-count-2026-05-13", "advanced-tool-use-2025-11-20",
        "effort-2025-11-24", "thinking-display-updates-2026-08-18", "a-flag-nobody-knows-2031-01-01"])),
    ("anthropic-dangerous-direct-browser-access", "true"), ("anthropic-version", "2023-06-01"), ("x-api-key", "x"),
    ("x-app", "cli"), ("Accept-Encoding", "gzip, deflate, br, zstd"),
]


def prose(size, seed=1):
    """Text of about that many characters, with what JSON has to escape."""
    random_number = random.Random(seed)
    parts, length = [], 0
    while length < size:
        line = " ".join(random_number.choice(WORDS) for _ in range(random_number.randint(4, 14)))
        line = random_number.choice([f"- {line}\n", f"{line} — `{line[:9]}`\t\"quoted\" C:\\path\n", f"{line}.\n", f"# {line} é 你好 😀\n"])
        parts.append(line)
        length += len(line)
    return "".join(parts)[:size]


def schema(size, seed):
    """A JSON Schema of about that many characters."""
    properties = {
        "command": {"type": "string", "description": prose(120, seed)},
        "file_path": {"type": "string"},
        "limit": {"type": "integer", "minimum": 1, "maximum": 9007199254740993},
        "ratio": {"type": "number", "default": 1.0},
        "kind": {"enum": ["a/b", "c\\d", None]},
        "nested": {"type": "object", "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/x"}}}},
    }
    count = 0
    while len(str(properties)) < size:
        count += 1
        properties[f"option_{count}"] = {"type": "string", "description": prose(150, seed * 100 + count)}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": properties,
        "required": ["command"], "additionalProperties": False, "$defs": {"x": {"type": "string"}}}


# Names, and sizes of description and schema: twelve tools, 31 KB.
SIZES = [
    ("Agent", 3400, 900), ("Bash", 2200, 1000), ("Edit", 300, 700), ("ListAgents", 1200, 800), ("Read", 1200, 700),
    ("ReportFindings", 800, 1700), ("ScheduleWakeup", 3000, 900), ("Skill", 1100, 700), ("ToolSearch", 700, 700),
    ("Workflow", 3100, 1400), ("DeferredToolPlaceholder", 60, 0), ("Write", 200, 400),
]


def tools():
    """The twelve tools of a main request."""
    result = []
    for index, (name, description, size) in enumerate(SIZES):
        tool = {"name": name, "description": prose(description, index + 10), "input_schema": schema(size, index + 10)}
        if name == "DeferredToolPlaceholder":
            tool["defer_loading"] = True
        result.append(tool)
    return result


def system(identity_size=62, prompt_size=6771, version="2.1.330.0e0"):
    """The system prompt: billing line, identity, instructions."""
    return [
        {"type": "text", "text": f"x-anthropic-billing-header: cc_version={version}; cc_entrypoint=sdk-cli;"},
        {"type": "text", "text": prose(identity_size, 2), "cache_control": {"type": "ephemeral"}},
        {"type": "text", "text": prose(prompt_size, 3), "cache_control": {"type": "ephemeral"}},
    ]


def request(messages, **members):
    """A main request with these messages, environment and tools around them."""
    first, *rest = messages
    body = {
        "model": "qwen-plus",
        "messages": [first, {"role": "system", "content": prose(9116, 4)}, *rest],
        "system": system(),
        "tools": tools(),
        "metadata": {"user_id": '{"device_id":"%s","account_uuid":"","session_id":"%s"}' % ("ab" * 32, uuid.UUID(int=7))},
        "max_tokens": 32000,
        "thinking": {"type": "adaptive", "display": "updates"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "high"},
        "stream": True,
    }
    body.update(members)
    return {name: value for name, value in body.items() if value is not None}


def prompt(text):
    """The user's first message: a reminder, and what was typed."""
    return {"role": "user", "content": [
        {"type": "text", "text": f"<system-reminder>\n{prose(540, 5)}\n</system-reminder>"}, {"type": "text", "text": text}]}


def call(index, name, **arguments):
    """A tool call in an assistant's message."""
    return {"type": "tool_use", "id": f"toolu_000001_{index}", "name": name, "input": arguments}


def result(index, content, error=None, last=False):
    """The result of a call, with its members in the order the client happens to use."""
    block = {"tool_use_id": f"toolu_000001_{index}", "type": "tool_result", "content": content}
    if error is not None:
        block["is_error"] = error
    if last:
        block["cache_control"] = {"type": "ephemeral"}
    return block


def png(width=8, height=8, color=(200, 30, 30)):
    """A picture, in base64."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    raw = b"".join(b"\0" + bytes(color) * width for _ in range(height))
    data = (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b""))
    return base64.b64encode(data).decode()


def image():
    """An image block."""
    return {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": png()}}


def shapes():
    """Every kind of request that was seen, by name."""
    calls = {"role": "assistant", "content": [
        {"type": "thinking", "thinking": "I should run that.", "signature": "c2lnbmF0dXJl"},
        {"type": "text", "text": "Let me run that."},
        call(0, "Bash", command="echo hi", description="Say hi"),
        call(1, "Read", file_path="/tmp/ä/b.txt"),
        call(2, "Bash", command="exit 3", description="fail"),
    ]}
    return {
        "first turn": request([prompt("Say hello.")]),
        "first turn again, without a stream": request([prompt("Say hello.")], stream=False),
        "parallel results out of order": request([prompt("Do three things."), calls, {"role": "user", "content": [
            result(1, "1\thello from a file\n2\t"), result(0, "hi", error=False), result(2, "Exit code 3", error=True, last=True)]}]),
        "result with text and image": request([prompt("Look."), {"role": "assistant", "content": [
            call(0, "Read", file_path="/tmp/p.png")]}, {"role": "user", "content": [
                result(0, [{"type": "text", "text": "A picture:"}, image()], last=True)]}]),
        "result without content, then text": request([prompt("Go."), {"role": "assistant", "content": [
            call(0, "Bash", command="true", description="")]}, {"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": "toolu_000001_0"}, {"type": "text", "text": "and now?"}]}]),
        "unknown tool refused": request([prompt("Go."), {"role": "assistant", "content": [
            call(0, "NoSuchTool", a=1)]}, {"role": "user", "content": [result(
                0, "<tool_use_error>Error: No such tool available: NoSuchTool</tool_use_error>", error=True)]}]),
        "redacted thinking, empty thinking": request([prompt("Go."), {"role": "assistant", "content": [
            {"type": "thinking", "thinking": "", "signature": "x"}, {"type": "redacted_thinking", "data": "eA=="},
            {"type": "text", "text": "Done."}]}, {"role": "user", "content": "Again."}]),
        "web search": {
            "model": "qwen-plus",
            "messages": [{"role": "user", "content": [{"type": "text", "text": "Perform a web search for the query: x"}]}],
            "system": system(62, 157, "2.1.330.355"),
            "tools": [{"type": "web_search_20250305", "name": "web_search", "max_uses": 8}],
            "tool_choice": {"type": "auto"}, "metadata": {"user_id": "{}"}, "max_tokens": 32000,
            "output_config": {"effort": "high"}, "stream": True},
        "web search in the history": request([prompt("Go."), {"role": "assistant", "content": [
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": "x"}},
            {"type": "web_search_tool_result", "tool_use_id": "srvtoolu_1", "content": [
                {"type": "web_search_result", "url": "https://example.org/", "title": "T", "encrypted_content": "e"}]},
            {"type": "text", "text": "Found."}]}, {"role": "user", "content": "More."}]),
        "title": {
            "model": "qwen-plus", "messages": [{"role": "user", "content": [{"type": "text", "text": "Fix the bug"}]}],
            "system": system(62, 900, "2.1.330.d11"), "tools": [], "metadata": {"user_id": "{}"}, "max_tokens": 32000,
            "thinking": {"type": "disabled"},
            "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {
                "type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"],
                "additionalProperties": False}}}, "stream": True},
        "probe": {"model": "qwen-plus", "max_tokens": 1, "messages": [{"role": "user", "content": "quota"}],
                  "metadata": {"user_id": "{}"}},
        "sub-agent": request([prompt("Say hello.")], tools=tools()[1:6]),
        "compaction": request([prompt("Say hello."), {"role": "assistant", "content": "Hello. " + prose(4000, 6)},
                               {"role": "user", "content": [{"type": "text", "text": "Summarise. " + prose(5000, 7)}]}]),
    }
