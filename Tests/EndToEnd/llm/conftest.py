"""Fixtures of the tests of the way of LLM requests: client, gateway, ai-proxy, DashScope, and back."""

import pytest

from simulator import Simulator
from world import World


@pytest.fixture(scope="session")
def session_simulator():
    running = Simulator()
    yield running
    running.stop()


@pytest.fixture
def simulator(session_simulator):
    """The shared simulator, without rules and remembered requests."""
    session_simulator.reset()
    yield session_simulator
    session_simulator.reset()


@pytest.fixture(scope="session")
def session_world(session_simulator):
    running = World(session_simulator.chat)
    yield running
    assert running.stop() == 0


@pytest.fixture
def world(session_world, simulator):
    """The tutorial's gateway in front of the shared simulator."""
    return session_world


@pytest.fixture
def worlds(simulator):
    """Starts gateways with other configurations, in front of the shared simulator unless told otherwise."""
    started = []

    def start(upstream_url=None, **options):
        started.append(World(upstream_url or simulator.chat, **options))
        return started[-1]

    yield start
    for running in started:
        running.stop()


@pytest.fixture
def simulators():
    """Starts simulators of the test's own."""
    started = []

    def start(*arguments, **options):
        started.append(Simulator(*arguments, **options))
        return started[-1]

    yield start
    for running in started:
        running.stop()
