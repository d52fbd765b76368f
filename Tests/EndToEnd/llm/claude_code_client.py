"""The real Claude Code, run without a terminal, with a home of its own and no network but the loopback."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from support import refused_port

# What it says about every model that is none of Anthropic's, and about a home in which it never was.
EXPECTED = [
    r"Failed to save config with lock: .*ENOENT", r"\"[\w.-]+\" isn't described by this version's model catalog",
    r"Claude Code doesn't recognize the model", r"\[claude-code:unrecognized_model\]",
]


def find():
    """Where it is: `$CLAUDE_CODE`, which `Tests/run-claude-code-tests.sh` sets; None otherwise."""
    given = os.environ.get("CLAUDE_CODE")
    return Path(given) if given else None


class Run:
    """What a run came to."""

    def __init__(self, code, output, errors, log):
        self.code = code
        self.errors = errors
        self.log = log
        self.messages = [json.loads(line) for line in output.splitlines()]

    def kind(self, kind, subtype=None):
        """The messages of a kind."""
        return [one for one in self.messages if one["type"] == kind and subtype in (None, one.get("subtype"))]

    @property
    def result(self):
        """How it ended."""
        [result] = self.kind("result")
        return result

    @property
    def text(self):
        """Its answer."""
        return self.result["result"]

    def blocks(self, role, kind):
        """The content blocks of a kind in what the model or the tools have said."""
        return [block for message in self.kind(role) if isinstance(message["message"]["content"], list)
                for block in message["message"]["content"] if block["type"] == kind]

    @property
    def calls(self):
        """The tool calls that it understood."""
        return [(block["name"], block["input"]) for block in self.blocks("assistant", "tool_use")]

    @property
    def results(self):
        """What the tools gave, as text."""
        return [content if isinstance(content := block.get("content"), str) else json.dumps(content)
                for block in self.blocks("user", "tool_result")]

    @property
    def complaints(self):
        """Everything that it did not like: retries, warnings and errors, also those that it keeps to itself."""
        lines = [line for line in self.errors.splitlines() if line]
        lines += [line for line in self.log.splitlines() if re.match(r"\S+ \[(WARN|ERROR)\]", line)]
        lines = [line for line in lines if not any(re.search(pattern, line) for pattern in EXPECTED)]
        return lines + [json.dumps(one) for one in self.kind("system", "api_retry")]


class ClaudeCode:
    """The client with a home and a folder to work in. What it is told to do is in the prompt (see the simulator's markers)."""

    def __init__(self, world, model="qwen-plus", **environment):
        self.home = Path(tempfile.mkdtemp(prefix="claude-code-"))
        self.folder = self.home / "work"
        self.folder.mkdir()
        (self.home / "tmp").mkdir()
        self.running = []
        nowhere = f"http://127.0.0.1:{refused_port()}"
        self.environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(self.home), "TERM": "dumb", "LANG": "C.UTF-8",
            "TMPDIR": str(self.home / "tmp"), "CLAUDE_CODE_TMPDIR": str(self.home / "tmp"), "SHELL": "/bin/sh",
            "ANTHROPIC_BASE_URL": world.base_url, "ANTHROPIC_MODEL": model, "ANTHROPIC_API_KEY": "x",
            # Nothing is looked for on the network: switched off, and where a switch is missing, there is no way.
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1",
            "DISABLE_ERROR_REPORTING": "1", "HTTP_PROXY": nowhere, "HTTPS_PROXY": nowhere, "NO_PROXY": "127.0.0.1,localhost",
            # All tools are offered from the start, so that the simulator can call them.
            "ENABLE_TOOL_SEARCH": "false",
            **environment,
        }
        self.environment = {name: value for name, value in self.environment.items() if value is not None}

    def start(self, prompt, *arguments):
        """Starts it."""
        debug = self.home / f"debug-{len(self.running)}.log"
        process = subprocess.Popen(
            [find(), "-p", "--output-format", "stream-json", "--verbose", "--debug-file", debug, *arguments, "--", prompt],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
            env=self.environment, start_new_session=True)
        process.debug = debug
        self.running.append(process)
        return process

    def wait(self, process, timeout=60.0):
        """Waits for its end."""
        output, errors = process.communicate(timeout=timeout)
        log = process.debug.read_text(errors="replace") if process.debug.exists() else ""
        return Run(process.returncode, output, errors, log)

    def run(self, prompt, *arguments, timeout=60.0):
        """Asks it something."""
        return self.wait(self.start(prompt, *arguments), timeout)

    def stop(self):
        """Ends what still runs, and removes what it left."""
        for process in self.running:
            if process.poll() is None:
                # Its own session: the client and what it has started, and nothing else.
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate(timeout=10)
        shutil.rmtree(self.home, ignore_errors=True)
