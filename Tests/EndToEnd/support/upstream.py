"""An upstream that records what it receives and answers as a test says."""

import socket
import threading
import time

from . import http1
from .waiting import eventually

OK = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nX-Upstream: yes\r\n\r\n"
    b'{"ok":true}'
)
OK_HEAD = OK[: -len(b'{"ok":true}')]


def refused_port():
    """A port on which nothing listens. It stays bound, so that nobody else comes to listen on it."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    _bound.append(sock)
    return sock.getsockname()[1]


_bound = []


class UpstreamConnection:
    """One connection that the gateway opened."""

    def __init__(self, sock, index):
        self.sock = sock
        self.index = index
        self.stream = http1.Stream(sock)
        self.closed = threading.Event()
        self.served = 0
        self.tls_session_reused = None
        self.server_name = None

    def send(self, data):
        """Bytes, or text as latin-1."""
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def read_head(self):
        """The next request's head; None when the gateway closed."""
        request = http1.read_request_head(self.stream)
        if request is not None:
            request.connection = self
        return request

    def read_body(self, request, sink=None):
        """The rest of a request whose head was read."""
        return http1.read_request_body(self.stream, request, sink)

    def read_request(self):
        """A whole request; None when the gateway closed."""
        request = self.read_head()
        return None if request is None else self.read_body(request)

    def wait_closed(self, timeout=5.0):
        """Reads until the gateway closes; how long that took, in seconds."""
        start = time.monotonic()
        self.sock.settimeout(timeout)
        try:
            while self.stream.fill():
                self.stream.buffer.clear()
        except TimeoutError:
            raise AssertionError(f"the gateway did not close the connection within {timeout} s") from None
        return time.monotonic() - start

    def half_close(self):
        """Says that nothing more will be sent."""
        self.sock.shutdown(socket.SHUT_WR)

    def close(self):
        """Closes."""
        http1.shut(self.sock)

    def reset(self):
        """Closes with a TCP reset."""
        http1.reset(self.sock)


class Upstream:
    """Listens on a port of its own.

    `handler(connection, request)` is called with each whole request; without one the answer is `{"ok":true}`.
    `on_connection(connection)` takes over whole connections instead, and may call `record(request)`.
    A connection whose handler has returned from `on_connection`, or has raised, is closed.
    """

    def __init__(self, handler=None, on_connection=None, tls=None, host="127.0.0.1", port=0, backlog=1024):
        self.handler = handler
        self.on_connection = on_connection
        self.tls = tls
        self.requests = []
        self.connections = []
        self.errors = []
        self._lock = threading.Condition()
        self._listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((host, port))
        self._listener.listen(backlog)
        self.port = self._listener.getsockname()[1]
        self.stopped = False
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        """Where it is."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def _accept(self):
        while not self.stopped:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = UpstreamConnection(sock, len(self.connections))
            with self._lock:
                self.connections.append(connection)
                self._lock.notify_all()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self.tls:
                connection.sock = self.tls.wrap_socket(connection.sock, server_side=True)
                connection.tls_session_reused = connection.sock.session_reused
                connection.stream = http1.Stream(connection.sock)
            if self.on_connection:
                self.on_connection(connection)
            else:
                self._loop(connection)
        except http1.BadMessage as error:
            self.errors.append(error)
        except OSError as error:
            # The gateway may leave at any time; a TLS handshake may be meant to fail.
            connection.error = error
        except AssertionError as error:
            self.errors.append(error)
        finally:
            connection.close()
            with self._lock:
                connection.closed.set()
                self._lock.notify_all()

    def _loop(self, connection):
        while True:
            request = connection.read_request()
            if request is None:
                return
            self.record(request)
            connection.served += 1
            if self.handler:
                if self.handler(connection, request) == "close":
                    return
            else:
                connection.send(OK_HEAD if request.method == "HEAD" else OK)
            if request.incomplete:
                return

    def record(self, request):
        """Notes a request, for the test to look at."""
        with self._lock:
            self.requests.append(request)
            self._lock.notify_all()

    def wait_requests(self, count, timeout=5.0):
        """Waits until that many requests were received, and gives them all."""
        with self._lock:
            assert self._lock.wait_for(lambda: len(self.requests) >= count, timeout), (
                f"{len(self.requests)} of {count} requests came within {timeout} s")
            return list(self.requests)

    def wait_connections(self, count, timeout=5.0):
        """Waits until that many connections were opened, and gives them all."""
        with self._lock:
            assert self._lock.wait_for(lambda: len(self.connections) >= count, timeout), (
                f"{len(self.connections)} of {count} connections came within {timeout} s")
            return list(self.connections)

    def take_requests(self):
        """The requests so far, which are then forgotten."""
        with self._lock:
            taken, self.requests = self.requests, []
            return taken

    def close_connections(self):
        """Closes all open connections, and waits until they are."""
        for connection in list(self.connections):
            if not connection.closed.is_set():
                try:
                    connection.sock.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        eventually(lambda: all(connection.closed.is_set() for connection in self.connections), what="all closed")

    @property
    def open_connections(self):
        """How many connections are open."""
        return sum(not connection.closed.is_set() for connection in self.connections)

    def stop(self):
        """Closes everything."""
        self.stopped = True
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        http1.shut(self._listener)
        for connection in list(self.connections):
            try:
                connection.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
