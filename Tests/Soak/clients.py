"""The load: each client knows what it must get, and tells the account."""

import random
import threading
import time

from support import BadMessage, Client, http1
from support.client import encode_request

from world import BIG, PIECES

TIMEOUT = 20.0
# What the gateway makes of each way in which an upstream fails: a status, or None for a response that ends too early.
FAILURES = {
    "/failing/reset": 502, "/failing/half-a-head": 502, "/failing/cut": None, "/failing/cut-chunked": None,
    "/failing/stall": 504, "/failing/stall-in-the-body": None, "/refusing": 502,
}


class Wrong(Exception):
    """The answer is not what it has to be."""


def check(response, filler=0):
    """The worker of a response, which must be whole and of one build throughout."""
    if response is None:
        raise Wrong("the connection ended before the answer")
    if response.status != 200:
        raise Wrong(f"status {response.status}: {response.body[:100]!r}")
    if response.truncated:
        raise Wrong(f"the answer ended after {len(response.body)} bytes")
    saw, _, rest = response.body.decode().partition("|")
    built = response.value("x-build")
    if rest != "." * filler + saw or saw != built:
        raise Wrong(f"builds are mixed, or bytes are missing: {saw!r}, {built!r}, {len(rest)} bytes ending in {rest[-10:]!r}")
    return int(response.value("x-worker"))


class Load:
    """All clients of the gateway."""

    def __init__(self, gateway, account, seed):
        self.gateway, self.account = gateway, account
        self.stop = threading.Event()
        self.threads = []
        self.random = random.Random(seed)
        for run, count in ((self.keep_alive, 4), (self.new_connections, 2), (self.slow, 6), (self.streams, 16),
                           (self.failing, 4)):
            for index in range(count):
                name = f"{run.__name__} {index}"
                self.threads.append(threading.Thread(
                    target=self.repeat, args=(run, name, random.Random(self.random.random())), name=name, daemon=True))

    def start(self):
        for thread in self.threads:
            thread.start()
        return self

    def finish(self):
        """Ends them when what they have begun is done."""
        self.stop.set()
        deadline = time.monotonic() + 2 * TIMEOUT
        for thread in self.threads:
            thread.join(max(0, deadline - time.monotonic()))
        late = [thread.name for thread in self.threads if thread.is_alive()]
        if late:
            self.account.problem(f"clients did not end: {late}")

    def repeat(self, run, name, random):
        while not self.stop.is_set():
            try:
                run(name, random)
            except Exception as error:  # A mistake of the test's own must not pass for silence.
                self.account.problem(f"{name}: {error!r}")
                self.stop.wait(1)

    def attempt(self, kind, name, work, notes=None):
        """Runs one exchange, and books it. `work` gets a dictionary in which to note its worker. True when it went well."""
        begin = time.monotonic()
        notes = {} if notes is None else notes
        try:
            work(notes)
        except (OSError, BadMessage, Wrong) as error:
            self.account.lose(kind, name, str(error) or repr(error), begin, notes.get("worker"))
            return False
        self.account.serve(kind)
        return True

    def keep_alive(self, name, random):
        """Requests on one connection, until it fails."""
        notes = {}

        def work(notes):
            if "client" not in notes:
                notes["client"] = Client(self.gateway.port, timeout=TIMEOUT)
            notes["worker"] = check(notes["client"].fetch(target="/small"))

        try:
            while not self.stop.is_set() and self.attempt("keep-alive", name, work, notes):
                time.sleep(0.003)
        finally:
            if "client" in notes:
                notes["client"].close()

    def new_connections(self, name, random):
        """A connection for each request."""
        def work(notes):
            with Client(self.gateway.port, timeout=TIMEOUT) as client:
                check(client.fetch(target="/small"))

        self.attempt("new connections", name, work)
        time.sleep(0.005)

    def slow(self, name, random):
        """A request in small pieces; a large answer that is taken in small pieces."""
        def work(notes):
            with Client(self.gateway.port, timeout=TIMEOUT, receive_buffer=8192) as client:
                for byte in encode_request("POST", "/big", [], b"slow"):
                    client.send(bytes([byte]))
                    time.sleep(random.random() * 0.01)
                head = client.response_head()
                if head is None:
                    raise Wrong("the connection ended before the answer")
                notes["worker"] = int(head.value("x-worker") or 0) or None
                pieces = bytearray()

                def sink(piece):
                    pieces.extend(piece)
                    time.sleep(0.005)

                http1.read_response_body(client.stream, head, "POST", sink)
                head.body = bytes(pieces)
                check(head, BIG)

        self.attempt("slow clients", name, work)

    def streams(self, name, random):
        """A response that takes seconds, across reloads: it ends with the build with which it began."""
        pause = random.choice((50, 100, 200, 300))

        def work(notes):
            with Client(self.gateway.port, timeout=TIMEOUT) as client:
                client.request("GET", f"/stream/{pause}")
                head = client.response_head()
                if head is None:
                    raise Wrong("the connection ended before the answer")
                notes["worker"] = int(head.value("x-worker") or 0) or None
                check(client.finish(head), PIECES)

        self.attempt("streams", name, work)

    def failing(self, name, random):
        """An upstream that fails: the answer is the one that its failure deserves."""
        path, expected = random.choice(list(FAILURES.items()))

        def work(notes):
            with Client(self.gateway.port, timeout=TIMEOUT) as client:
                response = client.fetch(target=path)
            if response is None:
                raise Wrong(f"{path}: the connection ended before the answer")
            if expected is None and response.status != 200:
                raise Wrong(f"{path}: status {response.status} rather than a response that is cut")
            if expected is None and not response.truncated:
                raise Wrong(f"{path}: status {response.status}, ended as if whole, though the upstream's answer was cut")
            if expected is not None and (response.status != expected or response.truncated):
                raise Wrong(f"{path}: status {response.status} rather than {expected}")

        self.attempt("failing upstreams", name, work)
        time.sleep(0.02)
