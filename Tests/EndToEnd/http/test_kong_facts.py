"""The gateway does with a request what Kong does, but for the differences in DIFFERENCES.md."""

import copy
import json

import pytest

from support import Gateway, Upstream, eventually, refused_port

from differences import DIFFERENCES
from facts import Environment, Exchange, Player, changed, groups


def cases(table):
    """All cases of a table, each with its group's number."""
    return [
        pytest.param(index, case, group.get("entities", {}) if "entities" not in case else case["entities"],
                     id=case["name"].replace("::", ":"))
        for index, group in enumerate(groups(table)) for case in group["cases"]]


class World:
    """One gateway, its two upstreams and its log file, for all cases of a module."""

    def __init__(self, authority):
        self.player = Player()
        self.upstreams = [Upstream(self.player), Upstream(self.player)]
        certificate = authority.issue("golden.test", "*.test")
        self.gateway = Gateway(
            tls=True, ssl_cert=str(certificate.certificate), ssl_cert_key=str(certificate.key))
        self.log_file = self.gateway.folder / "file.log"
        self.environment = Environment(
            UPSTREAM_HOST="127.0.0.1", UPSTREAM_PORT=self.upstreams[0].port, UPSTREAM2_PORT=self.upstreams[1].port,
            REFUSED_PORT=refused_port(), PROXY_PORT=self.gateway.port, PROXY_TLS_PORT=self.gateway.tls_port,
            ADMIN_PORT=self.gateway.admin_port, LOG_FILE=str(self.log_file), RUN="run")
        self.loaded = None

    def load(self, table, index):
        """Puts the configuration of a group into service."""
        if self.loaded != (table, index):
            configuration = self.environment.fill(copy.deepcopy(groups(table)[index]["configuration"]))
            self.gateway.reload({"_format_version": "3.0", **configuration})
            self.loaded = (table, index)

    def run(self, case, entities):
        """Plays a case and gives everything that is wrong."""
        found = []
        for step in case.get("steps", [case]):
            step = changed(step, DIFFERENCES.get(case["name"], {}))
            for upstream in self.upstreams:
                upstream.close_connections()
                upstream.take_requests()
            self.player.start(self.environment.fill(step.get("replies")))
            position = self.log_file.stat().st_size if self.log_file.exists() else 0
            exchange = Exchange(self.gateway, self.environment, step)
            for client in exchange.play():
                if "abort_after" in step["send"]:
                    eventually(lambda: any(upstream.open_connections for upstream in self.upstreams), what="request upstream")
                    client.close()
            received = [("1", request) for request in self.upstreams[0].take_requests()]
            received += [("2", request) for request in self.upstreams[1].take_requests()]
            received = [entry for entry in received if not entry[1].incomplete]
            found += exchange.check_answers() + exchange.check_upstream(received)
            if "records" in step:
                found += exchange.check_records(self.records(position, len(step["records"])), entities)
        return found

    def records(self, position, count):
        """The records that were written behind a position."""
        def read():
            if not self.log_file.exists():
                return None
            data = self.log_file.read_bytes()[position:]
            return data if data.count(b"\n") >= count else None

        data = eventually(read, what=f"{count} records") if count else b""
        return [json.loads(line) for line in data.decode("utf-8", "surrogateescape").splitlines()]

    def stop(self):
        """Ends all of it."""
        self.gateway.stop()
        for upstream in self.upstreams:
            upstream.stop()
            assert not upstream.errors, upstream.errors


@pytest.fixture(scope="module")
def world(authority):
    made = World(authority)
    yield made
    made.stop()


@pytest.mark.parametrize("index, case, entities", cases("routing"))
def test_routing(world, index, case, entities):
    """Which route a request takes, and which target it becomes."""
    world.load("routing", index)
    found = world.run(case, entities)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("index, case, entities", cases("exchange"))
def test_exchange(world, index, case, entities):
    """Fields both ways, framing, errors, retries, what is malformed."""
    world.load("exchange", index)
    found = world.run(case, entities)
    assert not found, "\n".join(found)


@pytest.mark.parametrize("index, case, entities", cases("records"))
def test_records(world, index, case, entities):
    """What file-log writes."""
    world.load("records", index)
    found = world.run(case, entities)
    assert not found, "\n".join(found)


def test_every_difference_belongs_to_a_case():
    names = {case["name"] for table in ("routing", "exchange", "records") for group in groups(table) for case in group["cases"]}
    assert set(DIFFERENCES) <= names
