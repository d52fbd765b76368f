"""Signals and deaths: what stops, what goes on."""

import os
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import pytest

from support import Client, Gateway, GatewayError, configuration, eventually, fetch, is_alive


def slow(connection, request):
    """Half of the answer, and the rest when the test says so."""
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
    assert slow.go_on.wait(10)
    connection.send("def")


@pytest.fixture
def go_on():
    slow.go_on = threading.Event()
    yield slow.go_on
    slow.go_on.set()


def is_refused(port):
    """Whether nobody listens on the port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        pass
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGQUIT])
def test_sigterm_finishes_what_is_under_way(gateways, upstreams, go_on, number):
    upstream = upstreams(slow)
    gateway = gateways(configuration(upstream.port), workers=2)
    pids = gateway.all_pids()
    idle = Client(gateway.port)
    assert is_alive(gateway.pid)
    with Client(gateway.port) as client:
        client.request()
        assert client.response_head().status == 200
        gateway.process.send_signal(number)
        gateway.wait_log("stopping")
        # A connection without a request is closed at once; a new one is refused.
        assert idle.ends()
        eventually(lambda: is_refused(gateway.port), what="new connections are refused")
        assert gateway.process.poll() is None
        go_on.set()
        assert client.stream.take(6) == b"abcdef"
        assert client.ends()
    assert gateway.wait_exit() == 0
    assert gateway.all_gone(pids)


def test_drain_timeout_ends_what_does_not_end(gateways, upstreams, go_on):
    upstream = upstreams(slow)
    gateway = gateways(configuration(upstream.port), drain_timeout="300ms")
    with Client(gateway.port) as client:
        client.request()
        client.response_head()
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.wait_exit(5) == 0
        assert client.stream.take(6) == b"abc"
    gateway.wait_log("still open after drain_timeout")


def test_sigint_stops_at_once(gateways, upstreams, go_on):
    upstream = upstreams(slow)
    gateway = gateways(configuration(upstream.port), workers=2)
    pids = gateway.all_pids()
    with Client(gateway.port) as client:
        client.request()
        client.response_head()
        start = time.monotonic()
        gateway.process.send_signal(signal.SIGINT)
        assert gateway.wait_exit(3) == 0
        assert time.monotonic() - start < 1.5
    assert gateway.all_gone(pids)


def test_a_killed_worker_is_replaced_and_the_others_serve(gateways, upstreams):
    upstream = upstreams()
    gateway = gateways(configuration(upstream.port), workers=2)
    before = eventually(lambda: len(gateway.worker_pids()) == 2 and gateway.worker_pids(), what="two workers")
    for victim in before:
        mark = gateway.mark()
        os.kill(victim, signal.SIGKILL)
        # Requests go on, on new connections, without a pause.
        for _ in range(50):
            assert fetch(gateway).status == 200
        assert str(victim) in gateway.wait_log(r"worker \d \(process (\d+)\) was killed \(signal 9\).*", since=mark).group(0)
        gateway.wait_log(r"worker \d: generation 1 is in service", since=mark)
    after = eventually(lambda: len(gateway.worker_pids()) == 2 and gateway.worker_pids(), what="two workers")
    assert not set(before) & set(after)
    assert fetch(gateway).status == 200


def test_the_only_worker_may_be_killed(gateways, upstreams):
    """Connections wait in the queue until the next worker takes them."""
    upstream = upstreams()
    gateway = gateways(configuration(upstream.port))
    for _ in range(3):
        os.kill(gateway.worker_pid(), signal.SIGKILL)
        assert fetch(gateway).status == 200


def test_traffic_goes_on_without_the_controller(gateways, upstreams):
    upstream = upstreams()
    gateway = gateways(configuration(upstream.port), workers=2)
    controller = gateway.controller_pid()
    mark = gateway.mark()
    with Client(gateway.port) as client:
        assert client.fetch().status == 200
        os.kill(controller, signal.SIGKILL)
        for _ in range(100):
            assert client.fetch().status == 200
            assert fetch(gateway).status == 200
        gateway.wait_log(r"controller .*was killed \(signal 9\)", since=mark)
        eventually(lambda: gateway.controller_pid() not in (None, controller), what="another controller")
        assert client.fetch().status == 200
    # And the new one is in charge.
    gateway.wait_log(r"controller: generation \d+ is in service", since=mark)
    second = upstreams()
    gateway.reload(configuration(second.port))
    assert fetch(gateway).status == 200
    assert len(second.requests) == 1


def test_nothing_outlives_the_supervisor(gateways, upstreams):
    upstream = upstreams()
    gateway = gateways(configuration(upstream.port), workers=2)
    assert fetch(gateway).status == 200
    pids = gateway.all_pids()
    assert len(pids) == 4
    os.kill(gateway.pid, signal.SIGKILL)
    gateway.wait_exit()
    eventually(lambda: gateway.all_gone(pids), 2, "all processes are gone")
    # The ports are free at once.
    again = gateways(configuration(upstream.port), proxy_port=gateway.port)
    assert again.port == gateway.port
    assert fetch(again).status == 200


def test_sighup_reads_the_file_again(gateways, upstreams):
    first, second = upstreams(), upstreams()
    gateway = gateways(configuration(first.port), workers=2)
    with Client(gateway.port) as kept:
        assert kept.fetch().status == 200
        gateway.reload(configuration(second.port))
        # Connections are kept; what begins now goes the new way.
        assert kept.fetch().status == 200
        assert fetch(gateway).status == 200
    assert len(first.requests) == 1 and len(second.requests) == 2


def test_a_request_ends_with_the_configuration_it_began_with(gateways, upstreams, go_on):
    first, second = upstreams(slow), upstreams()
    gateway = gateways(configuration(first.port))
    with Client(gateway.port) as client:
        client.request()
        assert client.response_head().status == 200
        gateway.reload(configuration(second.port))
        go_on.set()
        assert client.stream.take(6) == b"abcdef"
        assert client.fetch().status == 200
    assert len(first.requests) == 1 and len(second.requests) == 1


@pytest.mark.parametrize("broken, says", [
    ("_format_version: \"3.0\"\nservices:\n- name: x\n  hots: y\n", r"torii\.yaml:4:3.*hots"),
    ("_format_version: \"3.0\"\nservices: [\n", r"torii\.yaml:"),
    ("_format_version: \"3.0\"\nplugins:\n- name: does-not-exist\n", r"does-not-exist"),
    ("", r"torii\.yaml"),
])
def test_a_bad_file_changes_nothing_and_is_logged(gateways, upstreams, broken, says):
    upstream = upstreams()
    gateway = gateways(configuration(upstream.port))
    mark = gateway.mark()
    with pytest.raises(GatewayError):
        gateway.reload(broken)
    gateway.wait_log("refused", since=mark)
    gateway.wait_log(says, since=mark)
    assert fetch(gateway).status == 200
    gateway.reload(configuration(upstream.port, path="/new"))
    assert fetch(gateway).status == 200
    assert [request.target for request in upstream.requests] == ["/", "/new/"] or upstream.requests[1].target == "/new"


def test_a_bad_file_at_the_start_is_told_and_ends_it():
    gateway = Gateway(start=False)
    gateway.configure("_format_version: \"3.0\"\nservices:\n- name: x\n  hots: y\n")
    try:
        with pytest.raises(GatewayError, match=r"torii\.yaml:4:3"):
            gateway.start()
        assert gateway.wait_exit() == 1
    finally:
        gateway.stop()


def test_reloads_under_load_drop_nothing(gateways, upstreams):
    upstream = upstreams()
    gateway = gateways(configuration(upstream.port), workers=2)
    failures, done = [], threading.Event()
    counts = [0, 0]

    def load(index):
        while not done.is_set():
            with Client(gateway.port) as client:
                for _ in range(20):
                    response = client.fetch()
                    if response is None or response.status != 200:
                        failures.append(response)
                    counts[index] += 1

    threads = [threading.Thread(target=load, args=(index,)) for index in range(2)]
    for thread in threads:
        thread.start()
    for number in range(30):
        gateway.reload(configuration(upstream.port, path=f"/{number}"))
    done.set()
    for thread in threads:
        thread.join()
    assert not failures and sum(counts) > 100


def test_sighup_at_the_very_start_does_no_harm(upstreams):
    upstream = upstreams()
    gateway = Gateway(configuration(upstream.port), start=False)
    try:
        starter = threading.Thread(target=gateway.start)
        starter.start()
        eventually(lambda: gateway.lines, what="the first line")
        for _ in range(20):
            gateway.process.send_signal(signal.SIGHUP)
        starter.join()
        assert fetch(gateway).status == 200
    finally:
        assert gateway.stop() == 0


class LimitedGateway(Gateway):
    """One that is started with other limits, by what bash's ulimit takes."""

    def __init__(self, limits, *arguments, **settings):
        self.limits = limits
        super().__init__(*arguments, **settings)

    def command(self):
        return ["bash", "-c", f'ulimit {self.limits} && exec "$@"', "bash", *super().command()]


def descriptor_limits(pid):
    """The soft and the hard limit of a process."""
    for line in Path(f"/proc/{pid}/limits").read_text().splitlines():
        if line.startswith("Max open files"):
            return tuple(line.split()[3:5])


def test_as_many_descriptors_may_be_open_as_the_hard_limit_says(upstreams):
    upstream = upstreams(lambda connection, request: connection.send(b"HTTP/1.1 204 No Content\r\n\r\n"))
    with LimitedGateway("-S -n 64", configuration(upstream.port), workers=2) as gateway:
        for pid in gateway.all_pids():
            soft, hard = descriptor_limits(pid)
            assert soft == hard or int(soft) == 1 << 20
        clients = [Client(gateway.port) for _ in range(300)]
        for client in clients:
            assert client.fetch().status == 204
        for client in clients:
            client.close()


def test_everything_in_one_process_reloads_and_serves_the_admin_api_and_the_status(upstreams):
    upstream = upstreams(lambda connection, request: connection.send(b"HTTP/1.1 204 No Content\r\n\r\n"))
    with Gateway(configuration(upstream.port), workers=0) as gateway:
        assert gateway.all_pids() == [gateway.pid]
        assert fetch(gateway).status == 204
        with Client(gateway.status_port) as client:
            assert client.fetch(target="/status/ready").status == 200
            assert b"torii_latency_seconds" in client.fetch(target="/metrics").body
        gateway.reload({"_format_version": "3.0"})
        assert fetch(gateway).status == 404
        gateway.configure(configuration(upstream.port))
        with Client(gateway.admin_port) as client:
            assert client.fetch("POST", "/torii/reload").status == 200
        assert fetch(gateway).status == 204
        gateway.configure("services: [")
        with Client(gateway.admin_port) as client:
            assert client.fetch("POST", "/torii/reload").status == 400
        assert fetch(gateway).status == 204
        assert gateway.stop(signal.SIGTERM) == 0
    with Gateway("services: [", workers=0, start=False) as gateway:
        gateway.process = subprocess.Popen(gateway.command(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text, _ = gateway.process.communicate(timeout=10)
        assert gateway.process.returncode == 1 and b"torii.yaml:1:" in text


def test_the_service_manager_is_told_when_requests_are_served_and_when_it_ends(upstreams, tmp_path):
    """sd_notify(3), as systemd speaks it."""
    upstream = upstreams(lambda connection, request: connection.send(b"HTTP/1.1 204 No Content\r\n\r\n"))
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(str(tmp_path / "notify"))
    manager.settimeout(10)
    with Gateway(configuration(upstream.port), environment={"NOTIFY_SOCKET": str(tmp_path / "notify")}) as gateway:
        assert b"READY=1" in manager.recv(4096).split(b"\n")
        assert fetch(gateway).status == 204
        # Type=notify-reload: by its time systemd tells this reload from an earlier one.
        before = time.monotonic_ns() // 1000
        gateway.process.send_signal(signal.SIGHUP)
        told = dict(line.split(b"=", 1) for line in manager.recv(4096).split(b"\n"))
        assert told[b"RELOADING"] == b"1" and int(told[b"MONOTONIC_USEC"]) >= before
        told = dict(line.split(b"=", 1) for line in manager.recv(4096).split(b"\n"))
        assert told[b"READY"] == b"1" and told[b"STATUS"].startswith(b"serving: ")
        # One that is refused is over as well, and the operator is told; also when the controller ends while it is at it.
        good = gateway.file.read_text()
        gateway.configure("services: [")
        gateway.process.send_signal(signal.SIGHUP)
        assert b"RELOADING=1" in manager.recv(4096).split(b"\n")
        told = dict(line.split(b"=", 1) for line in manager.recv(4096).split(b"\n"))
        assert told[b"READY"] == b"1" and b"refused" in told[b"STATUS"]
        gateway.configure(good)
        controller = gateway.controller_pid()
        os.kill(controller, signal.SIGSTOP)
        gateway.process.send_signal(signal.SIGHUP)
        assert b"RELOADING=1" in manager.recv(4096).split(b"\n")
        os.kill(controller, signal.SIGKILL)
        told = dict(line.split(b"=", 1) for line in manager.recv(4096).split(b"\n"))
        assert told[b"READY"] == b"1" and told[b"STATUS"].startswith(b"serving: ")
    assert b"STOPPING=1" in manager.recv(4096).split(b"\n")
    manager.close()
