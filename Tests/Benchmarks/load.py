"""The clients: wrk for load, and one that sends an exact number of requests."""

import re
import socket
import subprocess
from dataclasses import dataclass

from processes import LOAD_CORE, cpu_time


@dataclass
class Cost:
    """What a worker spent on the requests of one run."""

    requests: int
    per_second: float
    user: float
    system: float

    @property
    def user_us(self):
        """Microseconds of a request."""
        return self.user / self.requests * 1e6

    @property
    def system_us(self):
        """Microseconds of a request, in the kernel."""
        return self.system / self.requests * 1e6

    @property
    def cpu_us(self):
        """Microseconds of a request, in all."""
        return self.user_us + self.system_us


def total(costs):
    """Several runs as one."""
    costs = list(costs)
    requests = sum(cost.requests for cost in costs)
    seconds = sum(cost.requests / cost.per_second for cost in costs)
    return Cost(requests, requests / seconds, sum(cost.user for cost in costs), sum(cost.system for cost in costs))


def wrk(server, path, seconds, connections=64, script=None):
    """Loads a server for a time; gives what its worker spent."""
    before = cpu_time(server.worker)
    command = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s"]
    if script:
        command += ["-s", str(script)]
    text = subprocess.run(
        [*command, f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True, check=True).stdout
    used = cpu_time(server.worker) - before
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"requests failed:\n{text}")
    requests = int(re.search(r"(\d+) requests in", text).group(1))
    rate = float(re.search(r"Requests/sec: +([\d.]+)", text).group(1))
    return Cost(requests, rate, used.user, used.system)


def alternating(servers, rounds, run):
    """Runs each server in each round, so that a machine that changes its speed does so for all; gives totals."""
    costs = {name: [] for name in servers}
    for _ in range(rounds):
        for name, server in servers.items():
            costs[name].append(run(server))
    return {name: total(runs) for name, runs in costs.items()}


def post_script(folder, name, body, headers):
    """A wrk script that posts a body; of several, one after the other."""
    bodies = body if isinstance(body, list) else [body]
    files = [folder / f"{name}.{number}.body" for number in range(len(bodies))]
    for file, content in zip(files, bodies):
        file.write_bytes(content)
    script = folder / f"{name}.lua"
    lines = [f'wrk.headers["{field}"] = "{value}"' for field, value in headers.items()]
    if len(files) == 1:
        lines.append(f'wrk.body = io.open("{files[0]}", "rb"):read("*a")')
    else:
        read = ", ".join(f'io.open("{file}", "rb"):read("*a")' for file in files)
        # Requests are made once: to put 50 KB together for each would be the load's work, and slow it down.
        lines += [
            f"local bodies = {{{read}}}", "local requests, turn = {}, 0",
            "function init() for place, body in ipairs(bodies) do requests[place] = wrk.format(nil, nil, nil, body) end end",
            "function request() turn = turn % #requests + 1; return requests[turn] end",
        ]
    script.write_text("\n".join(['wrk.method = "POST"', *lines, ""]))
    return script


def request_bytes(method, path, headers=None, body=b""):
    """A request as it is sent."""
    fields = {"Host": "127.0.0.1", "User-Agent": "benchmark", "Accept": "*/*", **(headers or {})}
    if body:
        fields["Content-Length"] = str(len(body))
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return head.encode() + b"\r\n" + body


class Client:
    """One connection, one request after the other."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def send(self, request):
        """Sends bytes and gives the response's status and content."""
        self.socket.sendall(request)
        line = self.file.readline()
        if not line:
            raise ConnectionError("the connection was closed")
        length, chunked = 0, False
        while (field := self.file.readline().rstrip().lower()):
            name, _, value = field.partition(b":")
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                chunked = b"chunked" in value
        if not chunked:
            return int(line.split()[1]), self.file.read(length)
        content = b""
        while (size := int(self.file.readline(), 16)):
            content += self.file.read(size)
            self.file.readline()
        self.file.readline()
        return int(line.split()[1]), content

    def repeat(self, request, times):
        """Sends it so many times; each must succeed."""
        for _ in range(times):
            status, content = self.send(request)
            if status != 200:
                raise SystemExit(f"status {status}: {content[:500]}")

    def close(self):
        """Ends the connection."""
        self.file.close()
        self.socket.close()
