"""Reloads under constant load, a thousand when asked: two builds of a plugin and two configurations in turn.

`make reload-test` does the thousand (`TORII_TEST_RELOADS`) and prints what it cost; the ordinary run does a few.
"""

import json
import os
import random
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from support import Client, eventually
from support.processes import descriptors, memory
from test_faults import admin, status
from test_reload import KeepAliveLoad, answer, builds, document, place, served_by, upstream, world  # noqa: F401

RELOADS = int(os.environ.get("TORII_TEST_RELOADS", "40"))
STREAMS = 200
# What the gateway keeps to go back to (16 generations), the plugins that come with it, and what is on its way.
COPIES = 20


@dataclass
class Footprint:
    """What one process holds."""

    resident: int
    dirty: int
    mappings: int
    descriptors: int

    @classmethod
    def of(cls, pid):
        """Now."""
        with open(f"/proc/{pid}/maps") as maps:
            count = sum(1 for _ in maps)
        held = memory(pid)
        return cls(held.resident, held.private_dirty, count, descriptors(pid))

    def __str__(self):
        return f"{self.resident >> 10:7} KB {self.dirty >> 10:7} KB {self.mappings:5} {self.descriptors:5}"


def processes(gateway):
    """All of the gateway's, by name."""
    named = {"supervisor": gateway.pid, "controller": gateway.controller_pid()}
    named.update({f"worker {index}": pid for index, pid in enumerate(gateway.worker_pids())})
    return named


def copies(gateway):
    """The libraries in the gateway's own store: how many, and their bytes."""
    files = [path for path in (gateway.folder / "state" / "libraries").iterdir()]
    return len(files), sum(path.stat().st_size for path in files)


def mapped_copies(pids):
    """How many different copies of libraries the workers have mapped, all together."""
    count = 0
    for pid in pids:
        with open(f"/proc/{pid}/maps") as maps:
            count += len({line.split()[5] for line in maps if "/libraries/" in line})
    return count


class Wrk:
    """wrk on keep-alive connections, each response checked by one_build.lua; where it is not installed, the other load is alone."""

    def __init__(self, gateway, connections=16):
        self.process = None
        if shutil.which("wrk"):
            script = Path(__file__).parents[1] / "support" / "one_build.lua"
            self.process = subprocess.Popen(
                ["wrk", "-t1", f"-c{connections}", "-d3600s", "--timeout", "30s", "-s", str(script),
                 f"http://127.0.0.1:{gateway.port}/"], stdout=subprocess.PIPE, text=True)

    def finish(self):
        """Ends it; what it counted, or None."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGINT)
        output, _ = self.process.communicate(timeout=30)
        return json.loads(output.strip().splitlines()[-1])


class Streams:
    """Responses that take long: half of them through the whole test, the others for seconds, again and again."""

    def __init__(self, gateway, count):
        self.gateway, self.done, self.served, self.problems = gateway, threading.Event(), 0, []
        self.long = []
        for _ in range(count // 2):
            client = Client(gateway.port, timeout=30)
            client.request("GET", "/stream/long")
            self.long.append((client, client.response_head()))
        self.threads = [threading.Thread(target=self.run, args=(random.Random(n),), daemon=True)
                        for n in range(count - count // 2)]
        for thread in self.threads:
            thread.start()

    def run(self, dice):
        while not self.done.is_set():
            try:
                with Client(self.gateway.port, timeout=30) as client:
                    client.request("GET", f"/stream/{dice.randint(5, 40)}")
                    self.check(client, client.response_head())
                self.served += 1
            except Exception as problem:  # noqa: BLE001
                self.problems.append(repr(problem))
                return

    def check(self, client, head):
        """A stream ends with the build with which it began, whatever has come since."""
        assert head is not None and head.status == 200, head
        response = client.finish(head)
        saw, body = response.body.decode().split("|")
        assert saw == body.lstrip(".") == head.value("x-build") and not response.truncated, response.body[-40:]

    def finish(self):
        """Lets all of them end."""
        self.done.set()
        for thread in self.threads:
            thread.join(30)
        for client, head in self.long:
            try:
                self.check(client, head)
                self.served += 1
            except Exception as problem:  # noqa: BLE001
                self.problems.append(repr(problem))
            client.close()


def streaming(gate):
    """The upstream's handler: streams in small pieces, everything else at once."""
    def handle(connection, request):
        if not request.target.startswith("/stream/"):
            return answer(connection, request)
        name = (request.value("x-build") or "").encode()
        connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s|\r\n" % (len(name) + 1, name))
        length = request.target.rpartition("/")[2]
        if length == "long":
            while not gate.wait(1):
                connection.send(b"1\r\n.\r\n")
        else:
            for _ in range(int(length)):
                time.sleep(0.1)
                connection.send(b"1\r\n.\r\n")
        connection.send(b"0\r\n\r\n")

    return handle


def test_reloads_under_load_lose_nothing(world, upstream, builds):  # noqa: F811
    """No request fails, no connection is closed, no stream is dropped, nothing grows; each response is of one generation."""
    upstream.record = lambda request: None
    gate = threading.Event()
    upstream.handler = streaming(gate)
    gateway = world()
    pids = gateway.worker_pids()
    staged = copies(gateway)[0]
    streams = Streams(gateway, STREAMS)
    load = Wrk(gateway)
    early, took = {}, []
    with KeepAliveLoad(gateway) as checked:
        eventually(lambda: checked.served > 50, what="the load runs")
        for number in range(RELOADS):
            place(builds["b" if number % 2 == 0 else "a"], gateway.plugins)
            gateway.configure(document(upstream.port, mark=f"-{number % 4 // 2}"))
            begun = time.monotonic()
            code, body = admin(gateway, "POST", "/torii/reload")
            took.append(time.monotonic() - begun)
            assert code == 200, body
            assert not checked.problems and not streams.problems, checked.problems + streams.problems
            if number == RELOADS // 4:
                early = {name: (pid, Footprint.of(pid)) for name, pid in processes(gateway).items()}
        served = checked.served
        eventually(lambda: checked.served > served + 20, what="the load goes on")
    late = {name: (pid, Footprint.of(pid)) for name, pid in processes(gateway).items()}
    counted = load.finish()
    gate.set()
    streams.finish()

    took.sort()
    print(f"\n{RELOADS} reloads, each in {took[len(took) // 2] * 1000:.0f} ms (median), {took[-1] * 1000:.0f} ms (longest)")
    print(f"checked keep-alive requests {checked.served}, streams {streams.served}, wrk {counted}")
    print(f"copies in the store: {copies(gateway)}")
    for name in late:
        print(f"{name:12} {'after a quarter':16} {early[name][1]}\n{'':12} {'at the end':16} {late[name][1]}")

    assert checked.problems == [] and streams.problems == []
    assert len(checked.builds) >= 4, checked.builds
    if counted:
        lost = {name: counted[name] for name in ("wrong", "closing", "connect", "read", "write", "status", "timeout")}
        assert not any(lost.values()), counted
        assert counted["requests"] > 0
    # Nobody was replaced, and nobody has grown.
    assert gateway.worker_pids() == pids
    for name, (pid, before) in early.items():
        after = late[name][1]
        assert late[name][0] == pid, f"{name} was started again"
        assert after.dirty - before.dirty < 4 << 20, (name, before, after)
        assert after.resident - before.resident < 6 << 20, (name, before, after)
        assert after.mappings - before.mappings < 30, (name, before, after)
        # Streams come and go, and are not spread evenly.
        assert after.descriptors - before.descriptors < 2 * STREAMS, (name, before, after)
    assert copies(gateway)[0] == staged + 1, "there are two builds, one of them was there at the start"
    # What nothing uses any more is unmapped: one copy a worker is left.
    eventually(lambda: mapped_copies(pids) <= len(pids), what="old images are unmapped")


def test_builds_that_come_and_go_leave_nothing_behind(world, builds):  # noqa: F811
    """Each reload brings another library: copies on the disk and mappings stay as few as there are generations to go back to."""
    gateway = world()
    whole = builds["a"].read_bytes()
    for number in range(3 * COPIES):
        # What stands behind an ELF file's end changes nothing but its hash.
        other = gateway.plugins / "other"
        other.write_bytes(whole + b"%d" % number)
        place(other, gateway.plugins)
        code, body = admin(gateway, "POST", "/torii/reload")
        assert code == 200, body
    assert copies(gateway)[0] <= COPIES, copies(gateway)
    eventually(lambda: mapped_copies(gateway.worker_pids()) <= 2, what="old images are unmapped")
    # What it can still go back to is there.
    oldest = status(gateway)["generations"][0]["number"]
    assert admin(gateway, "POST", "/torii/rollback", {"generation": oldest})[0] == 200
    assert served_by(gateway) == "a"
