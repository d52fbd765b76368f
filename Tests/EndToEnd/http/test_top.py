"""`torii top` on a terminal, against a gateway under load."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pytest

from support import eventually
from support.gateway import binary
from test_faults import Load, provoke, routes, upstream  # noqa: F401
from test_plugins import plugin_folder  # noqa: F401


class Terminal:
    """A terminal of so many columns and rows with a program on it, and what it shows."""

    def __init__(self, command, columns=100, rows=30):
        self.master, slave = pty.openpty()
        self.resize(columns, rows)
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.raw = b""
        # A session of its own, with the terminal as its controlling one, as a shell would start it.
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def resize(self, columns, rows):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds=0.1):
        """Takes what came within that time."""
        end = time.monotonic() + seconds
        while True:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            if not ready:
                return self
            try:
                self.raw += os.read(self.master, 65536)
            except OSError:
                return self

    def frame(self):
        """The last whole picture, as lines without control sequences."""
        pictures = self.raw.split(b"\x1b[H")
        text = pictures[-1] if len(pictures) < 2 or b"\x1b[J" in pictures[-1] else pictures[-2]
        text = text.split(b"\x1b[?7h")[0].decode()
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).split("\r\n")

    def key(self, text):
        os.write(self.master, text.encode())

    def is_as_before(self):
        return termios.tcgetattr(self.slave) == self.before

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)
        os.close(self.slave)


@pytest.fixture
def gateway(gateways, upstream, plugin_folder):  # noqa: F811
    document = routes(upstream.port, fault="segv")
    document["services"][0]["plugins"] = [{"name": "twin", "config": {}}]
    return gateways(document, workers=2, plugin_path=[plugin_folder, binary().parent])


@pytest.fixture
def top(gateway):
    started = []

    def start(*arguments, **options):
        terminal = Terminal([str(binary()), "top", "--admin-addr", f"http://127.0.0.1:{gateway.admin_port}",
                             "--interval", "200ms", *arguments], **options)
        started.append(terminal)
        return terminal

    yield start
    for terminal in started:
        terminal.close()


def rate(lines):
    """Requests a second."""
    match = re.search(r"requests/s +([0-9.]+)", "\n".join(lines))
    return float(match.group(1)) if match else 0.0


def test_it_shows_what_happens_and_leaves_the_terminal_as_it_was(gateway, top):
    with Load(gateway):
        terminal = top()
        eventually(lambda: rate(terminal.read().frame()) > 10, timeout=15, what="the rate is shown")
        lines = eventually(
            lambda: (shown := terminal.read().frame()) and any("twin" in line for line in shown) and shown,
            what="plugins are shown")
        assert lines[0].startswith("torii top") and " ready " in lines[0]
        assert any(re.search(r"^request +mean .*p99 ", line) for line in lines), lines
        assert any(re.search(r"^upstream +mean .*p99 ", line) for line in lines), lines
        assert any(re.search(r"twin 1\.0\.0 +access +[0-9.]+ .*%", line) for line in lines), lines
        provoke(gateway)
        eventually(lambda: any("faulty" in line and "SIGSEGV" in line for line in terminal.read().frame()),
                   timeout=15, what="the fault is shown")
        assert len(lines) <= 30 and max(map(len, lines)) <= 100
        # Another size is drawn at once, and nothing is wider or longer than it.
        terminal.resize(40, 10)
        terminal.process.send_signal(signal.SIGWINCH)
        eventually(lambda: len(shown := terminal.read().frame()) <= 10 and max(map(len, shown)) <= 40,
                   what="it fits the terminal")
        assert not terminal.is_as_before(), "keys come one by one"
        terminal.key("x")
        terminal.read(0.3)
        assert terminal.process.poll() is None
        terminal.key("q")
        assert terminal.process.wait(5) == 0
    terminal.read()
    assert terminal.is_as_before()
    # The other screen is left, the cursor is back, and lines wrap again.
    assert terminal.raw.endswith(b"\x1b[?7h\x1b[?25h\x1b[?1049l")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_leave_the_terminal_as_it_was(top, number):
    terminal = top()
    eventually(lambda: b"requests/s" in terminal.read().raw, timeout=10, what="it draws")
    terminal.process.send_signal(number)
    terminal.process.wait(5)
    terminal.read()
    assert terminal.is_as_before() and terminal.raw.endswith(b"\x1b[?1049l")


def test_a_gateway_that_goes_away_is_told_and_one_that_comes_back_is_shown(gateway, top):
    terminal = top()
    eventually(lambda: b"requests/s" in terminal.read().raw, timeout=10, what="it draws")
    os.kill(gateway.controller_pid(), signal.SIGSTOP)
    stopped = gateway.controller_pid()
    terminal.read(0.5)
    terminal.key("q")
    try:
        # It is waiting for an answer, and yet obeys.
        assert terminal.process.wait(12) is not None
    finally:
        os.kill(stopped, signal.SIGCONT)
    terminal.read()
    assert terminal.is_as_before()
