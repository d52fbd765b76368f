"""Many streams at once, by streams.c: the upstream that writes the events and the clients that read them."""

import json
import shutil
import subprocess

from processes import LOAD_CORE, free_port, wait_for, listens
from servers import BENCHMARKS


def compiled(folder):
    """The program; built once for a folder."""
    program = folder / "streams"
    if not program.exists():
        compiler = shutil.which("clang") or shutil.which("gcc") or "cc"
        subprocess.run([compiler, "-O2", "-o", program, BENCHMARKS / "streams.c"], check=True)
    return program


class Streams:
    """Both ends of the streams, on the core of the load."""

    def __init__(self, folder, rate):
        self.port = free_port()
        self.process = subprocess.Popen(
            ["taskset", "-c", str(LOAD_CORE), compiled(folder), str(self.port), str(rate)], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        wait_for(lambda: listens(self.port), "the upstream of the streams does not listen")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)

    def _ask(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().strip()
        if not answer or answer.startswith("failed"):
            raise SystemExit(f"streams: {command}: {answer or 'ended'}")
        return answer

    def open(self, port, count, request):
        """Opens so many streams at a port; `request` is the path of a file with the bytes to send."""
        self._ask(f"open {port} {count} {request}")

    def run(self, seconds):
        """Writes events into all of them; gives what came through, and the delays in microseconds."""
        return json.loads(self._ask(f"run {seconds}"))

    def close(self):
        """Ends them as the upstream would."""
        self._ask("close")
