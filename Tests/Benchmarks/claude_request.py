"""Writes a request of the size and shape that Claude Code sends on a first turn: 50 KB, of which tools 31, system 7."""

import json
import random

# name, bytes of its description, bytes of its schema
TOOLS = [
    ("Agent", 3200, 2050), ("Bash", 2100, 1800), ("Edit", 360, 590), ("ListAgents", 1430, 510), ("Read", 790, 1140),
    ("ReportFindings", 570, 1900), ("ScheduleWakeup", 3400, 1500), ("Skill", 1400, 350), ("ToolSearch", 950, 430),
    ("Workflow", 3500, 2240), ("WebFetch", 1200, 600), ("Write", 240, 370),
]
# Of a recorded request, 2.4 bytes in a hundred are backslashes and half a byte begins what is not ASCII.
WORDS = (
    "the file path command result of a tool must be read before it is changed and never twice when quoted text or "
    "`code` follows use absolute paths — each call returns at most 2000 lines unless a limit is given"
).split()

# All that the client sends, in its order: how much an open stream holds depends on it.
HEADERS = {
    "Accept": "application/json", "Authorization": "Bearer x", "Content-Type": "application/json",
    "User-Agent": "claude-cli/2.1.330 (external, sdk-cli)",
    "X-Claude-Code-Session-Id": "11111111-2222-3333-4444-555555555555",
    "X-Stainless-Arch": "x64", "X-Stainless-Lang": "js", "X-Stainless-OS": "Linux",
    "X-Stainless-Package-Version": "0.128.0", "X-Stainless-Retry-Count": "0", "X-Stainless-Runtime": "node",
    "X-Stainless-Runtime-Version": "v26.12.1", "X-Stainless-Timeout": "600",
    "anthropic-beta": "claude-code-20250219,interleaved-thinking-2025-05-14,context-management-2025-06-27,"
    "mid-conversation-tool-changes-2026-07-01,thinking-token-count-2026-05-13,advanced-tool-use-2025-11-20,"
    "effort-2025-11-24,thinking-display-updates-2026-08-18",
    "anthropic-dangerous-direct-browser-access": "true", "anthropic-version": "2023-06-01", "x-api-key": "x",
    "x-app": "cli", "Accept-Encoding": "gzip, deflate, br, zstd",
}


class Writer:
    """Text that reads like instructions; the same on every run, another for each seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def text(self, size):
        """So many bytes, with lines, lists and quotes in them."""
        parts, length = [], 0
        while length < size:
            word = self.random.choice(WORDS)
            separator = self.random.choices([" ", "\n", "\n- ", '"'], [30, 2, 1, 2])[0]
            parts.append(word + separator)
            length += len((word + separator).encode())
        return "".join(parts)

    def schema(self, size):
        """A tool's input, described in about so many bytes."""
        properties = {}
        while len(json.dumps(properties)) < size - 150:
            name = f"{self.random.choice(['path', 'limit', 'query', 'options', 'mode'])}_{len(properties)}"
            kind = self.random.choice(["string", "number", "boolean"])
            properties[name] = {"description": self.text(min(160, size // 3)), "type": kind}
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "properties": properties,
            "required": list(properties)[:1], "additionalProperties": False,
        }


def request(stream, answer_tokens=64, seed=1):
    """The request's body; the simulator answers it with so many tokens."""
    writer = Writer(seed)
    cached = {"cache_control": {"type": "ephemeral"}}
    tools = [{"name": name, "description": writer.text(description), "input_schema": writer.schema(schema)}
             for name, description, schema in TOOLS]
    body = {
        "model": "qwen-plus",
        "messages": [
            {"role": "user", "content": [
                {"type": "text", "text": "<system-reminder>\n" + writer.text(560) + "\n</system-reminder>"},
                {"type": "text", "text": f"[[long:{answer_tokens}]]", **cached}]},
            {"role": "system", "content": [{"type": "text", "text": writer.text(8800), **cached}]},
        ],
        "system": [
            {"type": "text", "text": "x-anthropic-billing-header: cc_version=2.1.330.d11; cc_entrypoint=cli;"},
            {"type": "text", "text": "You are a coding assistant.", **cached},
            {"type": "text", "text": writer.text(6800), **cached}],
        "tools": tools,
        "metadata": {"user_id": json.dumps({"device_id": "0" * 64, "account_uuid": "", "session_id": "1" * 36})},
        "max_tokens": 32000,
        "thinking": {"type": "adaptive", "display": "updates"},
        "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        "output_config": {"effort": "high"},
        "stream": stream,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


if __name__ == "__main__":
    print(request(stream=True).decode())
