"""Fixtures of the HTTP tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from support import Client, Gateway, Upstream, configuration, fetch  # noqa: E402


class Proxy:
    """A gateway with one worker before one upstream, whose behaviour each test chooses."""

    def __init__(self, service=None, **settings):
        self.upstream = Upstream()
        self.gateway = Gateway(configuration(self.upstream.port, **(service or {})), **settings)

    def client(self, **options):
        """A connection to the gateway."""
        return Client(self.gateway.port, **options)

    def fetch(self, *arguments, **options):
        """One request on a connection of its own."""
        return fetch(self.gateway, *arguments, **options)

    def begin(self):
        """Forgets what was before; the gateway has no idle upstream connection afterwards."""
        self.upstream.close_connections()
        self.upstream.connections.clear()
        self.upstream.take_requests()
        self.upstream.handler = self.upstream.on_connection = None

    def stop(self):
        """Ends both."""
        self.gateway.stop()
        self.upstream.stop()
        assert not self.upstream.errors, self.upstream.errors


# Short, so that what is tested of them is quick; none of them decides a test that is not about it.
SHORT = {"client_header_timeout": "400ms", "client_body_timeout": "400ms", "send_timeout": "1s"}


@pytest.fixture(scope="module")
def shared_proxy():
    made = Proxy(service={"read_timeout": 5000, "connect_timeout": 1000})
    yield made
    made.stop()


@pytest.fixture
def proxy(shared_proxy):
    """The module's gateway, with a fresh upstream."""
    shared_proxy.begin()
    yield shared_proxy


@pytest.fixture(scope="module")
def shared_hasty_proxy():
    made = Proxy(service={"read_timeout": 400, "connect_timeout": 400, "write_timeout": 400, "retries": 0}, **SHORT)
    yield made
    made.stop()


@pytest.fixture
def hasty_proxy(shared_hasty_proxy):
    """A gateway with short time-outs."""
    shared_hasty_proxy.begin()
    yield shared_hasty_proxy
