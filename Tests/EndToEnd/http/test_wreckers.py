"""Plugins that do to their process what a crash or a hang does not: what it costs others, and who is named.

The plugin is `wrecker` of Tests/Plugins.
"""

import time

import pytest

from support import Client, Gateway, eventually, fetch
from support.gateway import binary
from test_faults import Load, faults, status, upstream  # noqa: F401
from test_plugins import plugin_folder  # noqa: F401


def start(gateways, upstream, folder, fault, **settings):  # noqa: F811
    settings.setdefault("workers", 2)
    return gateways({"_format_version": "3.0", "services": [{
        "name": "service", "host": "127.0.0.1", "port": upstream.port, "protocol": "http", "routes": [
            {"name": "sound", "paths": ["/sound"]},
            {"name": "faulty", "paths": ["/faulty"], "plugins": [{"name": "wrecker", "config": {"fault": fault}}]}]}]},
        plugin_path=[folder, binary().parent], plugin_hang_timeout="700ms", **settings)


def provoke(gateway):
    """A request that makes the plugin do it; what comes back, or None when the connection ends."""
    try:
        with Client(gateway.port) as client:
            client.request("GET", "/faulty", headers=[("X-Fault", "1")])
            return client.response()
    except OSError:
        return None


@pytest.mark.parametrize("fault,kind,signal,phase", [
    ("longjmp", "crash", None, "access"), ("throw", "crash", "SIGABRT", "access"),
    # Its handlers are gone, or the signal is blocked: that a plugin was at work is known all the same.
    ("handlers", "crash", "SIGSEGV", "access"), ("block", "crash", "SIGSEGV", "access"),
    # What plugins share cannot be written to: it is the one that tries that crashes.
    ("scribble", "crash", "SIGSEGV", "access"),
    # The loop's own descriptor is closed: the plugin that ran last is named.
    ("close", "crash", "SIGABRT", "none"),
    ("closeall", "crash", "SIGABRT", "none"), ("dup2", "crash", "SIGABRT", "none"),
    ("thread_abort", "crash", "SIGABRT", "none"), ("altstack", "crash", "SIGSEGV", "access"),
    ("double_free", "crash", "SIGABRT", "access"),
    ("pthread_exit", "exit", None, "access"), ("exec", "exit", None, "access"), ("atexit", "exit", None, "access"),
    ("stop", "hang", None, "access"), ("ignore", "hang", None, "access"), ("deadlock", "hang", None, "access"),
    ("spin", "hang", None, "access"), ("post", "hang", None, "event"),
    # Found where the plugin itself gives a block back: even then it may have been another one that wrote there.
    ("heap", "heap", "SIGABRT", "access"),
])
def test_it_costs_one_worker_and_is_named(gateways, upstream, plugin_folder, fault, kind, signal, phase):  # noqa: F811
    gateway = start(gateways, upstream, plugin_folder, fault)
    before = gateway.worker_pids()
    with Load(gateway) as load:
        assert provoke(gateway) is None
        eventually(lambda: len(gateway.worker_pids()) == 2 and gateway.worker_pids() != before, what="another worker")
        served = load.served
        eventually(lambda: load.served > served + 50, what="the load goes on")
    # What was in flight on that worker, and nothing else.
    assert len(load.lost) <= 2, load.lost
    told, = eventually(lambda: faults(gateway), what="the fault is known")
    assert (told["kind"], told["plugin"], told["phase"]) == (kind, "wrecker", phase)
    if signal:
        assert told["signal"] == signal
    assert len(set(gateway.worker_pids()) - set(before)) == 1


def test_a_heap_that_others_find_corrupted_is_nobodys_fault(gateways, upstream, plugin_folder):  # noqa: F811
    gateway = start(gateways, upstream, plugin_folder, "top")
    before = gateway.worker_pids()
    with Load(gateway) as load:
        provoke(gateway)
        eventually(lambda: len(gateway.worker_pids()) == 2 and gateway.worker_pids() != before, what="another worker")
        served = load.served
        eventually(lambda: load.served > served + 50, what="the load goes on")
    gateway.wait_log(r"its heap was corrupted \(.*malloc.*\), which was found while .*; any plugin of this worker may have done it")
    assert [fault["kind"] for fault in faults(gateway)] in ([], ["heap"])


def test_who_kills_itself_is_nobodys_fault_but_where_it_was_is_told(gateways, upstream, plugin_folder):  # noqa: F811
    gateway = start(gateways, upstream, plugin_folder, "kill")
    before = gateway.worker_pids()
    assert provoke(gateway) is None
    gateway.wait_log(r"worker \d .* was killed \(signal 9\) while plugin wrecker 1\.0\.0 \(.*\) was in access of a request by "
                     r"route [0-9a-f-]{36}: by somebody, or by itself, but not for lack of memory")
    eventually(lambda: len(gateway.worker_pids()) == 2 and gateway.worker_pids() != before, what="another worker")
    assert faults(gateway) == []


@pytest.mark.parametrize("fault", ["surroundings", "children"])
def test_what_it_changes_around_itself_harms_nobody(gateways, upstream, plugin_folder, fault):  # noqa: F811
    gateway = start(gateways, upstream, plugin_folder, fault)
    before = gateway.worker_pids()
    with Load(gateway) as load:
        for _ in range(5):
            assert provoke(gateway).status == 200
        gateway.reload()
        served = load.served
        eventually(lambda: load.served > served + 50, what="the load goes on")
    assert load.lost == [] and gateway.worker_pids() == before and faults(gateway) == []
    port = gateway.port
    assert gateway.stop() == 0
    # Nor is the port held by what it left behind.
    with Gateway(proxy_port=port) as again:
        assert fetch(again).status == 404


def test_a_connection_is_closed_though_a_child_of_the_worker_lives_on(gateways, upstream, plugin_folder):  # noqa: F811
    gateway = start(gateways, upstream, plugin_folder, "children", workers=1)
    with Client(gateway.port) as client:
        client.request("GET", "/faulty", headers=[("X-Fault", "1"), ("Connection", "close")])
        assert client.response().status == 200
        began = time.monotonic()
        assert client.ends()
        # The children stay for three seconds.
        assert time.monotonic() - began < 2


def test_a_fork_that_returns_twice_is_ended_where_it_returns(gateways, upstream, plugin_folder):  # noqa: F811
    gateway = start(gateways, upstream, plugin_folder, "fork", workers=1)
    pid = gateway.worker_pid()
    with Load(gateway) as load:
        assert provoke(gateway).status == 200
        served = load.served
        eventually(lambda: load.served > served + 50, what="the load goes on")
    assert load.lost == []
    gateway.wait_log(r"plugin wrecker 1\.0\.0 misbehaves: it called fork\(\)")
    assert gateway.worker_pids() == [pid] and faults(gateway) == []
    assert [p["misbehaviours"] for p in status(gateway)["plugin_calls"] if p["plugin"] == "wrecker"] == [1]


def test_a_worker_without_descriptors_is_replaced(gateways, upstream, plugin_folder):  # noqa: F811
    """Connections that it cannot take are the others'; what it has is finished."""
    gateway = start(gateways, upstream, plugin_folder, "descriptors")
    before = gateway.worker_pids()
    provoke(gateway)
    provoke(gateway)
    eventually(lambda: len(gateway.worker_pids()) == 2 and gateway.worker_pids() != before, timeout=15,
               what="it is replaced")
    gateway.wait_log(r"is replaced: it has no descriptors left: \d+ are open, though it serves \d+ connections")
    # The second request may have gone to the other worker: that one is replaced when it is five seconds old.
    eventually(lambda: {fetch(gateway, target="/sound").status for _ in range(20)} == {200}, timeout=15,
               what="all requests are served again")


def test_a_worker_whose_limit_was_lowered_is_replaced(gateways, upstream, plugin_folder):  # noqa: F811
    gateway = start(gateways, upstream, plugin_folder, "limit", workers=1)
    before = gateway.worker_pids()
    # The connection to the upstream is there already.
    assert fetch(gateway, target="/sound").status == 200
    assert provoke(gateway).status == 200
    mark = gateway.mark()
    # It waits in the queue for the next worker.
    with Client(gateway.port, timeout=20) as client:
        assert client.fetch(target="/sound").status == 200
    assert len(gateway.worker_pids()) == 1 and gateway.worker_pids() != before
    gateway.wait_log(r"is replaced: it may have no more than 0 descriptors any more: a plugin has lowered the limit", since=mark)
    # The log is not filled with it.
    assert sum("Too many open files" in line for line in gateway.lines) <= 3


def test_a_program_that_a_plugin_started_holds_no_port(gateways, upstream, plugin_folder):  # noqa: F811
    """The listening sockets are not handed to it: the next gateway gets the port, and its connections."""
    gateway = start(gateways, upstream, plugin_folder, "spawn")
    assert provoke(gateway).status == 200
    port = gateway.port
    assert gateway.stop() == 0
    with Gateway(proxy_port=port) as again:
        assert again.port == port
        assert fetch(again).status == 404
