"""What was served and what was lost, and which loss is allowed: that of a request in flight on a worker that was ended."""

import threading
import time
from collections import Counter
from dataclasses import dataclass


@dataclass
class Loss:
    """A request without the answer it should have had."""

    kind: str
    client: str
    what: str
    begin: float
    end: float
    # The worker that had the connection; None when the client was never told.
    worker: int | None


@dataclass
class Death:
    """A worker that was ended on purpose, at some time in between."""

    pid: int
    why: str
    since: float
    until: float


class Account:
    """Kept by all threads of the test."""

    def __init__(self):
        self._lock = threading.Lock()
        self.served = Counter()
        self.losses = []
        self.deaths = []
        self.problems = []
        self.counts = Counter()

    def serve(self, kind, count=1):
        with self._lock:
            self.served[kind] += count

    def count(self, name):
        with self._lock:
            self.counts[name] += 1

    def lose(self, kind, client, what, begin, worker=None):
        with self._lock:
            self.losses.append(Loss(kind, client, what, begin, time.monotonic(), worker))

    def died(self, pid, why, since):
        """Called when the worker is known to be gone."""
        with self._lock:
            self.deaths.append(Death(pid, why, since, time.monotonic()))

    def problem(self, text):
        """Something that must not be, whatever was ended."""
        with self._lock:
            self.problems.append(text)
        print(f"  problem: {text}", flush=True)

    def judge(self):
        """The losses by kind, allowed and not: {kind: [allowed, not allowed]}, and the texts of those that are not."""
        spent, table, texts = set(), {}, []
        for loss in self.losses:
            row = table.setdefault(loss.kind, [0, 0])
            if self._is_allowed(loss, spent):
                row[0] += 1
            else:
                row[1] += 1
                texts.append(
                    f"{loss.kind} ({loss.client}, worker {loss.worker}): {loss.what}, {loss.end - loss.begin:.2f} s after its "
                    f"begin at {loss.begin:.2f}")
        return table, texts

    def _is_allowed(self, loss, spent):
        if loss.worker is not None:
            # Numbers of processes come round again, but not soon. A request may begin on a connection whose end its client has
            # yet to see.
            return any(death.pid == loss.worker and death.since <= loss.end and loss.begin <= death.until + 10
                       for death in self.deaths)
        # Of a client that does not know its worker, each death explains one loss.
        for death in self.deaths:
            if loss.begin <= death.until and loss.end >= death.since and (loss.client, death.since) not in spent:
                spent.add((loss.client, death.since))
                return True
        return False
