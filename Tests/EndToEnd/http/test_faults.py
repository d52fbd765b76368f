"""Plugins that crash, hang, exit and misbehave, under load: what it costs, who is named, and what becomes of them.

The plugin is `faulty` of Tests/Plugins; it does one thing that no plugin may.
"""

import json
import os
import signal
import threading
import time

import pytest

from support import Client, Gateway, Upstream, eventually, fetch
from support.gateway import binary
from support.processes import is_alive
from test_plugins import plugin_folder  # noqa: F401


def routes(port, faulty=None, **config):
    """A service with two routes: /sound has no plugin, /faulty has one."""
    plugins = [{"name": "faulty", "config": {"header": "X-Fault", **config}}]
    return {"_format_version": "3.0", "services": [{
        "name": "service", "host": "127.0.0.1", "port": port, "protocol": "http", "routes": [
            {"name": "sound", "paths": ["/sound"]},
            {"name": "faulty", "paths": ["/faulty"], "plugins": plugins}]}]}


def admin(gateway, method, path, body=None):
    """A call of the Admin API: status and JSON."""
    data = json.dumps(body) if body is not None else None
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(data)))] if data else []
    with Client(gateway.admin_port) as client:
        client.request(method, path, headers=headers, body=data or b"")
        response = client.response()
    return response.status, (json.loads(response.body) if response.body else None)


def status(gateway):
    return admin(gateway, "GET", "/torii/status")[1]


def faults(gateway):
    return status(gateway)["faults"]


class Load:
    """Requests to /sound, one after the other on a connection of their own, until it is stopped."""

    def __init__(self, gateway, threads=2):
        self.gateway = gateway
        self.done = False
        self.served = 0
        self.lost = []
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        eventually(lambda: self.served > 20, what="the load runs")
        return self

    def run(self):
        while not self.done:
            try:
                response = fetch(self.gateway, target="/sound")
                if response is None or response.status != 200:
                    self.lost.append(response and response.status)
                else:
                    self.served += 1
            except OSError as error:
                self.lost.append(repr(error))

    def __exit__(self, *_):
        self.done = True
        for thread in self.threads:
            thread.join(10)


@pytest.fixture
def upstream():
    made = Upstream(lambda connection, request: connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))
    yield made
    made.stop()


def start(gateways, upstream, folder, workers=2, config=None, **settings):
    return gateways(routes(upstream.port, **(config or {})), workers=workers, plugin_path=[folder, binary().parent],
                    **settings)


def provoke(gateway, method="GET", body=b""):
    """A request that makes the plugin do it; what comes back, or None when the connection ends."""
    try:
        with Client(gateway.port) as client:
            client.request(method, "/faulty", headers=[("X-Fault", "1"), ("Content-Length", str(len(body)))], body=body)
            return client.response()
    except OSError:
        return None


@pytest.mark.parametrize("fault,name", [
    ("segv", "SIGSEGV"), ("abort", "SIGABRT"), ("trap", "SIGILL"), ("stack", "SIGSEGV"),
])
def test_a_crash_costs_one_worker_and_is_named(gateways, upstream, plugin_folder, fault, name):
    gateway = start(gateways, upstream, plugin_folder, config={"fault": fault})
    before = gateway.worker_pids()
    with Load(gateway) as load:
        response = provoke(gateway)
        assert response is None or response.status >= 500
        eventually(lambda: len(gateway.worker_pids()) == 2 and gateway.worker_pids() != before, what="another worker")
        served = load.served
        eventually(lambda: load.served > served + 50, what="the load goes on")
    # What was in flight on the worker that crashed, and nothing else.
    assert len(load.lost) <= 2
    gateway.wait_log(rf"plugin faulty 1\.0\.0 \(.*\) crashed with {name} in access of a request by route ")
    fault, = faults(gateway)
    assert (fault["kind"], fault["plugin"], fault["version"], fault["signal"]) == ("crash", "faulty", "1.0.0", name)
    assert (fault["phase"], fault["route_name"]) == ("access", "faulty")
    assert fault["source"].endswith("/libfaulty.so") and not fault["quarantined"]
    if fault != "stack":
        assert any("faulty" in frame for frame in fault["trace"]), fault["trace"]


@pytest.mark.parametrize("phase", ["access", "request_body", "header_filter", "body_filter", "log", "event"])
def test_the_phase_is_named(gateways, upstream, plugin_folder, phase):
    gateway = start(gateways, upstream, plugin_folder, workers=1, config={"fault": "segv", "phase": phase})
    provoke(gateway, "POST", b"body")
    fault, = eventually(lambda: faults(gateway), what="the fault is known")
    assert (fault["phase"], fault["plugin"], fault["route_name"]) == (phase, "faulty", "faulty")
    eventually(lambda: fetch(gateway, target="/sound").status == 200, what="it serves again")


def test_a_worker_is_replaced_in_a_tenth_of_a_second(gateways, upstream, plugin_folder):
    """From its death to the first answer of the next one. The best of some: others use the machine, too."""
    gateway = start(gateways, upstream, plugin_folder, workers=1, config={"fault": "segv"}, plugin_crash_limit=100)
    took = []
    for _ in range(10):
        pid = gateway.worker_pid()
        # Its connection ends when the worker does.
        assert provoke(gateway) is None
        begun = time.monotonic()
        # The connection waits in the listener's queue; nobody refuses it.
        assert fetch(gateway, target="/sound").status == 200
        took.append(time.monotonic() - begun)
        assert not is_alive(pid)
    print(f"replaced in {min(took) * 1000:.0f} to {max(took) * 1000:.0f} ms")
    assert min(took) < 0.1, took


def test_what_plugins_hold_is_told(gateways, upstream, plugin_folder):
    """A plugin that keeps what it allocates touches new memory again and again; one that does not, does not."""
    document = routes(upstream.port, fault="leak")
    document["services"][0]["plugins"] = [{"name": "twin", "config": {}}]
    gateway = gateways(document, workers=1, plugin_path=[plugin_folder, binary().parent])
    for _ in range(60):
        assert provoke(gateway).status == 200

    def told():
        entries = {entry["plugin"]: entry for entry in status(gateway)["plugin_memory"]}
        return entries if entries["faulty"]["touched_bytes"] > 20 << 20 else None

    entries = eventually(told, timeout=10, what="the leak is seen")
    assert entries["twin"]["touched_bytes"] < 4 << 20
    assert entries["twin"]["instances"] == entries["faulty"]["instances"] == 1
    for name in ("twin", "faulty"):
        assert 4096 <= entries[name]["private_bytes"] <= entries[name]["library_bytes"]
    with Client(gateway.status_port) as client:
        client.request("GET", "/metrics")
        text = client.response().body.decode()
    assert 'torii_plugin_memory_touched_bytes{plugin="faulty",version="1.0.0"}' in text
    assert 'torii_workers_resident_bytes{index="0"}' in text or "torii_workers_resident_bytes" in text


def test_what_is_kept_for_a_plugin_is_told(gateways, upstream, plugin_folder):
    """A body that is collected since a plugin wants it whole, while the client takes its time."""
    document = routes(upstream.port)
    document["services"][0]["plugins"] = [{"name": "rewriter", "config": {"request": "whole", "response": "none"}}]
    gateway = gateways(document, workers=1, plugin_path=[plugin_folder, binary().parent])

    def held():
        entry, = [entry for entry in status(gateway)["plugin_memory"] if entry["plugin"] == "rewriter"]
        return entry["held_bytes"]

    with Client(gateway.port) as client:
        client.send(b"POST /sound HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000\r\n\r\n" + b"a" * 3_000_000)
        eventually(lambda: held() >= 3_000_000, timeout=10, what="what is held is told")
        assert held() < 10_000_000
        client.send(b"a" * 1_000_000)
        assert client.response().status == 200
    eventually(lambda: held() == 0, timeout=10, what="nothing is held any more")
    with Client(gateway.status_port) as client:
        text = client.fetch(target="/metrics").body.decode()
    assert 'torii_plugin_memory_held_bytes{plugin="rewriter",version="1.0.0"} 0' in text


def test_counts_go_on_when_workers_and_libraries_come_and_go(gateways, upstream, plugin_folder):
    """Counters only grow: whoever computes rates from them takes a smaller value for a new beginning."""
    document = routes(upstream.port, fault="segv")
    gateway = gateways(document, workers=2, plugin_path=[plugin_folder, binary().parent], plugin_crash_limit=100)

    def counts():
        with Client(gateway.status_port) as client:
            text = client.fetch(target="/metrics").body.decode()
        values = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in values.items()
                if name.startswith(("torii_plugin_call_seconds_count", "torii_latency_seconds_count",
                                    "torii_plugin_faults_total")) or name == "torii_requests"}

    before = {}
    for number in range(40):
        for _ in range(3):
            assert fetch(gateway, target="/faulty").status == 200
        provoke(gateway)
        eventually(lambda: status(gateway)["fault_count"] == number + 1, what="the fault is known")
        if number % 10 == 9:
            gateway.reload(routes(upstream.port, fault="segv", header=f"X-Fault{number}"))
            gateway.reload(document)
        after = counts()
        assert all(after[name] >= value for name, value in before.items()), (before, after)
        before = after
    assert before['torii_plugin_faults_total{plugin="faulty",kind="crash",phase="access"}'] == 40
    assert before['torii_plugin_call_seconds_count{plugin="faulty",version="1.0.0",phase="access"}'] >= 120


def test_a_crash_in_a_thread_of_the_plugins_own_is_its_crash(gateways, upstream, plugin_folder):
    gateway = start(gateways, upstream, plugin_folder, workers=1, config={"fault": "thread"})
    provoke(gateway)
    fault, = eventually(lambda: faults(gateway), what="the fault is known")
    assert (fault["plugin"], fault["signal"], fault["phase"], fault["route"]) == ("faulty", "SIGSEGV", "none", None)


def test_a_plugin_that_ends_the_process_is_named(gateways, upstream, plugin_folder):
    gateway = start(gateways, upstream, plugin_folder, workers=1, config={"fault": "exit"})
    provoke(gateway)
    fault, = eventually(lambda: faults(gateway), what="the fault is known")
    assert (fault["kind"], fault["plugin"], fault["exit_code"]) == ("exit", "faulty", 7)


def test_a_plugin_that_hangs_is_named_and_others_see_nothing(gateways, upstream, plugin_folder):
    gateway = start(gateways, upstream, plugin_folder, config={"fault": "hang"}, plugin_hang_timeout="500ms")
    before = gateway.worker_pids()
    with Load(gateway) as load:
        assert provoke(gateway) is None
        served = load.served
        eventually(lambda: load.served > served + 50, what="the load goes on")
    # What the stuck worker had accepted, and nothing else.
    assert len(load.lost) <= 2
    fault, = faults(gateway)
    assert (fault["kind"], fault["plugin"], fault["phase"]) == ("hang", "faulty", "access")
    eventually(lambda: len(set(gateway.worker_pids()) - set(before)) == 1, what="another worker")


def test_status_is_served_while_every_worker_is_stuck(gateways, upstream, plugin_folder):
    gateway = start(gateways, upstream, plugin_folder, workers=1, config={"fault": "hang"}, plugin_hang_timeout="30s")
    client = Client(gateway.port)
    client.request("GET", "/faulty", headers=[("X-Fault", "1")])
    worker = eventually(
        lambda: next((w for w in status(gateway)["workers"] if w.get("call")), None), what="the call is seen")
    assert worker["call"]["plugin"] == "faulty" and worker["call"]["phase"] == "access"
    assert worker["call"]["route_name"] == "faulty"
    with Client(gateway.status_port) as metrics:
        metrics.request("GET", "/metrics")
        assert b"torii_" in metrics.response().body
    client.close()


def test_somebody_elses_kill_is_nobodys_fault(gateways, upstream, plugin_folder):
    gateway = start(gateways, upstream, plugin_folder, config={"fault": "segv"})
    pid = gateway.worker_pids()[0]
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: len(gateway.worker_pids()) == 2 and pid not in gateway.worker_pids(), what="another worker")
    assert faults(gateway) == []


@pytest.mark.parametrize("number", [signal.SIGABRT, signal.SIGSEGV])
def test_nor_is_a_signal_that_only_looks_like_a_crash(gateways, upstream, plugin_folder, number):
    """Somebody sends it while a plugin is at work."""
    gateway = start(gateways, upstream, plugin_folder, workers=1, config={"fault": "hang"}, plugin_hang_timeout="60s")
    pid = gateway.worker_pid()
    with Client(gateway.port) as client:
        client.request("GET", "/faulty", headers=[("X-Fault", "1")])
        eventually(lambda: any(worker.get("call") for worker in status(gateway)["workers"]), what="the plugin is at work")
        os.kill(pid, number)
        gateway.wait_log(r"was ended by signal \d+ .* while plugin faulty 1\.0\.0 .* was in access")
    eventually(lambda: gateway.worker_pids() not in ([], [pid]), what="another worker")
    assert faults(gateway) == []


def crash_until_quarantined(gateway, name="faulty"):
    def is_quarantined():
        if any(entry["name"] == name for entry in status(gateway)["quarantines"]):
            return True
        provoke(gateway)
        return False

    eventually(is_quarantined, timeout=15, what="it is quarantined")


def test_after_too_many_faults_its_routes_are_refused(gateways, upstream, plugin_folder):
    gateway = start(gateways, upstream, plugin_folder, config={"fault": "segv"}, plugin_crash_limit=3)
    crash_until_quarantined(gateway)
    assert len(faults(gateway)) == 3 and faults(gateway)[-1]["quarantined"]
    response = eventually(lambda: provoke(gateway), what="an answer")
    assert response.status == 503 and b"quarantined" in response.body
    assert fetch(gateway, target="/sound").status == 200
    entry, = status(gateway)["quarantines"]
    assert (entry["name"], entry["action"], entry["faults"]) == ("faulty", "reject", 3)
    # It gets another chance when the operator says so.
    assert admin(gateway, "POST", "/torii/plugins/faulty/reinstate")[0] == 200
    assert fetch(gateway, target="/faulty").status == 200
    assert status(gateway)["quarantines"] == []
    assert admin(gateway, "POST", "/torii/plugins/faulty/reinstate")[0] == 404


def test_or_requests_go_on_without_it(gateways, upstream, plugin_folder):
    gateway = start(gateways, upstream, plugin_folder, config={"fault": "segv"}, plugin_crash_limit=2,
                    plugin_on_fault="reject,faulty=bypass")
    crash_until_quarantined(gateway)
    for _ in range(5):
        assert eventually(lambda: provoke(gateway), what="an answer").status == 200
    assert status(gateway)["quarantines"][0]["action"] == "bypass"


def test_a_reload_ends_the_quarantine(gateways, upstream, plugin_folder):
    gateway = start(gateways, upstream, plugin_folder, config={"fault": "segv"}, plugin_crash_limit=2)
    crash_until_quarantined(gateway)
    gateway.reload(routes(upstream.port, fault="none"))
    assert status(gateway)["quarantines"] == []
    assert provoke(gateway).status == 200


def test_a_worker_that_holds_too_much_is_replaced_with_nothing_lost(gateways, upstream, plugin_folder):
    gateway = start(gateways, upstream, plugin_folder, workers=1, config={"fault": "leak"},
                    worker_memory_limit="64m", drain_timeout="5s")
    pid = gateway.worker_pid()
    eventually(lambda: status(gateway)["workers"], what="the worker is known")
    with Load(gateway) as load:
        for _ in range(100):
            assert provoke(gateway).status == 200
        eventually(lambda: pid not in gateway.worker_pids(), timeout=20, what="it is replaced")
        served = load.served
        eventually(lambda: load.served > served + 20, what="the load goes on")
    assert load.lost == []
    assert gateway.wait_log(r"is replaced: it holds \d+ MB \(worker_memory_limit\)")


def test_a_worker_that_leaves_may_still_crash_and_its_place_is_not_the_next_ones(gateways, plugin_folder):
    """What it does last is told as its own, though another worker of its number serves already."""
    go_on = threading.Event()

    def handler(connection, request):
        if request.target == "/slow":
            go_on.wait(20)
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    with Upstream(handler) as upstream:
        document = routes(upstream.port, fault="leak")
        document["services"][0]["routes"].append({
            "name": "slow", "paths": ["/slow"], "strip_path": False, "plugins": [
                {"name": "faulty", "config": {"fault": "segv", "phase": "header_filter"}}]})
        gateway = gateways(document, workers=1, plugin_path=[plugin_folder, binary().parent],
                           worker_memory_limit="64m", drain_timeout="20s")
        old = gateway.worker_pid()
        with Client(gateway.port) as client:
            client.request("GET", "/slow")
            for _ in range(100):
                assert provoke(gateway).status == 200
            gateway.wait_log(r"is replaced: it holds \d+ MB", timeout=20)
            new, = eventually(lambda: [pid for pid in gateway.worker_pids() if pid != old], what="the next one")
            eventually(lambda: fetch(gateway, target="/sound").status == 200, what="it serves")
            eventually(lambda: sorted(worker["pid"] for worker in status(gateway)["workers"]) == sorted([old, new]),
                       what="both are shown")
            go_on.set()
            try:
                assert client.response() is None
            except OSError:
                pass
        fault, = eventually(lambda: faults(gateway), what="the fault is known")
        assert (fault["plugin"], fault["phase"], fault["route_name"], fault["pid"]) == ("faulty", "header_filter", "slow", old)
        assert gateway.worker_pids() == [new] and fetch(gateway, target="/sound").status == 200


def test_metrics_tell_faults_and_what_plugins_cost(gateways, upstream, plugin_folder):
    gateway = start(gateways, upstream, plugin_folder, workers=1, config={"fault": "segv"})
    for _ in range(5):
        assert fetch(gateway, target="/faulty").status == 200
    provoke(gateway)
    eventually(lambda: faults(gateway), what="the fault is known")
    eventually(lambda: fetch(gateway, target="/faulty").status == 200, what="it serves again")
    with Client(gateway.status_port) as client:
        client.request("GET", "/metrics")
        text = client.response().body.decode()
    assert 'torii_plugin_faults_total{plugin="faulty",kind="crash",phase="access"} 1' in text
    assert 'torii_plugin_call_seconds_count{plugin="faulty",version="1.0.0",phase="access"}' in text
    assert 'torii_plugin_call_seconds_bucket{plugin="faulty",version="1.0.0",phase="access",le="+Inf"}' in text
