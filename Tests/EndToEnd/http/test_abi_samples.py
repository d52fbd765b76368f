"""The sample plugins of released ABI versions, as they were built then, in the gateway of today.

The binaries lie in Tests/ABI/<version>/<machine>; the first comment of each source beside them says what it does. They
call every function of their version, rightly and wrongly, and count what did not answer as their version says.
"""

import json
import platform

import pytest

from support import Client, Gateway, GatewayError, Upstream, configuration, eventually, fetch
from support.gateway import REPOSITORY, binary

SAMPLES = REPOSITORY / "Tests" / "ABI" / "1.0" / platform.machine()

pytestmark = pytest.mark.skipif(not SAMPLES.exists(), reason=f"version 1.0 has no samples for {platform.machine()}")


class World:
    """A gateway with the samples, and an upstream that echoes."""

    def __init__(self):
        self.upstream = Upstream(self.answer)
        self.gateway = Gateway(plugin_path=[SAMPLES, binary().parent])
        self.records_file = self.gateway.folder / "records.log"
        self.position = 0

    @staticmethod
    def answer(connection, request):
        body = request.body or b"hello\n"
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nX-Upstream: yes\r\n\r\n" % len(body) + body)

    def load(self, name, **config):
        """Puts a sample into service, and file-log behind it."""
        entries = [{"name": name, "config": config}, {"name": "file-log", "config": {"path": str(self.records_file)}}]
        self.gateway.reload(configuration(self.upstream.port, plugins=entries))
        self.upstream.take_requests()
        self.position = self.records_file.stat().st_size if self.records_file.exists() else 0

    def fetch(self, *arguments, **options):
        """One request."""
        return fetch(self.gateway, *arguments, **options)

    def record(self):
        """The next log record; what the sample wrote into it says that all its checks held."""
        def read():
            data = self.records_file.read_bytes()[self.position:] if self.records_file.exists() else b""
            return data if b"\n" in data else None

        line = eventually(read, what="a log record").splitlines(keepends=True)[0]
        self.position += len(line)
        return json.loads(line)

    def noted(self, name):
        """What the sample noted of the next request."""
        noted = self.record()["abi10"][name]
        assert noted["failed"] == 0, f"{name}: the check in line {noted['first_failed']} failed"
        return noted

    def stop(self):
        self.gateway.stop()
        self.upstream.stop()
        assert not self.upstream.errors, self.upstream.errors


@pytest.fixture(scope="module")
def shared_world():
    made = World()
    yield made
    made.stop()


@pytest.fixture
def world(shared_world):
    """The module's gateway; no sample may cost it a worker."""
    worker = shared_world.gateway.worker_pid()
    shared_world.upstream.handler = shared_world.answer
    yield shared_world
    assert shared_world.gateway.worker_pid() == worker


def test_no_other_samples_are_kept():
    assert sorted(path.name for path in SAMPLES.iterdir()) == [
        "libabi10-async.so", "libabi10-filter.so", "libabi10-flow.so"]


class TestFilter:
    """All five phases, streamed."""

    def test_every_phase_does_its_part(self, world):
        world.load("abi10-filter", greeting="good morning")
        response = world.fetch("POST", "/some/path?a=b", [("X-Secret", "s"), ("X-Token", "t"), ("X-More", "m")], b"some body")
        sent = world.upstream.take_requests()[0]
        assert sent.value("x-abi10") == "good morning"
        assert sent.values("x-abi10-added") == ["one", "two"]
        assert sent.value("x-secret") is None and sent.value("x-token") == "t"
        assert sent.body == b"SOME BODY"
        assert response.status == 202 and response.value("x-upstream") is None
        assert response.value("x-abi10-facts") == "POST /some/path a=b route 200 5"
        assert response.body == b"SOME BODY [9]"
        noted = world.noted("filter")
        assert {name: noted[name] for name in ("access", "header_filter", "log")} == {"access": 1, "header_filter": 1, "log": 1}
        assert noted["request_body"] >= 1 and noted["body_filter"] >= 1 and noted["response_bytes"] == 9

    def test_what_it_redacts_is_in_no_record(self, world):
        world.load("abi10-filter")
        world.fetch(headers=[("X-Token", "to-be-hidden")])
        assert "to-be-hidden" not in json.dumps(world.record())

    def test_bodies_however_they_are_cut(self, world):
        world.load("abi10-filter")
        body = bytes(range(256)) * 4096
        upper = bytes(byte - 32 if 97 <= byte <= 122 else byte for byte in body)
        chunked = b"".join(b"%x\r\n" % len(piece) + piece + b"\r\n" for piece in (body[:1], body[1:70000], body[70000:]))
        with Client(world.gateway.port) as client:
            assert client.fetch("POST", body=body).body == upper + b" [%d]" % len(body)
            assert client.fetch("POST", headers=[("Transfer-Encoding", "chunked")], body=chunked + b"0\r\n\r\n").body == (
                upper + b" [%d]" % len(body))
        assert [request.body for request in world.upstream.take_requests()] == [upper, upper]
        assert world.noted("filter")["response_bytes"] == world.noted("filter")["response_bytes"] == len(body)

    def test_a_refused_configuration_names_the_field(self, world):
        world.load("abi10-filter")
        mark = world.gateway.mark()
        with pytest.raises(GatewayError):
            world.load("abi10-filter", greeting="forbidden")
        line = world.gateway.wait_log("this greeting is forbidden", since=mark).string
        assert "abi10-filter" in line and "greeting" in line

    def test_its_metrics_are_counted(self, world):
        world.load("abi10-filter", greeting="12345")
        for _ in range(3):
            world.fetch()

        def counted():
            import urllib.request

            with urllib.request.urlopen(f"http://127.0.0.1:{world.gateway.status_port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
            wanted = {name: None for name in ("requests", "greeting_length", "sizes_count")}
            for line in text.splitlines():
                for name in wanted:
                    if "abi10_filter" in line.split("{")[0].split(" ")[0] and line.split("{")[0].split(" ")[0].endswith(name):
                        wanted[name] = float(line.rsplit(" ", 1)[1])
            return wanted if None not in wanted.values() and wanted["requests"] >= 3 else None

        wanted = eventually(counted, what="the sample's metrics")
        assert wanted["greeting_length"] == 5 and wanted["sizes_count"] == wanted["requests"]


class TestFlow:
    """Answers, targets, and the actions of the body phases."""

    def fetch(self, world, action, *arguments, **options):
        world.load("abi10-flow", action=action, **options.pop("config", {}))
        response = world.fetch(*arguments, **options)
        return response, world.noted("flow")

    def test_whole_request_bodies_are_changed(self, world):
        response, _ = self.fetch(world, "none", "POST", body=b"body")
        assert response.status == 200 and world.upstream.take_requests()[0].body == b"<body>"

    def test_a_body_over_its_limit_is_answered_by_the_plugin(self, world):
        response, _ = self.fetch(world, "none", "POST", body=b"x" * 1001)
        assert response.status == 413 and response.body == b"abi10" and response.value("x-abi10") == "answered"
        assert not world.upstream.take_requests()

    def test_answering_in_access(self, world):
        response, noted = self.fetch(world, "answer")
        assert response.status == 418 and response.body == b"short and stout"
        assert response.values("content-length") == ["15"] and response.value("x-abi10") == "answered"
        assert noted["pieces"] == 1 and not world.upstream.take_requests()

    def test_answering_in_header_filter(self, world):
        response, _ = self.fetch(world, "replace")
        assert response.status == 203 and response.body == b"replaced" and response.value("x-upstream") is None

    def test_sending_elsewhere(self, world):
        with Upstream(World.answer) as other:
            response, _ = self.fetch(world, "elsewhere", "POST", "/a?b", body=b"12345", config={"port": other.port})
            assert response.status == 200
            sent = other.requests[0]
            assert (sent.method, sent.target, sent.body) == ("PATCH", "/elsewhere?by=abi10", b"<12345>")
            assert sent.value("x-abi10-size") == "5" and sent.value("host") == f"127.0.0.1:{other.port}"
        assert not world.upstream.take_requests()

    def test_ending_a_body(self, world):
        world.upstream.handler = lambda connection, request: connection.send(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n").wait_closed() and None
        response, noted = self.fetch(world, "end")
        assert response.body == b"first (end)" and noted["pieces"] == 1

    def test_being_done_with_a_body(self, world):
        body = b"x" * 300000
        response, noted = self.fetch(world, "done", "POST", body=b"y" * 998)
        assert response.body == b"(done) <" + b"y" * 998 + b">"
        world.upstream.handler = lambda connection, request: connection.send(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        assert world.fetch().body == b"(done) " + body and world.noted("flow")["pieces"] == 1

    def test_holding_a_body(self, world):
        body = b"x" * 300000
        world.upstream.handler = lambda connection, request: connection.send(
            b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        response, _ = self.fetch(world, "hold")
        assert response.body == b"300000"

    def test_failing(self, world):
        response, _ = self.fetch(world, "fail")
        assert response.status == 500 and not world.upstream.take_requests()

    def test_an_action_that_does_not_exist(self, world):
        mark = world.gateway.mark()
        response, _ = self.fetch(world, "nonsense")
        assert response.status == 500
        world.gateway.wait_log("misbehaves: returned 77", since=mark)


class TestAsync:
    """Pauses and events."""

    @pytest.mark.parametrize("phase", ["access", "request_body", "header_filter", "body_filter"])
    @pytest.mark.parametrize("by", ["timer", "resume", "post", "http"])
    def test_pausing_and_going_on(self, world, phase, by):
        def reply(connection, request):
            connection.send("HTTP/1.1 201 Created\r\nX-Answer: forty-two\r\nContent-Length: 6\r\n\r\nanswer")

        with Upstream(reply) as other:
            world.load("abi10-async", phase=phase, by=by, url=f"{other.url}/asked")
            body = b"some body " * 10000
            response = world.fetch("POST", body=body)
            assert response.status == 200 and response.body == body
            noted = world.noted("async")
            assert noted["paused"] == 1 and noted["timeout"] == noted["aborted"] == 0
            assert (noted["timer"], noted["post"], noted["http"]) == (by == "timer", by == "post", by == "http")
            sent = world.upstream.take_requests()[0]
            assert sent.body == body
            if by == "http":
                asked = other.requests[0]
                assert (asked.method, asked.target, asked.body) == ("POST", "/asked", b"question")
                assert asked.value("x-question") == "abi10"
                assert (noted["http_status"], noted["http_bytes"]) == (201, 6)
                assert sent.value("x-abi10-answer") == ("forty-two" if phase == "access" else None)
                if phase == "header_filter":
                    assert response.value("x-abi10-answer") == "forty-two"

    @pytest.mark.parametrize("phase", ["access", "request_body", "header_filter"])
    def test_answering_from_an_event(self, world, phase):
        world.load("abi10-async", phase=phase, by="answer")
        response = world.fetch("POST", body=b"x")
        assert response.status == 299 and response.body == b"from the event"
        assert world.noted("async")["post"] == 1

    def test_the_client_leaves_meanwhile(self, world):
        world.upstream.on_connection = None
        with Upstream(on_connection=lambda connection: connection.wait_closed()) as other:
            world.load("abi10-async", phase="access", by="http", url=f"{other.url}/")
            client = Client(world.gateway.port).request()
            eventually(lambda: other.connections, what="the call-out")
            client.close()
            noted = world.noted("async")
        assert noted["aborted"] == 1 and noted["http"] == 0

    def test_the_instances_own_timer(self, world):
        world.load("abi10-async")

        def ticks():
            world.fetch()
            return world.noted("async")["ticks"] >= 3

        eventually(ticks, what="three ticks")
