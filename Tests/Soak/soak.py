"""One real gateway under everything at once, for a time: soak.py SECONDS. Ends with a table and an exit code.

First act, 60 % of the time: loads, failing upstreams, reloads, and deaths of workers and of the controller.
Second act: the same without deaths, so that what a worker leaks is seen: each of them lives through all of it.
"""

import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.dont_write_bytecode = True
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "EndToEnd")]

from support import eventually, memory  # noqa: E402
from support.processes import descriptors  # noqa: E402

from account import Account  # noqa: E402
from clients import Load  # noqa: E402
from reloads import Reloads  # noqa: E402
from troubles import Troubles  # noqa: E402
from world import World, status  # noqa: E402

MIB = 1 << 20
# How much a process may have grown: private bytes, and descriptors.
BOUNDS = {"supervisor": (2 * MIB, 4), "controller": (16 * MIB, 4), "worker": (12 * MIB, 4)}


class Clock:
    """How late the test itself was: on a machine that is too busy, time-outs say nothing about the gateway."""

    def __init__(self):
        self.latest = 0.0
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        while True:
            before = time.monotonic()
            time.sleep(0.05)
            self.latest = max(self.latest, time.monotonic() - before - 0.05)


def measure(world):
    """What each process holds when nobody is connected: {role: (private bytes, descriptors, pid)}."""
    world.sound.close_connections()
    world.failing.close_connections()
    world.sound.forget()
    world.failing.forget()
    gateway = world.gateway
    eventually(lambda: len(gateway.worker_pids()) == 2 and gateway.controller_pid(), 15, "all processes run")
    # Closed connections are noticed, old generations retired.
    eventually(lambda: sum(worker["connections"] for worker in status(gateway)["workers"]) == 0, 10, "no connections")
    time.sleep(1)
    pids = {"supervisor": gateway.pid, "controller": gateway.controller_pid()}
    pids |= {f"worker {index}": pid for index, pid in enumerate(gateway.worker_pids())}
    return {role: (memory(pid).private_dirty, descriptors(pid), pid) for role, pid in pids.items()}


def play(world, account, seconds, seed, troubles=None):
    """Everything at once for a time; gives the reloads' counts."""
    load = Load(world.gateway, account, seed).start()
    reloads = Reloads(world, account, seed + 1).start()
    until = time.monotonic() + seconds
    if troubles:
        troubles.run(until)
    while time.monotonic() < until:
        time.sleep(min(5, max(0, until - time.monotonic())))
        world.sound.forget()
        world.failing.forget()
    reloads.stop()
    load.finish()
    return reloads


def growth(account, table, before, after):
    """Adds rows for processes, and a problem for each that grew too much."""
    for role in after:
        earlier, later = before[role], after[role]
        bytes_bound, descriptor_bound = BOUNDS[role.split()[0]]
        table.append((f"{role}: private memory", f"{earlier[0] / MIB:.1f} MiB -> {later[0] / MIB:.1f} MiB"))
        table.append((f"{role}: descriptors", f"{earlier[1]} -> {later[1]}"))
        if later[0] - earlier[0] > bytes_bound:
            account.problem(f"{role} grew by {(later[0] - earlier[0]) / MIB:.1f} MiB, more than {bytes_bound / MIB:.0f} MiB")
        if later[1] - earlier[1] > descriptor_bound:
            account.problem(f"{role} has {later[1] - earlier[1]} descriptors more, rather than at most {descriptor_bound}")


def soak(world, account, seconds, seed):
    """The whole of it; gives the rows of the table."""
    clock = Clock()
    world.start()
    # A first round warms everything that is made once.
    warm = play(world, account, min(10, max(3, seconds * 0.05)), seed)
    start = measure(world)
    troubles = Troubles(world, account, seed)
    first = play(world, account, seconds * 0.6, seed + 10, troubles)
    troubles.settled()
    between = measure(world)
    # The workers are new: they are warmed as those of the start were.
    again = play(world, account, min(10, max(3, seconds * 0.05)), seed + 20)
    calm = measure(world)
    second = play(world, account, seconds * 0.35, seed + 30)
    end = measure(world)
    troubles.faults.stop()

    every = (warm, first, again, second)
    losses, texts = account.judge()
    table = []
    for kind in sorted(set(account.served) | set(losses)):
        allowed, wrong = losses.get(kind, (0, 0))
        table.append((kind, f"{account.served[kind]} served, {allowed} lost with their worker, {wrong} lost otherwise"))
        if kind == "streams":
            table.append(("streams whole", f"{account.served[kind]} of {account.served[kind] + allowed + wrong}"))
    table.append(("workers ended", f"{account.counts['workers killed']} by SIGKILL, {troubles.provoked} by a plugin"))
    table.append(("controllers ended", f"{account.counts['controllers killed']} by SIGKILL"))
    seen = len(troubles.faults.seen)
    table.append(("faults", f"{troubles.provoked} caused, {seen} told, {troubles.attributed} attributed rightly"))
    table.append(("quarantines", f"{troubles.quarantines} begun and ended"))
    table.append(("reloads", f"{sum(r.done for r in every)} done, {sum(r.refused for r in every)} bad ones refused, "
                             f"{sum(r.repeated for r in every)} cut short by a death"))
    table.append(("this test", f"was late by at most {clock.latest:.2f} s"))
    table.append(("from the start", "to the end"))
    growth(account, table, start, end)
    table.append(("second act, same workers", "from its begin to its end"))
    growth(account, table, calm, end)

    for text in texts:
        account.problem(f"lost: {text}")
    if not troubles.provoked == troubles.attributed == seen:
        told = [{name: fault[name] for name in ("number", "kind", "plugin", "phase", "route_name", "pid")}
                for fault in troubles.faults.seen]
        account.problem(
            f"faults: {troubles.provoked} caused, {troubles.attributed} attributed rightly; the last told: {told[-8:]}")
    told = status(world.gateway)["restarts"]
    if told != troubles.restarts:
        account.problem(f"{told} processes were started again, though {troubles.restarts} were ended")
    if [between[role][2] for role in between] != [end[role][2] for role in end]:
        account.problem("a process ended in the second act")
    for kind in ("keep-alive", "new connections", "slow clients", "streams", "failing upstreams"):
        if not account.served[kind]:
            account.problem(f"{kind}: nothing was served")
    for upstream in (world.sound, world.failing):
        for error in upstream.errors[:5]:
            account.problem(f"an upstream received what it must not: {error}")
    return table


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3600.0
    seed = int(os.environ.get("SOAK_SEED", "1"))
    # `kill` ends it as Ctrl-C does: with what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = tempfile.mkdtemp(prefix="torii-soak-")
    account = Account()
    print(f"soak for {seconds:.0f} s, SOAK_SEED={seed}", flush=True)
    world = None
    table = []
    try:
        world = World(folder)
        begin = time.monotonic()
        table = soak(world, account, seconds, seed)
        print(f"ended after {time.monotonic() - begin:.0f} s\n")
    except AssertionError as error:
        account.problem(str(error))
    finally:
        codes = world.stop() if world else []
        shutil.rmtree(folder, ignore_errors=True)
    if codes != [0, 0]:
        account.problem(f"the gateways' exit codes: {codes}")
    width = max((len(name) for name, _ in table), default=0)
    for name, value in table:
        print(f"{name:<{width}}  {value}")
    if account.problems:
        file = tempfile.NamedTemporaryFile("w", prefix="torii-soak-", suffix=".log", delete=False)
        with file:
            file.write(world.gateway.log if world else "")
        print(f"\n{len(account.problems)} problems; the gateway's log is in {file.name}")
        return 1
    print("\nnothing was lost that should not have been")
    return 0


if __name__ == "__main__":
    sys.exit(main())
