"""Starting processes on chosen cores, and what the kernel says about them."""

import os
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

AVAILABLE = sorted(os.sched_getaffinity(0))
# What is measured has a core for itself; the load and the upstream share the other one.
LOAD_CORE = AVAILABLE[0]
MEASURED_CORE = AVAILABLE[-1]
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class CPUTime:
    """Seconds."""

    user: float
    system: float

    def __sub__(self, other):
        return CPUTime(self.user - other.user, self.system - other.system)


def cpu_time(pid):
    """What a process has used so far, all its threads together."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return CPUTime(int(fields[11]) / TICKS, int(fields[12]) / TICKS)


def memory(pid):
    """Resident and proportional bytes of a process."""
    sizes = {}
    with open(f"/proc/{pid}/smaps_rollup") as file:
        for line in file:
            words = line.split()
            if words[-1] == "kB":
                sizes[words[0]] = int(words[1]) * 1024
    return {"resident": sizes["Rss:"], "proportional": sizes["Pss:"]}


def children(pid):
    """Process ids of the children."""
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/children") as file:
            found += [int(word) for word in file.read().split()]
    return found


def arguments(pid):
    """The command line of a process."""
    with open(f"/proc/{pid}/cmdline", "rb") as file:
        return file.read().decode(errors="replace").split("\0")


def free_port():
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, seconds=30.0, pause=0.01):
    """Waits until the condition gives something true, and gives it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(pause)
    raise SystemExit(f"waited {seconds:.0f} s in vain: {what}")


def listens(port):
    """Whether somebody accepts connections."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """A process on one core; its output goes to a file."""

    def __init__(self, command, core, log, environment=None):
        self.log = log
        with open(log, "wb") as output:
            self.process = subprocess.Popen(
                ["taskset", "-c", str(core), *map(str, command)], stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True, env={**os.environ, **(environment or {})})
        self.pid = self.process.pid

    def wait_until_listening(self, port, seconds=30.0):
        """Waits until the port accepts; ends the run when the process ends instead."""
        def ready():
            if self.process.poll() is not None:
                with open(self.log, errors="replace") as file:
                    raise SystemExit(f"{self.process.args[3:]} ended:\n{file.read()[-3000:]}")
            return listens(port)
        wait_for(ready, f"nothing listens on port {port}", seconds, 0.002)

    def stop(self, number=signal.SIGINT, seconds=20):
        """Ends it, at the latest after some seconds by force. Under valgrind a signal can get lost: it is sent again."""
        for _ in range(0, seconds, 2):
            if self.process.poll() is not None:
                return
            self.process.send_signal(number)
            try:
                self.process.wait(2)
            except subprocess.TimeoutExpired:
                pass
        os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(5)
