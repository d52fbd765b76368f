"""Starts the simulator that was built, on a port of its own, and gives tests a client for it.

The binary is `$DASHSCOPE_SIMULATOR`, or else the newest one under `.build`.
"""

import os
import pathlib
import subprocess

import pytest

from client import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]


def binary():
    named = os.environ.get("DASHSCOPE_SIMULATOR")
    if named:
        return named
    built = [ROOT / ".build" / kind / "dashscope-simulator" for kind in ("release", "debug")]
    built = sorted((path for path in built if path.exists()), key=lambda path: path.stat().st_mtime)
    if not built:
        pytest.exit("build dashscope-simulator first, or set DASHSCOPE_SIMULATOR", 3)
    return str(built[-1])


class Running:
    """A running simulator."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen(
            [binary(), "--listen", "127.0.0.1:0", *arguments], stdout=subprocess.PIPE, text=True
        )
        line = self.process.stdout.readline()
        assert line.startswith("dashscope-simulator listening on http://127.0.0.1:"), line
        self.port = int(line.rsplit(":", 1)[1])
        self.client = Client(self.port)

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=10)


@pytest.fixture(scope="session")
def shared():
    running = Running()
    yield running
    assert running.stop() == 0


@pytest.fixture
def simulator(shared):
    """A client of the shared simulator, without script and recorded requests."""
    shared.client.control("DELETE", "/simulator/script")
    shared.client.control("DELETE", "/simulator/requests")
    return shared.client


@pytest.fixture
def start():
    """Starts simulators with options; they are stopped after the test."""
    running = []

    def start(*arguments):
        running.append(Running(*arguments))
        return running[-1]

    yield start
    for simulator in running:
        if simulator.process.poll() is None:
            simulator.stop()
