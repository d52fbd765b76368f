"""The gateway, its plugins and its upstreams."""

import json
import os
import shutil
import subprocess
import time
from pathlib import Path

from support import Client, Gateway, Upstream, refused_port
from support.gateway import REPOSITORY, binary

KINDS = ("segv", "abort", "exit", "hang")
PHASES = ("access", "request_body", "header_filter", "body_filter", "log", "event")
BIG = 200_000
PIECES = 20


def compile_plugin(source, library, *options):
    """Builds one plugin in C."""
    sdk = REPOSITORY / "SDK" / "C"
    library.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O1", "-g", "-shared", "-fPIC", f"-I{sdk}/include",
         f"-I{REPOSITORY / 'Tests' / 'Plugins'}", *options, f"-Wl,--version-script={sdk}/plugin.map", "-o", library,
         source, "-lpthread"], check=True, timeout=120)


def sound_answer(connection, request):
    """Says which build of `twin` it saw, then what the path asks for: nothing, much, or a little over a long time."""
    build = (request.value("x-build") or "").encode() + b"|"
    if request.target.startswith("/stream"):
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(build), build))
        pause = int(request.target.rpartition("/")[2]) / 1000
        for _ in range(PIECES):
            time.sleep(pause)
            connection.send(b"1\r\n.\r\n")
        connection.send(b"0\r\n\r\n")
        return
    body = build + (b"." * BIG if request.target.startswith("/big") else b"")
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def failing_answer(connection, request):
    """Fails as the path says."""
    way = request.target.rpartition("/")[2]
    if way == "reset":
        connection.reset()
    elif way == "half-a-head":
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Le")
        connection.reset()
    elif way == "cut":
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
    elif way == "cut-chunked":
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n5\r\n01")
    elif way == "stall":
        connection.wait_closed(20)
    elif way == "stall-in-the-body":
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
        connection.wait_closed(20)
    return "close"


class Forgetful(Upstream):
    """An upstream that remembers nothing: it runs for hours."""

    def record(self, request):
        """Nobody looks at them."""

    def forget(self):
        """Drops what it knows of connections that are closed."""
        with self._lock:
            self.connections[:] = [connection for connection in self.connections if not connection.closed.is_set()]


class World:
    """Everything that is started, and stopped again."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.plugins = self.folder / "plugins"
        self.builds = {}
        sources = REPOSITORY / "Tests" / "Plugins"
        for name in ("a", "b"):
            self.builds[name] = self.folder / "builds" / name / "libtwin.so"
            compile_plugin(sources / "twin.c", self.builds[name], f'-DBUILD="{name}"')
        compile_plugin(sources / "faulty.c", self.plugins / "libfaulty.so")
        compile_plugin(Path(__file__).with_name("whoami.c"), self.plugins / "libwhoami.so")
        self.place(self.builds["a"].read_bytes())
        self.sound = Forgetful(sound_answer)
        self.failing = Forgetful(failing_answer)
        self.refusing = refused_port()
        settings = {"plugin_hang_timeout": "500ms", "plugin_path": [self.plugins, binary().parent]}
        self.gateway = Gateway(self.document(0), workers=2, start=False, plugin_crash_limit=1000, **settings)
        # Quarantine has a gateway of its own: its limit is for a whole gateway.
        self.small = Gateway(self.quarantine_document(), workers=1, start=False, plugin_crash_limit=3, **settings)

    def start(self):
        self.gateway.start(timeout=30)
        self.small.start(timeout=30)

    def stop(self):
        """Gives the exit codes of the gateways."""
        codes = [gateway.stop(timeout=40) for gateway in (self.gateway, self.small)]
        self.sound.stop()
        self.failing.stop()
        return codes

    def place(self, content):
        """Puts a build of `twin` into the plugin folder, in one step as an installer does."""
        scratch = self.plugins / "scratch"
        scratch.write_bytes(content)
        os.replace(scratch, self.plugins / "libtwin.so")

    def document(self, number):
        """Two configurations, by an even or odd number: another mark, other routes."""
        number %= 2
        faults = [
            {"name": f"{kind}-{phase}", "paths": [f"/fault/{kind}/{phase}"], "plugins": [
                {"name": "faulty", "config": {"fault": kind, "phase": phase, "header": "X-Fault"}}]}
            for kind in KINDS for phase in PHASES]
        others = [{"name": f"other-{n}", "paths": [f"/other/{n}"]} for n in range(60 * number)]
        sound = {"host": "127.0.0.1", "port": self.sound.port, "protocol": "http"}
        whoami = {"name": "whoami", "config": {}}
        # A stall is to end soon, but not because this test is late; no second attempt, so that one request has one outcome.
        short = {"host": "127.0.0.1", "protocol": "http", "read_timeout": 5000, "connect_timeout": 5000, "retries": 0}
        return {"_format_version": "3.0", "services": [
            {"name": "sound", **sound, "routes": [{"name": "sound", "paths": ["/"], "strip_path": False}, *others],
             "plugins": [{"name": "twin", "config": {"mark": f"-{number}"}}, whoami]},
            {"name": "provoked", **sound, "routes": faults},
            {"name": "failing", **short, "port": self.failing.port,
             "routes": [{"name": "failing", "paths": ["/failing"], "strip_path": False}]},
            {"name": "refusing", **short, "port": self.refusing, "routes": [{"name": "refusing", "paths": ["/refusing"]}]},
        ]}

    def quarantine_document(self):
        """One route with `faulty`, one without."""
        return {"_format_version": "3.0", "services": [
            {"name": "service", "host": "127.0.0.1", "port": self.sound.port, "protocol": "http", "routes": [
                {"name": "sound", "paths": ["/sound"]},
                {"name": "faulty", "paths": ["/faulty"], "plugins": [
                    {"name": "faulty", "config": {"fault": "segv", "header": "X-Fault"}}]}]}]}


def admin(gateway, method, path, body=None, timeout=30.0):
    """A call of the Admin API: status and JSON. OSError when the controller is not there."""
    data = json.dumps(body).encode() if body is not None else b""
    with Client(gateway.admin_port, timeout=timeout) as client:
        client.request(method, path, headers=[("Content-Type", "application/json")] if data else [], body=data)
        response = client.response()
    if response is None or response.truncated:
        raise ConnectionError("the controller ended the connection")
    return response.status, (json.loads(response.body) if response.body else None)


def status(gateway, timeout=15.0):
    """GET /torii/status, also across the end of a controller."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            code, body = admin(gateway, "GET", "/torii/status")
            if code == 200:
                return body
        except OSError:
            pass
        if time.monotonic() > deadline:
            raise AssertionError(f"the status was not to be had for {timeout} s")
        time.sleep(0.02)
