"""The real gateway, started and stopped."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path

from .processes import children, command_line, is_alive, memory
from .waiting import eventually

REPOSITORY = Path(__file__).resolve().parents[3]


class GatewayError(Exception):
    """The gateway did not do what it was asked; the text holds its log."""


def binary():
    """`$TORII_BINARY`, or the newest build in the repository."""
    given = os.environ.get("TORII_BINARY")
    if given:
        return Path(given)
    builds = [REPOSITORY / ".build" / kind / "torii" for kind in ("release", "debug")]
    builds = [path for path in builds if path.exists()]
    if not builds:
        raise GatewayError("there is no gateway to test: build it, or set TORII_BINARY")
    return max(builds, key=lambda path: path.stat().st_mtime)


class Gateway:
    """A running gateway with a declarative configuration (an object or a text), on free ports of the loopback.

    Settings are given by their names (`drain_timeout="2s"`). With `tls=True` there is a TLS port, too.
    """

    def __init__(self, configuration=None, workers=1, tls=False, environment=None, plugin_path=(), start=True,
                 proxy_port=0, **settings):
        self.folder = Path(tempfile.mkdtemp(prefix="torii-test-"))
        self.file = self.folder / "torii.yaml"
        self.workers = workers
        self.has_tls = tls
        self.settings = {"log_level": "info", "prefix": str(self.folder / "state"), **settings}
        self.environment = environment or {}
        self.plugin_path = [str(path) for path in plugin_path]
        self.proxy_port = proxy_port
        self.lines = []
        self.process = None
        self.port = self.tls_port = self.admin_port = self.status_port = None
        self._changed = threading.Condition()
        self.configure(configuration or {"_format_version": "3.0"})
        if start:
            self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def configure(self, configuration):
        """Writes the configuration's file, in one step."""
        text = configuration if isinstance(configuration, str) else json.dumps(configuration, indent=1)
        scratch = self.file.with_suffix(".new")
        scratch.write_text(text)
        scratch.replace(self.file)

    def command(self):
        """The command line."""
        listen = f"127.0.0.1:{self.proxy_port}" + (", 127.0.0.1:0 ssl" if self.has_tls else "")
        settings = {
            "proxy_listen": listen, "admin_listen": "127.0.0.1:0", "status_listen": "127.0.0.1:0",
            "workers": str(self.workers), **self.settings,
        }
        if self.plugin_path:
            settings["plugin_path"] = ":".join(self.plugin_path)
        flags = [part for name, value in settings.items() for part in ("--" + name.replace("_", "-"), str(value))]
        return [str(binary()), "run", "-c", str(self.file), *flags]

    def start(self, timeout=10.0):
        """Starts it and waits until its configuration is in service."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TORII_")}
        environment.update(self.environment)
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment, start_new_session=True, cwd=self.folder)
        threading.Thread(target=self._read_log, args=(self.process.stdout,), daemon=True).start()
        line = self.wait_log(r"listens: (.*)", timeout).group(1)
        ports = re.findall(r"(proxy|admin|status) (https?)://[^ ,]*:(\d+)", line)
        for purpose, scheme, port in ports:
            name = "tls_port" if (purpose, scheme) == ("proxy", "https") else ("port" if purpose == "proxy" else f"{purpose}_port")
            setattr(self, name, int(port))
        number = self.wait_log(r"controller: generation (\d+) is in service", timeout).group(1)
        self._wait_workers(number, timeout, 0)
        return self

    def _read_log(self, pipe):
        for line in pipe:
            with self._changed:
                self.lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self.lines.append("(end of log)")
            self._changed.notify_all()

    # The log

    @property
    def log(self):
        """All of it, as one text."""
        return "\n".join(self.lines)

    def mark(self):
        """A place in the log, for `wait_log` to begin at."""
        return len(self.lines)

    def wait_log(self, pattern, timeout=5.0, since=0, count=1):
        """Waits for the `count`-th line since a mark that matches, and gives the match."""
        expression = re.compile(pattern)
        deadline = time.monotonic() + timeout
        position, seen = since, 0
        with self._changed:
            while True:
                while position < len(self.lines):
                    match = expression.search(self.lines[position])
                    position += 1
                    if match:
                        seen += 1
                        if seen == count:
                            return match
                ended = bool(self.lines) and self.lines[-1] == "(end of log)"
                if ended or not self._changed.wait(max(0, deadline - time.monotonic())):
                    if ended or time.monotonic() >= deadline:
                        raise GatewayError(f"the log does not say {pattern!r}:\n" + "\n".join(self.lines[since:][-60:]))

    # Configuration

    def reload(self, configuration=None, timeout=10.0):
        """Writes a configuration, sends SIGHUP and waits until every worker serves it. Gives the generation's number."""
        mark = self.mark()
        if configuration is not None:
            self.configure(configuration)
        self.process.send_signal(signal.SIGHUP)
        match = self.wait_log(r"controller: (?:generation (\d+) is in service|.*refused.*)", timeout, mark)
        if match.group(1) is None:
            raise GatewayError(f"the configuration was refused:\n{self.log}")
        number = match.group(1)
        self._wait_workers(number, timeout, mark)
        return int(number)

    def _wait_workers(self, number, timeout, since):
        for index in range(self.workers):
            self.wait_log(rf"worker {index}: generation {number} is in service", timeout, since)

    # Processes

    @property
    def pid(self):
        """The supervisor."""
        return self.process.pid

    def _role(self, role):
        return sorted(pid for pid in children(self.pid) if command_line(pid)[1:2] == [role])

    def worker_pids(self):
        """The workers that run now."""
        return self._role("worker")

    def controller_pid(self):
        """The controller, or None."""
        return next(iter(self._role("controller")), None)

    def worker_pid(self):
        """The only worker."""
        return eventually(lambda: (self.worker_pids() or [None])[0], what="a worker runs")

    def memory(self):
        """Of the only worker."""
        return memory(self.worker_pid())

    def stop(self, number=signal.SIGTERM, timeout=10.0):
        """Stops it, and removes what it left. Gives the exit code; None when it had to be killed."""
        code = None
        if self.process is not None:
            if self.process.poll() is None:
                self.process.send_signal(number)
            try:
                code = self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self._kill()
            self.process.stdout.close() if self.process.stdout and not self._reading() else None
        shutil.rmtree(self.folder, ignore_errors=True)
        return code

    def wait_exit(self, timeout=10.0):
        """Waits until the supervisor has ended by itself, and gives its exit code."""
        return self.process.wait(timeout)

    def _reading(self):
        return not (self.lines and self.lines[-1] == "(end of log)")

    def _kill(self):
        # The whole of what this object started, and nothing else.
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(5)

    def all_pids(self):
        """Supervisor, controller and workers."""
        return [self.pid, *children(self.pid)]

    def all_gone(self, pids):
        """Whether none of these processes runs."""
        return not any(is_alive(pid) for pid in pids)
