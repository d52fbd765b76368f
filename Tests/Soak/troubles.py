"""Deaths: of workers and of the controller by SIGKILL, of workers by a plugin; and whether each is put down to whom it is due."""

import os
import random
import signal
import threading
import time

from support import Client, is_alive

from world import KINDS, PHASES, admin, status

PATIENCE = 15.0


class Faults:
    """All faults that the gateway tells of. It keeps the last 32: they are asked for often."""

    def __init__(self, gateway, account):
        self.gateway, self.account = gateway, account
        self.seen = []
        self._last = 0
        self._changed = threading.Condition()
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def poll(self):
        """Asks once."""
        told = status(self.gateway, PATIENCE)["faults"]
        with self._changed:
            for fault in sorted(told, key=lambda fault: fault["number"]):
                if fault["number"] > self._last:
                    self._last = fault["number"]
                    self.seen.append(fault)
            self._changed.notify_all()

    def _run(self):
        while not self._done.wait(0.25):
            try:
                self.poll()
            except AssertionError as error:
                self.account.problem(f"faults: {error}")

    def wait(self, count):
        """The fault of that index; None when it does not come."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.seen) > count, PATIENCE)
            return self.seen[count] if len(self.seen) > count else None

    def stop(self):
        self._done.set()
        self._thread.join(2 * PATIENCE)
        self.poll()


class Troubles:
    """One trouble after the other, so that each death has one cause."""

    def __init__(self, world, account, seed):
        self.world, self.gateway, self.account = world, world.gateway, account
        self.random = random.Random(seed)
        self.faults = Faults(self.gateway, account)
        self.provoked = self.attributed = self.restarts = 0
        self.quarantines = 0
        # Kinds in turn, so that a short run has them all.
        self.plan = [(KINDS[n % 4], PHASES[(n // 4 + n) % 6]) for n in range(24)]
        assert len(set(self.plan)) == 24

    def run(self, until):
        """Until a time; then everything is well again."""
        number = 0
        steps = (self.fault, self.kill_worker, self.fault, self.kill_controller, self.fault, self.fault,
                 self.quarantine, self.fault)
        while time.monotonic() < until:
            try:
                steps[number % len(steps)]()
            except (AssertionError, OSError) as error:
                self.account.problem(f"{steps[number % len(steps)].__name__}: {error}")
            number += 1
            time.sleep(self.random.uniform(0.3, 1.5))

    def settled(self):
        """Waits until both workers and the controller are there and in service."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            told = status(self.gateway, PATIENCE)
            pids = [worker["pid"] for worker in told["workers"]]
            if len(pids) == 2 and all(map(is_alive, pids)) and all(worker["generation"] for worker in told["workers"]):
                return pids
            time.sleep(0.02)
        raise AssertionError(f"the workers were not back within {PATIENCE} s: {told['workers']}")

    @staticmethod
    def gone(pid):
        deadline = time.monotonic() + PATIENCE
        while is_alive(pid):
            assert time.monotonic() < deadline, f"process {pid} did not end within {PATIENCE} s"
            time.sleep(0.005)

    def kill_worker(self):
        """Somebody else's SIGKILL: nobody's fault."""
        victim = self.random.choice(self.settled())
        since = time.monotonic()
        os.kill(victim, signal.SIGKILL)
        self.restarts += 1
        self.gone(victim)
        self.account.died(victim, "SIGKILL", since)
        self.account.count("workers killed")
        self.settled()

    def kill_controller(self):
        """Costs no request."""
        self.settled()
        victim = self.gateway.controller_pid()
        assert victim, "there is no controller"
        os.kill(victim, signal.SIGKILL)
        self.restarts += 1
        self.gone(victim)
        self.account.count("controllers killed")
        self.settled()

    def fault(self):
        """A request makes a plugin end its worker; the gateway has to say which plugin, how and where."""
        kind, phase = self.plan[self.provoked % len(self.plan)]
        self.settled()
        count = len(self.faults.seen)
        since = time.monotonic()
        self.provoked += 1
        self.restarts += 1
        try:
            with Client(self.gateway.port, timeout=PATIENCE) as client:
                client.fetch("POST", f"/fault/{kind}/{phase}", [("X-Fault", "1")], b"body")
        except OSError:
            pass
        fault = self.faults.wait(count)
        if fault is None:
            return self.account.problem(f"{kind} in {phase}: no fault is told")
        self.gone(fault["pid"])
        self.account.died(fault["pid"], f"{kind} in {phase}", since)
        expected = {
            "plugin": "faulty", "kind": "crash" if kind in ("segv", "abort") else kind, "phase": phase,
            "signal": {"segv": "SIGSEGV", "abort": "SIGABRT"}.get(kind), "exit_code": 7 if kind == "exit" else 0,
            "route_name": f"{kind}-{phase}", "quarantined": False,
        }
        told = {name: fault[name] for name in expected}
        if told == expected:
            self.attributed += 1
        else:
            wrong = {name: (told[name], expected[name]) for name in expected if told[name] != expected[name]}
            self.account.problem(f"{kind} in {phase} is told wrongly, (told, expected): {wrong}")
        self.settled()

    def quarantine(self):
        """On the gateway with the low limit: three faults, 503 on the one route, reinstated, 200."""
        gateway = self.world.small

        def fetch(path, fault=False):
            with Client(gateway.port, timeout=PATIENCE) as client:
                return client.fetch(target=path, headers=[("X-Fault", "1")] if fault else [])

        for attempt in range(10):
            # In this order: when the next worker runs, the quarantine that the last one earned is told.
            pid = gateway.worker_pid()
            if status(gateway)["quarantines"]:
                break
            try:
                fetch("/faulty", fault=True)
            except OSError:
                pass
            self.gone(pid)
        assert attempt == 3, f"quarantined after {attempt} faults rather than 3"
        response = fetch("/faulty", fault=True)
        assert response is not None and response.status == 503, f"a quarantined route: {response}"
        assert fetch("/sound").status == 200, "a route without the quarantined plugin"
        code, body = admin(gateway, "POST", "/torii/plugins/faulty/reinstate")
        assert code == 200, f"reinstate: {code} {body}"
        assert not status(gateway)["quarantines"], "still quarantined"
        assert fetch("/faulty").status == 200, "the reinstated route"
        self.quarantines += 1
