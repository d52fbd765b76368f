"""The SDK's example plugins: the same five in each language, held to the same scenarios in the real gateway."""

import json
import re

import pytest
from languages import PLUGINS
from scenarios import ABSENT, REFUSALS, SCENARIOS

from support import Client, Gateway, GatewayError, Upstream, configuration, eventually, fetch, refused_port
from support.gateway import binary


class World:
    """A gateway with one language's build of one plugin, an upstream, and a service that the plugin may ask.

    One gateway for each plugin: a worker takes one plugin written in Go.
    """

    def __init__(self, folder, plugin):
        self.plugin = plugin
        self.scenario = None
        self.upstream = Upstream(self.answer)
        self.service = Upstream(on_connection=self.decide)
        self.gateway = Gateway(plugin_path=[folder, binary().parent])
        self.records_file = self.gateway.folder / "records.log"

    def answer(self, connection, request):
        scenario = self.scenario
        fields = "".join(f"{name}: {value}\r\n" for name, value in scenario.answer_headers)
        head = f"HTTP/1.1 {scenario.answer_status}\r\n{fields}"
        if scenario.answer_length is not None:
            connection.send(head + f"Content-Length: {scenario.answer_length}\r\n\r\n")
            for piece in scenario.answer:
                connection.send(piece)
            return "close"
        connection.send(head + "Transfer-Encoding: chunked\r\n\r\n")
        for piece in scenario.answer:
            connection.send(b"%x\r\n" % len(piece) + piece + b"\r\n")
        connection.send(b"0\r\n\r\n")

    def decide(self, connection):
        while (request := connection.read_request()) is not None:
            self.service.record(request)
            if self.scenario.service == "silent":
                connection.wait_closed()
                return
            if self.scenario.service == "closed":
                return
            status, fields, body = self.scenario.service
            head = f"HTTP/1.1 {status}\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields)
            connection.send(head + (f"Content-Length: {len(body)}\r\n" if body is not None else "") + "\r\n")
            connection.send(body or b"")

    def load(self, config):
        """Puts the plugin into service, with file-log after it."""
        plugins = [{"name": self.plugin, "config": config}, {"name": "file-log", "config": {"path": str(self.records_file)}}]
        self.gateway.reload(configuration(self.upstream.port, plugins=plugins))

    def run(self, scenario):
        """One request; gives its response and its record."""
        self.scenario = scenario
        config = dict(scenario.config)
        if scenario.service is not None:
            port = refused_port() if scenario.service == "refused" else self.service.port
            config["url"] = f"http://127.0.0.1:{port}/ask"
        self.load(config)
        self.upstream.take_requests(), self.service.take_requests()
        position = self.records_file.stat().st_size if self.records_file.exists() else 0
        headers, body = list(scenario.headers), scenario.body
        if scenario.pieces is not None:
            headers.append(("Transfer-Encoding", "chunked"))
            body = b"".join(b"%x\r\n" % len(piece) + piece + b"\r\n" for piece in scenario.pieces) + b"0\r\n\r\n"
        response = fetch(self.gateway, scenario.method, scenario.target, headers, body)

        def record():
            data = self.records_file.read_bytes()[position:] if self.records_file.exists() else b""
            return json.loads(data) if data.endswith(b"\n") else None

        return response, eventually(record, what="a record")

    def stop(self):
        self.gateway.stop()
        self.upstream.stop()
        self.service.stop()
        assert not self.upstream.errors, self.upstream.errors


@pytest.fixture(scope="module")
def world(request, language):
    """A gateway with a plugin of a language; which one, pytest_generate_tests says."""
    made = World(language, request.param)
    yield made
    made.stop()


def found_at(record, dotted):
    """The value of a record at a dotted key; ABSENT when there is none."""
    for name in dotted.split("."):
        if not isinstance(record, dict) or name not in record:
            return ABSENT
        record = record[name]
    return record


def by_plugin(entries, plugin_of):
    """The entries of a table by plugin."""
    return {plugin: [entry for entry in entries if plugin_of(entry) == plugin] for plugin in PLUGINS}


BY_PLUGIN = by_plugin(SCENARIOS, lambda scenario: scenario.plugin)
REFUSED_BY_PLUGIN = by_plugin(REFUSALS, lambda refusal: refusal[0])


def pytest_generate_tests(metafunc):
    """Pairs each plugin with its own scenarios only."""
    for name, entries in {"scenario": BY_PLUGIN, "refusal": REFUSED_BY_PLUGIN}.items():
        if name in metafunc.fixturenames:
            pairs = [(plugin, entry) for plugin in PLUGINS for entry in entries[plugin]]
            metafunc.parametrize(
                ("world", name), pairs, indirect=["world"], scope="module",
                ids=[f"{plugin}: {entry.name if name == 'scenario' else entry[2]}" for plugin, entry in pairs])


def test_scenario(world, scenario):
    response, record = world.run(scenario)
    assert response is not None and response.status == scenario.status, world.gateway.log[-2000:]
    if scenario.response_body is not None:
        assert response.body == scenario.response_body
    assert response.truncated == scenario.truncated
    for name, values in scenario.response_headers.items():
        assert response.values(name) == values, name
    requests = world.upstream.requests
    assert len(requests) == scenario.upstream_requests
    for request in requests:
        for name, values in scenario.upstream_headers.items():
            assert request.values(name) == values, name
        if scenario.upstream_body is not None:
            assert request.body == scenario.upstream_body
    if isinstance(scenario.service, tuple):
        assert len(world.service.requests) == 1
        for name, values in scenario.service_headers.items():
            assert world.service.requests[0].values(name) == values, name
    for key, value in scenario.record.items():
        assert found_at(record, key) == value, record


def test_a_configuration_is_refused_with_the_place_and_a_reason(world, refusal):
    _, config, said = refusal
    mark = world.gateway.mark()
    with pytest.raises(GatewayError):
        world.load(config)
    assert re.search(said, "\n".join(world.gateway.lines[mark:])), world.gateway.lines[mark:]


@pytest.mark.parametrize("world", ["body-rewrite"], indirect=True, scope="module")
def test_state_of_one_request_never_shows_in_another(world):
    world.load({"find": "secret", "replace": "***", "request": True, "response": False})
    world.scenario = next(scenario for scenario in SCENARIOS if scenario.plugin == "header-stamp")
    world.upstream.take_requests()
    bodies = [b"%d sec" % index + b"ret %d" % index for index in range(20)]
    clients = [Client(world.gateway.port).request("POST", headers=[("Transfer-Encoding", "chunked")], body=b"") for _ in bodies]
    for start, end in ((0, 5), (5, 8), (8, 100)):
        for client, body in zip(clients, bodies):
            piece = body[start:end]
            client.send(b"%x\r\n" % len(piece) + piece + b"\r\n")
    for client in clients:
        client.send("0\r\n\r\n")
    for client in clients:
        assert client.response().status == 200
        client.close()
    received = sorted(request.body for request in world.upstream.requests)
    assert received == sorted(body.replace(b"secret", b"***") for body in bodies)


@pytest.mark.parametrize("world", ["auth-callout"], indirect=True, scope="module")
def test_a_client_that_leaves_while_the_plugin_waits(world):
    world.scenario = next(scenario for scenario in SCENARIOS if scenario.service == "silent")
    world.load({"url": f"http://127.0.0.1:{world.service.port}/ask", "timeout": 60000})
    world.service.take_requests()
    pid = world.gateway.worker_pid()
    client = Client(world.gateway.port).request()
    world.service.wait_requests(1)
    client.close()
    eventually(lambda: world.service.open_connections == 0, what="the call-out is given up")
    world.scenario = next(scenario for scenario in SCENARIOS if scenario.plugin == "auth-callout")
    assert fetch(world.gateway).status == 200
    assert world.gateway.worker_pid() == pid
