"""A client that shows every byte: tests look at framing, so they can't use a library that hides it."""

import gzip
import json
import socket
import time

CHAT = "/compatible-mode/v1/chat/completions"


class Answer:
    """What came back on a connection."""

    def __init__(self):
        self.status = None
        self.headers = {}
        self.raw = b""  # everything after the head, as it came
        self.body = b""  # without transfer coding
        self.complete = False  # whether the body ended as its framing says
        self.ending = "open"  # open, closed or reset
        self.interim = []
        self.times = []  # when each piece arrived

    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json()["error"]

    def text(self):
        body = gzip.decompress(self.body) if self.headers.get("content-encoding") == "gzip" else self.body
        return body.decode()

    def data(self):
        """The data of all events, [DONE] included, by the rules of the HTML standard."""
        text = self.text().removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        events = []
        for frame in text.split("\n\n"):
            lines = [line[5:].removeprefix(" ") for line in frame.split("\n") if line.startswith("data:")]
            if lines:
                events.append("\n".join(lines))
        return events

    def chunks(self):
        """The events that are JSON."""
        return [json.loads(data) for data in self.data() if data != "[DONE]"]

    def deltas(self):
        return [choice["delta"] for chunk in self.chunks() for choice in chunk.get("choices") or [] if "delta" in choice]

    def content(self):
        return "".join(delta.get("content") or "" for delta in self.deltas())

    def reasoning(self):
        return "".join(delta.get("reasoning_content") or "" for delta in self.deltas())

    def finish_reasons(self):
        choices = [choice for chunk in self.chunks() for choice in chunk["choices"]]
        return [choice["finish_reason"] for choice in choices if choice["finish_reason"] is not None]

    def calls(self):
        """Tool calls put together by their index."""
        calls = {}
        for delta in self.deltas():
            for piece in delta.get("tool_calls") or []:
                call = calls.setdefault(piece["index"], {"id": "", "name": "", "arguments": ""})
                call["id"] = call["id"] or piece.get("id") or ""
                call["name"] = call["name"] or piece["function"].get("name") or ""
                call["arguments"] += piece["function"].get("arguments") or ""
        return [calls[index] for index in sorted(calls)]


class Connection:
    """One TCP connection."""

    def __init__(self, port, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.buffer = b""
        self.answer = None

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def send(self, data):
        self.socket.sendall(data)

    def fill(self):
        """Reads once; false at the end."""
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            self.answer.ending = "reset"
            return False
        if not data:
            self.answer.ending = "closed"
            return False
        self.answer.times.append(time.monotonic())
        self.buffer += data
        return True

    def head(self):
        while b"\r\n\r\n" not in self.buffer:
            if not self.fill():
                return False
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")
        self.answer.status = int(lines[0].split(" ")[1])
        self.answer.headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            self.answer.headers[name.lower()] = value.strip()
        return True

    def read(self, method="POST"):
        """Reads one answer, however it ends."""
        self.answer = answer = Answer()
        while True:
            if not self.head():
                return answer
            if answer.status >= 200:
                break
            answer.interim.append(answer.status)
        if answer.headers.get("transfer-encoding") == "chunked":
            self.read_chunked(answer)
        elif "content-length" in answer.headers:
            length = int(answer.headers["content-length"])
            while len(self.buffer) < length and self.fill():
                pass
            answer.body, self.buffer = self.buffer[:length], self.buffer[length:]
            answer.raw = answer.body
            answer.complete = len(answer.body) == length
        else:
            while self.fill():
                pass
            answer.body = answer.raw = self.buffer
            self.buffer = b""
            answer.complete = answer.ending == "closed"
        return answer

    def read_chunked(self, answer):
        pieces = []
        while True:
            while b"\r\n" not in self.buffer:
                if not self.fill():
                    answer.body = b"".join(pieces)
                    return
            line, rest = self.buffer.split(b"\r\n", 1)
            try:
                size = int(line, 16)
            except ValueError:
                answer.body = b"".join(pieces)
                self.fill()
                return
            while len(rest) < size + 2:
                if not self.fill():
                    answer.body = b"".join(pieces)
                    return
                rest = self.buffer.split(b"\r\n", 1)[1]
            answer.raw += line + b"\r\n" + rest[: size + 2]
            self.buffer = rest[size + 2 :]
            if size == 0:
                answer.body = b"".join(pieces)
                answer.complete = True
                return
            pieces.append(rest[:size])


def request_bytes(body, target=CHAT, method="POST", headers=(), key="Bearer sk-test"):
    if not isinstance(body, bytes):
        body = json.dumps(body, ensure_ascii=False).encode()
    fields = [("Host", "simulator")]
    names = {name.lower() for name, _ in headers}
    if key is not None and "authorization" not in names:
        fields.append(("Authorization", key))
    if method == "POST":
        if "content-type" not in names:
            fields.append(("Content-Type", "application/json"))
        if not names & {"content-length", "transfer-encoding"}:
            fields.append(("Content-Length", str(len(body))))
    fields += headers
    head = f"{method} {target} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
    return head.encode() + b"\r\n" + body


class Client:
    def __init__(self, port):
        self.port = port

    def connect(self, timeout=60):
        return Connection(self.port, timeout)

    def send(self, body, **options):
        with self.connect() as connection:
            connection.send(request_bytes(body, **options))
            return connection.read()

    def get(self, target):
        return self.send(b"", target=target, method="GET")

    def chat(self, text="Hello", fault=None, **members):
        """One chat request with a user message; further members go into the body."""
        body = {"model": "qwen-plus", "messages": [{"role": "user", "content": text}], **members}
        headers = [("X-Simulator-Fault", fault)] if fault else []
        return self.send(body, headers=headers)

    def stream(self, text="Hello", fault=None, **members):
        return self.chat(text, fault, stream=True, stream_options={"include_usage": True}, **members)

    def control(self, method, target, body=b""):
        return self.send(body, method=method, target=target, key=None).json()

    def records(self):
        return self.control("GET", "/simulator/requests")


def tool(name, schema=None):
    parameters = schema or {
        "type": "object",
        "properties": {"path": {"type": "string"}, "limit": {"type": "integer"}},
        "required": ["path"],
    }
    return {"type": "function", "function": {"name": name, "description": "A tool.", "parameters": parameters}}


def eventually(condition, seconds=30):
    """Waits until a condition holds; what it returned last."""
    deadline = time.monotonic() + seconds
    while True:
        result = condition()
        if result or time.monotonic() > deadline:
            return result
        time.sleep(0.005)
