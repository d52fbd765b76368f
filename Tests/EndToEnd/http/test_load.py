"""Many requests: none fails, nothing grows."""

import resource
import selectors
import socket
import threading

import pytest

from support import Client, Gateway, Upstream, configuration, eventually, fetch, memory
from support.client import encode_request
from support.processes import descriptors


class EchoServer:
    """An upstream that answers as fast as this language can: for load, not for looking at requests."""

    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(2048)
        self.listener.setblocking(False)
        self.port = self.listener.getsockname()[1]
        self.count = 0
        self.done = False
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        selector = selectors.DefaultSelector()
        selector.register(self.listener, selectors.EVENT_READ)
        while not self.done:
            for key, _ in selector.select(0.2):
                if key.fileobj is self.listener:
                    sock, _ = self.listener.accept()
                    sock.setblocking(False)
                    selector.register(sock, selectors.EVENT_READ, bytearray())
                    continue
                try:
                    piece = key.fileobj.recv(65536)
                except ConnectionResetError:
                    piece = b""
                if not piece:
                    selector.unregister(key.fileobj)
                    key.fileobj.close()
                    continue
                key.data.extend(piece)
                requests = key.data.count(b"\r\n\r\n")
                if requests:
                    del key.data[:]
                    self.count += requests
                    key.fileobj.send(self.ANSWER * requests)
        self.listener.close()


@pytest.fixture(scope="module")
def server():
    made = EchoServer()
    yield made
    made.done = True


def rounds(gateway, count, message=encode_request()):
    """Requests one after the other on one connection; fails at the first that is not 200."""
    with Client(gateway.port) as client:
        sock = client.sock
        for _ in range(count):
            sock.sendall(message)
            data = sock.recv(65536)
            while not data.endswith(b"\r\n\r\nok"):
                piece = sock.recv(65536)
                assert piece, data
                data += piece
            assert data.startswith(b"HTTP/1.1 200 "), data


def test_ten_thousand_in_sequence(gateways, server):
    gateway = gateways(configuration(server.port))
    rounds(gateway, 2000)
    pid = gateway.worker_pid()
    before = memory(pid).private_dirty, descriptors(pid)
    begun = server.count
    rounds(gateway, 10000)
    assert server.count - begun == 10000
    assert memory(pid).private_dirty - before[0] < 256 << 10
    assert descriptors(pid) <= before[1] + 1
    assert gateway.worker_pid() == pid


def test_a_new_connection_for_each_of_two_thousand(gateways, server):
    gateway = gateways(configuration(server.port))
    message = encode_request(headers=[("Connection", "close")])
    for _ in range(500):
        rounds(gateway, 1, message)
    pid = gateway.worker_pid()
    before = memory(pid).private_dirty, descriptors(pid)
    for _ in range(2000):
        rounds(gateway, 1, message)
    assert memory(pid).private_dirty - before[0] < 256 << 10
    eventually(lambda: descriptors(pid) <= before[1], what="the connections are closed")


def at_once(gateway, count, times):
    """That many connections, a request on each before any answer is read, several times over."""
    clients = [Client(gateway.port, timeout=20) for _ in range(count)]
    try:
        for _ in range(times):
            for client in clients:
                client.request()
            for client in clients:
                response = client.response()
                assert response is not None and response.status == 200 and response.body == b"ok"
    finally:
        for client in clients:
            client.close()


@pytest.fixture
def many_files():
    """As many open files as this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_thousand_at_once(gateways, server, many_files):
    gateway = gateways(configuration(server.port), workers=2)
    pids = gateway.worker_pids()
    for _ in range(2):
        at_once(gateway, 1000, 2)
    assert gateway.worker_pids() == pids
    assert fetch(gateway).status == 200


def test_a_thousand_at_once_leave_nothing_behind(gateways, server, many_files):
    """What the busiest moment needed is given back when it is over."""
    gateway = gateways(configuration(server.port))
    pid = gateway.worker_pid()
    at_once(gateway, 1, 1)
    before = memory(pid).private_dirty
    for _ in range(11):
        at_once(gateway, 1000, 1)
    # They needed twenty megabytes and more where all came at once; on a machine with other work fewer did, and less was needed.
    eventually(lambda: memory(pid).private_dirty <= before + (3 << 20), what="the memory is given back", timeout=10)
    # And what was kept is enough for all that follow.
    kept = memory(pid).private_dirty
    for _ in range(5):
        at_once(gateway, 1000, 1)
    eventually(lambda: memory(pid).private_dirty <= kept + (1 << 20), what="nothing more is kept", timeout=10)


def test_idle_connections_cost_little(gateways, server, many_files):
    gateway = gateways(configuration(server.port))
    rounds(gateway, 100)
    before = memory(gateway.worker_pid()).private_dirty
    clients = [Client(gateway.port) for _ in range(1000)]
    for client in clients:
        assert client.fetch().status == 200
    assert memory(gateway.worker_pid()).private_dirty - before < 1000 * 2048
    for client in clients:
        client.close()


def test_failures_leave_nothing_behind(gateways):
    """Refused connections, cut responses, clients that leave: the worker holds what it held."""
    def serve(connection):
        request = connection.read_head()
        if request is None:
            return
        if request.target == "/cut":
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        elif request.target == "/wait":
            connection.wait_closed()

    with Upstream(on_connection=serve) as upstream, Gateway(configuration(upstream.port, retries=1)) as gateway:
        def trouble(count):
            for _ in range(count):
                assert fetch(gateway, target="/cut").truncated
                assert fetch(gateway, target="/none").status == 502
                assert fetch(gateway, target="http://[", host="a").status == 400
                Client(gateway.port).request(target="/wait").close()
                Client(gateway.port).request("POST", "/wait", headers=[("Content-Length", "100")]).send("x").reset()

        trouble(100)
        pid = gateway.worker_pid()
        eventually(lambda: upstream.open_connections == 0, what="all closed")
        before = memory(pid).private_dirty, descriptors(pid)
        trouble(200)
        eventually(lambda: upstream.open_connections == 0, what="all closed")
        eventually(lambda: descriptors(pid) <= before[1], what="all descriptors are back")
        assert memory(pid).private_dirty - before[0] < 256 << 10
