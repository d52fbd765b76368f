"""Fixtures that all end-to-end tests share."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support import Authority, Gateway, Upstream  # noqa: E402


@pytest.fixture
def gateways():
    """Starts gateways that are stopped after the test."""
    started = []

    def start(*arguments, **options):
        gateway = Gateway(*arguments, **options)
        started.append(gateway)
        return gateway

    yield start
    for gateway in started:
        gateway.stop()


@pytest.fixture
def upstreams():
    """Starts upstreams that are stopped after the test."""
    started = []

    def start(*arguments, **options):
        upstream = Upstream(*arguments, **options)
        started.append(upstream)
        return upstream

    yield start
    for upstream in started:
        upstream.stop()
        assert not upstream.errors, upstream.errors


@pytest.fixture(scope="session")
def authority():
    """A certificate authority for the whole run."""
    return Authority()
