"""A client that sends exactly the bytes it is told to."""

import socket
import ssl

from . import http1


class Client:
    """One connection to a server."""

    def __init__(self, port, host="127.0.0.1", timeout=10.0, tls=None, server_name=None, receive_buffer=None):
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(timeout)
        sock.connect((host, port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if tls is True:
            tls = ssl.create_default_context()
            tls.check_hostname = False
            tls.verify_mode = ssl.CERT_NONE
        if tls:
            sock = tls.wrap_socket(sock, server_hostname=server_name, suppress_ragged_eofs=True)
        self.sock = sock
        self.stream = http1.Stream(sock)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        """Bytes, or text as latin-1."""
        self.sock.sendall(data.encode("latin-1") if isinstance(data, str) else data)
        return self

    def request(self, method="GET", target="/", headers=(), body=None, host="torii.test"):
        """Sends a request; Host and Content-Length are added where they are not given."""
        self.send(encode_request(method, target, headers, body, host))
        return self

    def response(self, method="GET", sink=None):
        """The next response; None when the connection ended before one."""
        return http1.read_response(self.stream, method, sink)

    def response_head(self):
        """Only the head of the next response."""
        return http1.read_response_head(self.stream)

    def finish(self, head):
        """The rest of the response whose head was read."""
        return http1.read_response_body(self.stream, head)

    def fetch(self, method="GET", target="/", headers=(), body=None, host="torii.test"):
        """A request and its response."""
        return self.request(method, target, headers, body, host).response(method)

    def half_close(self):
        """Says that nothing more will be sent."""
        self.sock.shutdown(socket.SHUT_WR)

    def ends(self, timeout=5.0):
        """Whether the server ends the connection, with nothing more said, in time."""
        self.sock.settimeout(timeout)
        try:
            return not self.stream.buffer and not self.stream.fill()
        except TimeoutError:
            return False

    def silent(self, seconds=0.05):
        """Whether nothing comes, not even the end, for a moment."""
        self.sock.settimeout(seconds)
        try:
            self.stream.fill()
            return False
        except TimeoutError:
            return not self.stream.buffer
        finally:
            self.sock.settimeout(10.0)

    def reset(self):
        """Leaves with a TCP reset."""
        http1.reset(self.sock)

    def close(self):
        """Leaves."""
        http1.shut(self.sock)


def encode_request(method="GET", target="/", headers=(), body=None, host="torii.test"):
    """A request's bytes; Host and Content-Length are added where they are not given."""
    headers = list(headers.items()) if isinstance(headers, dict) else list(headers)
    names = [name.lower() for name, _ in headers]
    if "host" not in names and host is not None:
        headers.insert(0, ("Host", host))
    if isinstance(body, str):
        body = body.encode()
    if body is not None and "content-length" not in names and "transfer-encoding" not in names:
        headers.append(("Content-Length", str(len(body))))
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
    return head.encode("latin-1") + (body or b"")


def connect(gateway, **options):
    """A client of a gateway's plain port."""
    return Client(gateway.port, **options)


def fetch(gateway, method="GET", target="/", headers=(), body=None, host="torii.test", **options):
    """One request on a connection of its own."""
    with Client(gateway.port, **options) as client:
        return client.fetch(method, target, headers, body, host)
