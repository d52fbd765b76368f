"""The stand-in for DashScope, started and looked at."""

import json
import os
import subprocess
import urllib.request

from support import eventually
from support.gateway import binary as gateway_binary


def binary():
    """`$DASHSCOPE_SIMULATOR`, or the one beside the gateway under test."""
    return os.environ.get("DASHSCOPE_SIMULATOR") or str(gateway_binary().parent / "dashscope-simulator")


class Simulator:
    """A running simulator on a port of its own."""

    def __init__(self, *arguments, port=0):
        self.process = subprocess.Popen(
            [binary(), "--listen", f"127.0.0.1:{port}", "--keep", "5000", *arguments], stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        assert "listening on http://" in line, line
        self.port = int(line.rsplit(":", 1)[1])

    @property
    def chat(self):
        """The address for `upstream_url`."""
        return f"http://127.0.0.1:{self.port}/compatible-mode/v1/chat/completions"

    def control(self, method, path, body=None):
        """Speaks to its control interface."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/simulator/{path}", method=method,
            data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def reset(self):
        """Forgets rules, requests and cached prefixes."""
        for path in ("script", "requests", "cache"):
            self.control("DELETE", path)

    def fault(self, action, **rule):
        """From now on, requests have this fault."""
        self.control("POST", "script", [{"action": action, "match": {"path": "/chat"}, **rule}])

    def requests(self):
        """What it received, in order; each exchange with its ending."""
        return self.control("GET", "requests")

    def request(self):
        """The only request it received."""
        [request] = self.requests()
        return request

    def wait_requests(self, count, timeout=10.0):
        """Waits until that many requests came."""
        return eventually(
            lambda: (lambda found: found if len(found) >= count else None)(self.requests()), timeout, f"{count} requests")

    def wait_ending(self, ending, timeout=10.0, index=-1):
        """Waits until an exchange ended in a certain way: `complete`, `client_gone`, `fault`."""
        return eventually(
            lambda: next((r for r in self.requests()[index:] if r["ending"] == ending), None), timeout, f"ending {ending}")

    def kill(self):
        """Ends it at once, as a crash would."""
        self.process.kill()
        self.process.wait(5)

    def stop(self):
        """Ends it."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process.stdout.close()
