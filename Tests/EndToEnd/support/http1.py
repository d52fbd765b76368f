"""HTTP/1.1 messages as they come over a socket, read strictly: the harness must notice what a lenient reader forgives."""

import socket
from dataclasses import dataclass, field


class BadMessage(Exception):
    """What was received is no HTTP message."""


class Stream:
    """Reads lines and counted pieces from a socket."""

    def __init__(self, sock):
        self.sock = sock
        self.buffer = bytearray()
        self.ended = False
        self.received = 0

    def fill(self):
        """Reads once; false at the end. A reset is an end."""
        if self.ended:
            return False
        try:
            piece = self.sock.recv(262144)
        except (ConnectionResetError, BrokenPipeError):
            piece = b""
        if not piece:
            self.ended = True
            return False
        self.received += len(piece)
        self.buffer += piece
        return True

    def peek(self, count=1):
        """The next bytes without taking them; fewer only at the end."""
        while len(self.buffer) < count and self.fill():
            pass
        return bytes(self.buffer[:count])

    def line(self, limit=1 << 20):
        """The next line without its CRLF; None at the end."""
        start = 0
        while True:
            found = self.buffer.find(b"\r\n", start)
            if found >= 0:
                line = bytes(self.buffer[:found])
                del self.buffer[: found + 2]
                return line
            if len(self.buffer) > limit:
                raise BadMessage("line too long")
            start = max(0, len(self.buffer) - 1)
            if not self.fill():
                if self.buffer:
                    raise BadMessage(f"ended within a line: {bytes(self.buffer[:200])!r}")
                return None

    def take(self, count):
        """Up to `count` bytes; fewer only at the end."""
        while len(self.buffer) < count and self.fill():
            pass
        piece = bytes(self.buffer[:count])
        del self.buffer[:count]
        return piece

    def some(self):
        """What is there, at least one byte unless it ended."""
        if not self.buffer:
            self.fill()
        piece = bytes(self.buffer)
        self.buffer.clear()
        return piece

    def rest(self):
        """Everything up to the end."""
        while self.fill():
            pass
        return self.some() if self.buffer else b""


class Message:
    """The common part: fields in the order received, names as they were spelled."""

    def values(self, name):
        """All values of a field, in order."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def value(self, name):
        """The only value of a field, or None."""
        found = self.values(name)
        assert len(found) <= 1, f"{name} came {len(found)} times: {found}"
        return found[0] if found else None

    @property
    def names(self):
        """Names of all fields, in lower case."""
        return [key.lower() for key, _ in self.headers]


@dataclass
class Request(Message):
    """As an upstream received it."""

    method: str = ""
    target: str = ""
    version: str = ""
    headers: list = field(default_factory=list)
    body: bytes = b""
    trailers: list = field(default_factory=list)
    incomplete: bool = False
    head: bytes = b""
    connection: object = None


@dataclass
class Response(Message):
    """As a client received it."""

    status: int = 0
    reason: str = ""
    version: str = ""
    headers: list = field(default_factory=list)
    body: bytes = b""
    trailers: list = field(default_factory=list)
    interim: list = field(default_factory=list)
    truncated: bool = False
    head: bytes = b""


def read_fields(stream):
    """Field lines up to the empty line, and their bytes."""
    fields, raw = [], b""
    while True:
        line = stream.line()
        if line is None:
            raise BadMessage("ended within the fields")
        raw += line + b"\r\n"
        if not line:
            return fields, raw
        name, colon, value = line.partition(b":")
        if not colon or not name or name != name.strip():
            raise BadMessage(f"no field line: {line!r}")
        fields.append((name.decode("latin-1"), value.strip(b" \t").decode("latin-1")))


def read_chunks(stream, sink):
    """A chunked body into `sink(bytes)`. Returns (trailers, complete)."""
    while True:
        try:
            line = stream.line()
            if line is None:
                return [], False
            size = int(line.split(b";")[0], 16)
        except BadMessage:
            return [], False
        if size == 0:
            break
        piece = stream.take(size)
        sink(piece)
        if len(piece) < size:
            return [], False
        if stream.take(2) != b"\r\n":
            if stream.ended:
                return [], False
            raise BadMessage("no CRLF behind a chunk")
    try:
        return read_fields(stream)[0], True
    except BadMessage:
        return [], False


def read_counted(stream, length, sink):
    """A body of known length into `sink(bytes)`. Returns whether it was complete."""
    while length > 0:
        if not stream.buffer and not stream.fill():
            return False
        piece = bytes(stream.buffer[:length])
        del stream.buffer[: len(piece)]
        sink(piece)
        length -= len(piece)
    return True


def read_request_head(stream):
    """Request line and fields; None when the peer ended before a byte of it."""
    line = stream.line()
    if line is None:
        return None
    parts = line.split(b" ")
    if len(parts) != 3 or not parts[2].startswith(b"HTTP/1."):
        raise BadMessage(f"no request line: {line!r}")
    fields, raw = read_fields(stream)
    method, target, version = (part.decode("latin-1") for part in parts)
    return Request(method, target, version, fields, head=line + b"\r\n" + raw)


def read_request_body(stream, request, sink=None):
    """The body of a request whose head was read."""
    body = bytearray()
    sink = sink or body.extend
    codings, lengths = request.values("transfer-encoding"), request.values("content-length")
    if codings and lengths:
        raise BadMessage("Transfer-Encoding with Content-Length")
    if codings:
        if codings != ["chunked"]:
            raise BadMessage(f"Transfer-Encoding: {codings}")
        request.trailers, complete = read_chunks(stream, sink)
        request.incomplete = not complete
    elif lengths:
        if len(lengths) != 1 or not lengths[0].isdigit():
            raise BadMessage(f"Content-Length: {lengths}")
        request.incomplete = not read_counted(stream, int(lengths[0]), sink)
    request.body = bytes(body)
    return request


def read_response_head(stream):
    """Status line and fields, with the interim responses before it; None when nothing came."""
    interim = []
    while True:
        line = stream.line()
        if line is None:
            return None
        parts = line.split(b" ", 2)
        if len(parts) < 2 or not parts[0].startswith(b"HTTP/1.") or not parts[1].isdigit():
            raise BadMessage(f"no status line: {line!r}")
        fields, raw = read_fields(stream)
        status = int(parts[1])
        if 100 <= status < 200 and status != 101:
            interim.append((status, fields))
            continue
        reason = parts[2].decode("latin-1") if len(parts) == 3 else ""
        return Response(
            status, reason, parts[0].decode(), fields, interim=interim, head=line + b"\r\n" + raw)


def read_response(stream, method="GET", sink=None):
    """A whole response; None when the connection ended before one."""
    response = read_response_head(stream)
    return None if response is None else read_response_body(stream, response, method, sink)


def read_response_body(stream, response, method="GET", sink=None):
    """What follows a head that was read; gives the response."""
    body = bytearray()
    sink = sink or body.extend
    codings, lengths = response.values("transfer-encoding"), response.values("content-length")
    if method == "HEAD" or response.status in (101, 204, 304):
        return response
    if codings:
        if codings != ["chunked"] or lengths:
            raise BadMessage(f"framing: {codings} {lengths}")
        response.trailers, complete = read_chunks(stream, sink)
        response.truncated = not complete
    elif lengths:
        if len(lengths) != 1 or not lengths[0].isdigit():
            raise BadMessage(f"Content-Length: {lengths}")
        response.truncated = not read_counted(stream, int(lengths[0]), sink)
    else:
        while True:
            piece = stream.some()
            if not piece:
                break
            sink(piece)
    response.body = bytes(body)
    return response


def shut(sock):
    """Closes without caring whether it was closed already."""
    try:
        sock.close()
    except OSError:
        pass


def reset(sock):
    """Closes with a TCP reset."""
    import struct

    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    except OSError:
        pass
    shut(sock)
