"""Plugins by the C ABI: phases, order and scope, pauses, timers, call-outs, bodies, and what is forbidden.

The plugins are those of Tests/Plugins; the first comment of each says what it does.
"""

import json
import subprocess
import threading
import time

import pytest

from support import Client, Gateway, Upstream, configuration, eventually, fetch, memory
from support.gateway import REPOSITORY, binary


@pytest.fixture(scope="session")
def plugin_folder(tmp_path_factory):
    """The test plugins, built."""
    folder = tmp_path_factory.mktemp("plugins")
    built = subprocess.run(["make", "-s", "-C", REPOSITORY / "Tests" / "Plugins", f"OUT={folder}"], capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    return folder


class World:
    """A gateway with the test plugins and an upstream that echoes."""

    def __init__(self, folder):
        self.upstream = Upstream(self.answer)
        self.gateway = Gateway(plugin_path=[folder, binary().parent])
        self.records_file = self.gateway.folder / "records.log"
        self.position = 0

    @staticmethod
    def answer(connection, request):
        body = request.body or b"hello\n"
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Up: yes\r\n\r\n" % len(body) + body)

    def load(self, *plugins, records=True, **service):
        """Puts plugins, given as (name, config), into service at the service; file-log as well."""
        entries = [{"name": name, "config": config} for name, config in plugins]
        if records:
            entries.append({"name": "file-log", "config": {"path": str(self.records_file)}})
        self.gateway.reload(configuration(self.upstream.port, plugins=entries, **service))
        self.upstream.take_requests()
        self.mark = self.gateway.mark()
        self.position = self.records_file.stat().st_size if self.records_file.exists() else 0

    def fetch(self, *arguments, **options):
        """One request."""
        return fetch(self.gateway, *arguments, **options)

    def records(self, count=1):
        """The log records since the last load."""
        def read():
            data = self.records_file.read_bytes()[self.position:] if self.records_file.exists() else b""
            return data.splitlines() if data.count(b"\n") >= count else None

        return [json.loads(line) for line in eventually(read, what=f"{count} records")]

    def stop(self):
        self.gateway.stop()
        self.upstream.stop()
        assert not self.upstream.errors, self.upstream.errors


@pytest.fixture(scope="module")
def shared_world(plugin_folder):
    made = World(plugin_folder)
    yield made
    made.stop()


@pytest.fixture
def world(shared_world):
    """The module's gateway; the worker it has now is the one it has afterwards."""
    shared_world.upstream.on_connection = None
    shared_world.upstream.handler = shared_world.answer
    yield shared_world


class TestPhases:
    def test_all_phases_in_order(self, world):
        world.load(("phases", {}))
        assert world.fetch("POST", body="x").value("x-phases") == "access,request_body,header_filter"
        assert world.records()[0]["phases"] == ["access", "request_body", "header_filter", "body_filter", "log"]

    @pytest.mark.parametrize("mode", ["none", "observe", "stream", "whole"])
    def test_every_way_to_see_bodies(self, world, mode):
        world.load(("phases", {"request": mode, "response": mode}))
        response = world.fetch("POST", body="x" * 50000)
        assert response.body == b"x" * 50000
        phases = world.records()[0]["phases"]
        bodies = [] if mode == "none" else ["request_body"]
        assert [name for name in phases if name != "body_filter"] == ["access", *bodies, "header_filter", "log"]
        assert ("body_filter" in phases) == (mode != "none")

    @pytest.mark.parametrize("path", ["", "/would/be"])
    def test_log_runs_for_what_the_gateway_answers_itself(self, world, path):
        world.load(("responder", {"status": 401, "body": "no", "path": path}), ("phases", {}))
        response = world.fetch()
        assert response.status == 401 and response.body == b"no" and response.value("x-responder") == "yes"
        record = world.records()[0]
        assert record["phases"] == ["access", "header_filter", "body_filter", "log"]
        # Where it would have gone.
        assert record["upstream_uri"] == (path or "/")
        assert not world.upstream.requests

    def test_log_runs_when_the_client_leaves(self, world):
        world.load(("phases", {}))
        # One that an earlier test left open would serve the request.
        world.upstream.close_connections()
        world.upstream.on_connection = lambda connection: connection.wait_closed()
        client = Client(world.gateway.port).request()
        eventually(lambda: world.upstream.open_connections, what="a request upstream")
        client.close()
        record = world.records()[0]
        assert record["phases"][0] == "access" and record["phases"][-1] == "log"
        assert "header_filter" not in record["phases"]
        assert record["response"]["status"] == 499

    def test_a_response_in_header_filter_takes_the_place_of_the_upstreams(self, world):
        world.load(("responder", {"phase": "header_filter", "status": 418, "body": "tea"}))
        with Client(world.gateway.port) as client:
            for _ in range(3):
                response = client.fetch()
                assert response.status == 418 and response.body == b"tea"
                assert response.value("x-up") is None and response.value("content-length") == "3"

    UPGRADE = [("Connection", "Upgrade"), ("Upgrade", "websocket")]

    @staticmethod
    def switch(connection):
        """An upstream that switches protocols, and echoes."""
        connection.read_request()
        connection.send("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Up: yes\r\n\r\nfirst")
        while piece := connection.stream.some():
            connection.send(piece)

    @pytest.mark.parametrize("pauses", [False, True])
    def test_a_change_of_protocols_goes_through_header_filter(self, world, pauses):
        pauser = [("pauser", {"phase": "header_filter", "by": "resume", "delay": 20})] if pauses else []
        world.load(("phases", {}), ("stamp", {}), *pauser)
        world.upstream.on_connection = self.switch
        with Client(world.gateway.port) as client:
            response = client.request(headers=self.UPGRADE).response()
            assert response.status == 101 and response.values("upgrade") == ["websocket"]
            assert response.values("connection") == ["Upgrade"] and response.value("content-length") is None
            assert response.value("x-phases") == "access,request_body,header_filter" and response.value("x-stamp") == "stamped"
            assert response.value("x-up") == "yes" and response.value("via") and response.value("x-kong-request-id")
            client.send("echo")
            assert client.stream.take(9) == b"firstecho"
        record = world.records()[0]
        assert record["phases"] == ["access", "request_body", "header_filter", "log"]
        assert record["response"]["status"] == 101 and record["response"]["headers"]["x-stamp"] == "stamped"

    def test_a_plugin_may_refuse_a_change_of_protocols_after_the_upstream_agreed(self, world):
        world.load(("responder", {"phase": "header_filter", "status": 403, "body": "no"}))
        world.upstream.on_connection = self.switch
        with Client(world.gateway.port) as client:
            response = client.request(headers=self.UPGRADE).response()
            assert response.status == 403 and response.body == b"no" and response.value("upgrade") is None
        eventually(lambda: not world.upstream.open_connections, what="the upstream's connection is closed")

    def test_head_and_304_stay_without_content(self, world):
        world.load(("stamp", {}))
        with Client(world.gateway.port) as client:
            world.upstream.handler = lambda connection, request: connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n") and None
            assert client.fetch("HEAD").value("x-stamp") == "stamped"
            assert client.silent()
            world.upstream.handler = lambda connection, request: connection.send("HTTP/1.1 304 Not Modified\r\n\r\n") and None
            assert client.fetch().status == 304
            assert client.silent()


class TestScopes:
    """Of each plugin the most specific configuration runs (route and service, route, service, global); of several
    plugins the one of the highest priority first."""

    def load(self, world, *scopes):
        plugins = []
        for scope in scopes:
            entity = {"name": "stamp", "config": {"value": scope, "comment": ""}}
            if "route" in scope:
                entity["route"] = "route"
            if "service" in scope:
                entity["service"] = "service"
            plugins.append(entity)
        base = configuration(world.upstream.port)
        base["services"][0].pop("plugins")
        # Another service, which must not get what is not its own.
        base["services"].append({"name": "other", "host": "127.0.0.1", "port": world.upstream.port,
                                 "routes": [{"name": "other", "paths": ["/other"]}]})
        world.gateway.reload({**base, "plugins": plugins})

    @pytest.mark.parametrize("scopes", [
        ["global"], ["global", "service"], ["global", "service", "route"], ["global", "service", "route", "route and service"],
        ["route and service", "global"], ["route", "service"], ["service"], ["service", "route and service"],
    ], ids=lambda scopes: ", ".join(scopes))
    def test_the_most_specific_wins(self, world, scopes):
        self.load(world, *scopes)
        order = ["route and service", "route", "service", "global"]
        expected = next(scope for scope in order if scope in scopes)
        assert world.fetch().values("x-stamp") == [expected]
        assert world.fetch(target="/other").values("x-stamp") == (["global"] if "global" in scopes else [])

    def test_global_plugins_see_requests_without_a_route(self, world):
        world.gateway.reload({"_format_version": "3.0", "plugins": [{"name": "stamp", "config": {"comment": ""}}]})
        response = world.fetch()
        assert response.status == 404 and response.value("x-stamp") == "stamped"

    def test_disabled_plugins_and_other_protocols_do_not_run(self, world):
        for extra in ({"enabled": False}, {"protocols": ["https"]}):
            base = configuration(world.upstream.port)
            base["plugins"] = [{"name": "stamp", **extra}]
            world.gateway.reload(base)
            assert world.fetch().value("x-stamp") is None

    def test_priority_decides_the_order(self, world):
        """rewriter (800) goes before stamp (100): the stamp's comment stays in small letters; responder (900) before both
        in access, so that callout (1000) is the only one that could come before."""
        world.load(("stamp", {"comment": "small"}), ("rewriter", {"response": "stream"}))
        assert world.fetch("POST", body="body ").body == b"BODY small"
        world.load(("rewriter", {"response": "whole"}), ("stamp", {"comment": "small"}))
        assert world.fetch("POST", body="body ").body == b"BODY small"

    def test_a_configuration_that_a_plugin_refuses_changes_nothing(self, world):
        world.load(("stamp", {}))
        from support import GatewayError

        mark = world.gateway.mark()
        with pytest.raises(GatewayError):
            world.load(("misbehaver", {"misuse": "refuse_configuration"}))
        line = world.gateway.wait_log("refused as it was told to", since=mark).group(0)
        assert "misbehaver" in world.gateway.log[-4000:] and line
        assert world.fetch().value("x-stamp") == "stamped"


class TestSendingAgain:
    """A plugin gives an answer up and has the request sent once more (`send_again` of torii.upstream/1)."""

    @staticmethod
    def statuses(world, *statuses, fields="", body=b"answer"):
        """Lets the upstream answer with these, one for each request, the last one for ever."""
        remaining = list(statuses)

        def answer(connection, request):
            status = remaining.pop(0) if len(remaining) > 1 else remaining[0]
            connection.send(f"HTTP/1.1 {status} X\r\nX-Status: {status}\r\nContent-Length: {len(body)}\r\n{fields}\r\n".encode() + body)

        world.upstream.handler = answer

    @pytest.mark.parametrize("way", [{}, {"delay": 20}, {"phase": "body_filter"}], ids=["at once", "after a pause", "with the body"])
    def test_the_client_sees_the_last_answer_only(self, world, way):
        world.load(("again", {"times": 2, "body": "other", **way}), ("phases", {}), ("stamp", {}))
        self.statuses(world, 503, 500, 200)
        with Client(world.gateway.port) as client:
            response = client.fetch("POST", "/first?a=1", body=b"body")
            assert response.status == 200 and response.body.startswith(b"answer")
            assert response.values("x-status") == ["200"] and response.values("x-stamp") == ["stamped"]
            first, second, third = world.upstream.requests
            assert first.body == b"body" and first.value("x-attempt") is None
            for number, request in enumerate((second, third), 1):
                assert request.method == "POST" and request.body == b"other" and request.values("content-length") == ["5"]
                assert request.values("x-attempt") == [str(number)] and request.target == "/again?a=1"
            # The connection, and the next request on it, know nothing of it.
            assert client.fetch("POST", "/next", body=b"next").status == 200
            assert world.upstream.requests[3].target.endswith("/next") and world.upstream.requests[3].value("x-attempt") is None
        record = world.records(2)[0]
        # Each answer goes through header_filter, which is noted once where nothing came between; the request's body does not again.
        assert record["phases"].count("header_filter") == (3 if "phase" in way else 1)
        assert record["phases"].count("request_body") == record["phases"].count("log") == 1
        assert record["again"] == [0, 0] and record["response"]["status"] == 200
        assert [attempt.get("code") for attempt in record["tries"]] == [503, 500, None]

    def test_from_an_event_while_the_answer_is_silent(self, world):
        world.load(("again", {"phase": "event"}))
        slow = threading.Event()

        def serve(connection):
            while request := connection.read_request():
                world.upstream.record(request)
                if request.value("x-attempt"):
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nquick")
                else:
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n")
                    connection.wait_closed()
                    slow.set()
                    return

        # Those that are open still echo.
        world.upstream.close_connections()
        world.upstream.on_connection = serve
        assert world.fetch("POST", body=b"x").body == b"quick"
        assert slow.wait(5), "the answer that was given up is not waited for"
        assert world.records()[0]["again"] == [0]
        world.upstream.close_connections()

    def test_another_target_in_place_of_one_that_is_not_there(self, world):
        from support.upstream import refused_port
        world.gateway.reload(configuration(refused_port(), plugins=[
            {"name": "again", "config": {"port": world.upstream.port}}, {"name": "file-log", "config": {"path": str(world.records_file)}}],
            retries=0))
        response = world.fetch("POST", body=b"x")
        assert response.status == 200 and response.body == b"again" and response.value("x-up") == "yes"
        record = world.records()[0]
        assert [attempt["port"] for attempt in record["tries"]][-1] == world.upstream.port

    def test_a_request_without_a_body(self, world):
        world.load(("again", {"body": ""}))
        self.statuses(world, 500, 200)
        assert world.fetch("GET").status == 200
        first, second = world.upstream.requests
        assert second.method == "GET" and second.value("content-length") is None and second.body == b""

    def test_no_more_than_thirty_two_times(self, world):
        world.load(("again", {"times": 1000}))
        self.statuses(world, 500)
        assert world.fetch("POST", body=b"x").status == 500
        assert len(world.upstream.requests) == 33
        assert world.records()[0]["again"] == [0] * 32 + [-6]

    def test_a_body_that_was_streamed_is_gone(self, world):
        world.load(("again", {"request": "stream"}))
        self.statuses(world, 500, 200)
        assert world.fetch("POST", body=b"x" * 100000).status == 500
        assert world.records()[0]["again"] == [-7] and len(world.upstream.requests) == 1

    def test_a_plugin_that_changes_its_mind_changes_nothing(self, world):
        for phase in ("header_filter", "body_filter"):
            world.load(("again", {"misuse": "mind", "phase": phase}))
            self.statuses(world, 500)
            response = world.fetch("POST", body=b"x")
            assert response.status == 500 and response.body == b"answer"
            assert len(world.upstream.requests) == 1

    def test_not_before_there_is_an_answer_and_not_when_all_is_over(self, world):
        world.load(("again", {"misuse": "early", "times": 0}))
        assert world.fetch("POST", body=b"x").status == 200
        assert world.records()[0]["again"] == [-2, -10]


class TestPauses:
    @pytest.mark.parametrize("phase", ["access", "request_body", "header_filter", "body_filter"])
    @pytest.mark.parametrize("by", ["timer", "resume", "post", "callout"])
    @pytest.mark.parametrize("mode", ["stream", "whole"])
    def test_pause_and_resume(self, world, phase, by, mode):
        with Upstream() as other:
            world.load(("pauser", {"phase": phase, "by": by, "mode": mode, "url": f"{other.url}/asked"}))
            body = b"some body " * 10000
            with Client(world.gateway.port) as client:
                for _ in range(3):
                    response = client.fetch("POST", body=body)
                    assert response.status == 200 and response.body == body
        for record in world.records(3):
            noted = record["pauser"]
            assert noted["paused"] == 1 and noted["timeout"] == noted["aborted"] == 0
            assert noted["timer"] == (by == "timer") and noted["post"] == (by == "post")
            assert noted["http"] == (by == "callout") and noted["http_status"] == (200 if by == "callout" else 0)
            if by != "callout":
                assert noted["waited"] >= 19
        assert [request.body for request in world.upstream.requests] == [body] * 3

    @pytest.mark.parametrize("phase", ["access", "request_body", "header_filter"])
    def test_answering_from_the_event(self, world, phase):
        world.load(("pauser", {"phase": phase, "by": "respond"}))
        response = world.fetch("POST", body="x" * 1000)
        assert response.status == 299 and response.body == b"answered from the event"

    @pytest.mark.parametrize("phase", ["access", "request_body", "header_filter", "body_filter"])
    def test_the_client_leaves_meanwhile(self, world, phase):
        world.load(("pauser", {"phase": phase, "by": "timer", "delay": 60000}), ("phases", {}))
        client = Client(world.gateway.port).request("POST", body="x" * 1000)
        if phase != "access":
            eventually(lambda: world.upstream.connections, what="a connection upstream")
        time.sleep(0.05)
        client.close()
        record = world.records()[0]
        assert record["pauser"]["aborted"] == 1
        eventually(lambda: world.upstream.open_connections == 0, 1, "the upstream is free")

    def test_many_paused_at_once(self, world):
        world.load(("pauser", {"phase": "access", "by": "timer", "delay": 100}), records=False)
        clients = [Client(world.gateway.port) for _ in range(200)]
        start = time.monotonic()
        for client in clients:
            client.request()
        for client in clients:
            assert client.response().status == 200
            client.close()
        assert time.monotonic() - start < 5


class TestCallouts:
    def test_asking_another_service(self, world):
        def decide(connection, request):
            status = "200 OK" if request.value("authorization") == "Bearer good" else "401 Unauthorized"
            connection.send(f"HTTP/1.1 {status}\r\nX-User: anna\r\nContent-Length: 6\r\n\r\nreason")

        with Upstream(decide) as other:
            world.load(("callout", {"url": f"{other.url}/ask"}))
            for _ in range(3):
                assert world.fetch("PUT", "/a?b", headers=[("Authorization", "Bearer good")], body="x").status == 200
                refused = world.fetch(headers=[("Authorization", "Bearer bad")])
                assert refused.status == 403 and refused.body == b"reason"
            asked = other.requests[0]
            assert (asked.method, asked.target) == ("GET", "/ask")
            assert asked.value("x-original-method") == "PUT" and asked.value("x-original-target") == "/a?b"
        assert [request.value("x-user") for request in world.upstream.requests] == ["anna"] * 3

    @pytest.mark.parametrize("trouble", ["refused", "silent", "closed", "nonsense"])
    def test_another_service_in_trouble(self, world, trouble):
        behaviour = {
            "silent": lambda connection: connection.wait_closed(),
            "closed": lambda connection: connection.read_request() and None,
            "nonsense": lambda connection: connection.read_request() and connection.send("nonsense\r\n\r\n") and None,
        }.get(trouble)
        with Upstream(on_connection=behaviour) as other:
            if trouble == "refused":
                other.stop()
            world.load(("callout", {"url": f"http://127.0.0.1:{other.port}/", "timeout": 300}))
            response = world.fetch()
            assert response.status == 503 and response.body
        assert not world.upstream.requests

    def test_timers_of_an_instance(self, world):
        world.load(("ticker", {"interval": 10}))
        eventually(lambda: int(world.fetch().value("x-ticks")) >= 5, what="five ticks")


class TestBodies:
    BODY = bytes(range(256)) * 400

    def upper(self, data):
        return bytes(byte - 32 if 97 <= byte <= 122 else byte for byte in data)

    @pytest.mark.parametrize("request_mode", ["none", "observe", "stream", "whole"])
    @pytest.mark.parametrize("response_mode", ["none", "observe", "stream", "whole"])
    def test_every_mode_both_ways(self, world, request_mode, response_mode):
        world.load(("rewriter", {"request": request_mode, "response": response_mode}), records=False)
        sent = self.upper(self.BODY) if request_mode in ("stream", "whole") else self.BODY
        received = self.upper(sent) if response_mode in ("stream", "whole") else sent
        chunked = b"".join(b"%x\r\n" % len(piece) + piece + b"\r\n" for piece in (self.BODY[:7], self.BODY[7:50000], self.BODY[50000:]))
        with Client(world.gateway.port) as client:
            for _ in range(2):
                assert client.fetch("POST", body=self.BODY).body == received
                assert client.fetch("POST", headers=[("Transfer-Encoding", "chunked")], body=chunked + b"0\r\n\r\n").body == received
        assert all(request.body == sent for request in world.upstream.requests)

    @pytest.mark.parametrize("framing", ["length", "chunked", "to the end"])
    def test_every_framing_of_responses(self, world, framing):
        def answer(connection, request):
            if framing == "length":
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel").send("lo")
            elif framing == "chunked":
                connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n").send("2\r\nlo\r\n0\r\n\r\n")
            else:
                connection.send("HTTP/1.1 200 OK\r\n\r\nhel").send("lo")
                return "close"
            return None

        world.upstream.handler = answer
        for mode in ("stream", "whole"):
            world.load(("rewriter", {"response": mode}), ("stamp", {"comment": "!"}), records=False)
            with Client(world.gateway.port) as client:
                for _ in range(3):
                    response = client.fetch()
                    assert response.body == b"HELLO!" and not response.truncated

    def test_a_body_beyond_the_limit_is_413_or_502(self, world):
        world.load(("rewriter", {"request": "whole", "response": "none", "limit": 1000}), records=False)
        assert world.fetch("POST", body="x" * 1000).status == 200
        assert world.fetch("POST", body="x" * 1001).status == 413
        world.load(("rewriter", {"request": "none", "response": "whole", "limit": 1000}), records=False)
        assert world.fetch("POST", body="x" * 1000).status == 200
        assert world.fetch("POST", body="x" * 1001).status == 502

    def test_a_response_that_breaks_off_is_not_completed(self, world):
        world.load(("stamp", {"comment": "never"}), records=False)

        def answer(connection, request):
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart")
            return "close"

        world.upstream.handler = answer
        response = world.fetch()
        assert response.truncated and b"never" not in response.body

    def test_a_streamed_body_holds_no_memory(self, world):
        world.load(("rewriter", {"request": "stream", "response": "stream"}), records=False)
        world.fetch("POST", body=b"a" * 1000000)
        before = memory(world.gateway.worker_pid()).private_dirty
        total = 30 << 20

        def serve(connection):
            request = connection.read_head()
            connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            connection.read_body(request, lambda piece: connection.send(b"%x\r\n" % len(piece) + piece + b"\r\n"))
            connection.send("0\r\n\r\n")

        world.upstream.close_connections()
        world.upstream.on_connection = serve
        received = [0]
        with Client(world.gateway.port, timeout=30) as client:
            client.request("POST", headers=[("Content-Length", str(total))])

            def send():
                for _ in range(total >> 16):
                    client.send(b"a" * 65536)

            sender = threading.Thread(target=send, daemon=True)
            sender.start()

            def sink(piece):
                assert not piece.strip(b"A")
                received[0] += len(piece)

            assert not client.response(sink=sink).truncated
        assert received[0] == total
        assert memory(world.gateway.worker_pid()).private_dirty - before < 1 << 20


# What the host answers to each misuse, and what the client gets.
MISUSES = {
    "unknown_action": (None, {500}), "negative_status": (None, {500}), "pause_in_log": (None, {200}),
    "respond_only": (None, {200, 201, 299, 418, 500}), "action_only": (None, {500}),
    "respond_after_sent": ("TORII_E_SENT", {200}), "respond_status": ("TORII_E_INVALID", {200}),
    "header_injection": ("TORII_E_INVALID", {200}), "response_injection": ("TORII_E_INVALID", {200}),
    "framing_header": ("TORII_E_INVALID", {200}), "client_header": ("negative", {200}), "unknown_map": ("negative", {200}),
    "late_header": ("TORII_E_SENT", {200}), "early_header": ("TORII_E_PHASE", {200}), "late_target": ("TORII_E_PHASE", {200}),
    "emit_in_access": ("TORII_E_PHASE", {200}), "emit_in_observe": ("negative", {200}), "stale_request": (None, {200}),
    "wrong_thread": ("TORII_E_THREAD", {200}), "bad_json": ("TORII_E_INVALID", {200}), "record_in_access": ("TORII_E_PHASE", {200}),
    "too_many_timers": ("TORII_E_LIMIT", {200}), "cancel_unknown": ("TORII_E_STALE", {200}), "late_metric": ("TORII_E_PHASE", {200}),
}


def status_codes():
    """The names of the ABI's status codes, from its header."""
    import re

    text = (REPOSITORY / "SDK/C/include/torii/plugin.h").read_text()
    return {name: int(value) for name, value in re.findall(r"#define (TORII_E_\w+) \(?(?:\(torii_status\))?\(?(-\d+)\)?", text)} or {
        name: int(value) for name, value in re.findall(r"(TORII_E_\w+)\s*=?\s*\(?(-\d+)", text)}


class TestLastWords:
    def test_what_a_plugins_thread_says_after_its_instances_have_gone_is_logged_under_its_name(self, plugin_folder):
        """file-log tells at the end how many records it could not write."""
        upstream = Upstream(World.answer)
        plugins = [{"name": "file-log", "config": {"path": "/dev/full"}}]
        with Gateway(configuration(upstream.port, plugins=plugins)) as gateway:
            for _ in range(3):
                assert fetch(gateway).status == 200
            gateway.wait_log(r"plugin file-log: failed to write to the file '/dev/full'")
            assert gateway.stop() == 0
            gateway.wait_log(r"plugin file-log: 3 records for the file '/dev/full' are lost")
        upstream.stop()


class TestMisuse:
    """Whatever a plugin does wrong is refused, named in the log, and survived."""

    begun = threading.Event()

    def in_two_pieces(self, connection, request):
        """The end only when the client has the beginning, and with it the head."""
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        assert self.begun.wait(5)
        connection.send("def")

    def fetch_in_pieces(self, world):
        """One request, telling when the beginning of its answer is there."""
        self.begun.clear()
        with Client(world.gateway.port) as client:
            return client.request("POST", body="x" * 100).response(sink=lambda piece: self.begun.set())

    @pytest.mark.parametrize("misuse", MISUSES)
    def test_misuse_is_survived(self, world, misuse):
        world.load(("misbehaver", {"misuse": misuse}))
        if misuse in ("respond_after_sent", "late_header"):
            world.upstream.handler = self.in_two_pieces
        pid = world.gateway.worker_pid()
        expected, statuses = MISUSES[misuse]
        response = self.fetch_in_pieces(world)
        assert response is not None and response.status in statuses
        assert b"\r\n" not in b"".join(value.encode("latin-1") for _, value in response.headers)
        self.fetch_in_pieces(world)
        if expected:
            line = world.gateway.wait_log(rf"misuse {misuse}: status (-?\d+)", since=world.mark)
            status = int(line.group(1))
            assert status < 0 if expected == "negative" else status == status_codes()[expected]
            assert "misbehaver" in line.string
        elif misuse not in ("respond_only", "stale_request"):
            world.gateway.wait_log(r"misbehaver", since=world.mark)
        for request in world.upstream.requests:
            assert request.body == b"x" * 100
        # The worker is the same, and serves.
        world.load(("stamp", {"comment": ""}))
        assert world.fetch().status == 200
        assert world.gateway.worker_pid() == pid

    @pytest.mark.parametrize("misuse", ["unknown_action", "negative_status"])
    @pytest.mark.parametrize("phase", ["access", "request_body", "header_filter", "body_filter", "log"])
    def test_failures_in_every_phase(self, world, misuse, phase):
        world.load(("misbehaver", {"misuse": misuse, "phase": phase}))
        response = world.fetch("POST", body="x" * 100)
        if phase == "log":
            assert response.status == 200
        elif phase == "body_filter":
            assert response is None or response.status == 500 or response.truncated
        else:
            assert response.status == 500
        world.gateway.wait_log("misbehaver", since=world.mark)
        assert len(world.records(1)) == 1

    def test_a_crash_costs_the_worker_only(self, plugin_folder, upstreams, gateways):
        upstream = upstreams()
        base = configuration(upstream.port)
        base["services"][0]["routes"] = [
            {"name": "good", "paths": ["/good"]},
            {"name": "bad", "paths": ["/bad"], "plugins": [{"name": "misbehaver", "config": {"misuse": "crash"}}]}]
        gateway = gateways(base, workers=2, plugin_path=[plugin_folder])
        assert fetch(gateway, target="/good").status == 200
        assert fetch(gateway, target="/bad") is None
        for _ in range(20):
            assert fetch(gateway, target="/good").status == 200
        gateway.wait_log(r"worker \d .*plugin misbehaver .* crashed with SIGSEGV in access")
