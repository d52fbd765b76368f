"""Reloads: builds that are swapped, refused reloads, rollback and canary. Under load: test_thousand_reloads.py."""

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import threading
import time

import pytest

from support import Client, Upstream, eventually, fetch
from support.gateway import REPOSITORY, binary
from test_faults import admin, status
from test_plugins import plugin_folder  # noqa: F401


def compile_plugin(folder, source, *options):
    """Builds a plugin of Tests/Plugins, with options of the compiler's."""
    library = folder / ("lib" + source.replace(".c", ".so"))
    folder.mkdir()
    sdk = REPOSITORY / "SDK" / "C"
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE", "-O1", "-shared", "-fPIC", f"-I{sdk}/include",
         *options, f"-Wl,--version-script={sdk}/plugin.map", "-o", library,
         REPOSITORY / "Tests" / "Plugins" / source, "-lpthread"], check=True)
    return library


@pytest.fixture(scope="session")
def builds(tmp_path_factory):
    """Builds of `twin`, by name, and other libraries."""
    folder = tmp_path_factory.mktemp("builds")

    def compile(name, *options):
        return compile_plugin(folder / name, "twin.c", *options)

    return {
        "a": compile("a"), "b": compile("b", '-DBUILD="b"'),
        # Built for another major version of the ABI, and with another symbol for its entry.
        "major": compile("major", "-DTWIN_MAJOR=9"), "symbol": compile("symbol", "-Dtorii_plugin_entry=another_entry"),
    }


def answer(connection, request):
    name = request.value("x-build") or ""
    body = name.encode() + b"|"
    connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


@pytest.fixture
def upstream():
    made = Upstream(answer)
    yield made
    made.stop()


def document(port, mark=""):
    return {"_format_version": "3.0", "services": [{
        "name": "service", "host": "127.0.0.1", "port": port, "protocol": "http",
        "routes": [{"name": "route", "paths": ["/"]}], "plugins": [{"name": "twin", "config": {"mark": mark}}]}]}


def place(library, folder):
    """Puts a build into a plugin folder, in one step as an installer does."""
    scratch = folder / "scratch"
    shutil.copy(library, scratch)
    os.replace(scratch, folder / "libtwin.so")


@pytest.fixture
def world(gateways, upstream, builds, tmp_path):
    def start(**settings):
        place(builds["a"], tmp_path)
        settings.setdefault("workers", 2)
        gateway = gateways(document(upstream.port), plugin_path=[tmp_path, binary().parent], **settings)
        gateway.plugins = tmp_path
        return gateway

    return start


def build_of(response):
    """The build that served a response; fails when there were two."""
    assert response is not None and response.status == 200, response
    upstream_saw, body = response.body.decode().split("|")
    assert upstream_saw == body == response.value("x-build"), response.body
    return body


def served_by(gateway):
    return build_of(fetch(gateway))


class KeepAliveLoad:
    """Requests on connections that are never closed by the load; every response must be whole and of one build."""

    def __init__(self, gateway, count=4):
        self.gateway, self.done, self.served, self.problems = gateway, False, 0, []
        self.builds = set()
        self.threads = [threading.Thread(target=self.run, daemon=True) for _ in range(count)]

    def run(self):
        try:
            with Client(self.gateway.port) as client:
                while not self.done:
                    response = client.fetch()
                    self.builds.add(build_of(response))
                    self.served += 1
        except Exception as problem:  # noqa: BLE001
            self.problems.append(repr(problem))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.done = True
        for thread in self.threads:
            thread.join(10)


def test_a_new_build_takes_effect_at_once_when_watched(world, builds):
    gateway = world(watch="on")
    assert served_by(gateway) == "a"
    place(builds["b"], gateway.plugins)
    eventually(lambda: served_by(gateway) == "b", what="the new build serves")


def test_a_new_build_is_live_in_under_a_second(world, builds):
    """The best of some: others use the machine, too."""
    gateway = world(watch="on")
    took = []
    for number in range(6):
        name = "ba"[number % 2]
        place(builds[name], gateway.plugins)
        begun = time.monotonic()
        eventually(lambda: served_by(gateway) == name, what="the new build serves")
        took.append(time.monotonic() - begun)
    print(f"live after {min(took):.2f} to {max(took):.2f} s")
    assert min(took) < 0.7 and sorted(took)[3] < 1, took


def test_a_changed_file_takes_effect_when_watched(world, upstream):
    gateway = world(watch="on")
    gateway.configure(document(upstream.port, mark="-x"))
    eventually(lambda: served_by(gateway) == "a-x", what="the new configuration serves")


def test_overwriting_truncating_and_deleting_a_loaded_library_harms_nothing(world, builds):
    gateway = world()
    library = gateway.plugins / "libtwin.so"
    for damage in (lambda: library.write_bytes(b"no library"), lambda: os.truncate(library, 100), library.unlink):
        damage()
        for _ in range(5):
            assert served_by(gateway) == "a"


def bad_reload(gateway):
    """A reload that must be refused; what it says."""
    before = status(gateway)["generation"]
    code, body = admin(gateway, "POST", "/torii/reload")
    assert code == 400, body
    assert status(gateway)["generation"] == before
    assert served_by(gateway).startswith("a")
    return json.dumps(body)


def test_a_bad_reload_changes_nothing_and_says_why(world, upstream, builds):
    gateway = world()
    good = document(upstream.port)

    gateway.configure("services: [")
    assert "torii.yaml:1:" in bad_reload(gateway)
    gateway.configure({**good, "plugins": [{"name": "nothing-of-that-name"}]})
    assert "nothing-of-that-name" in bad_reload(gateway)
    wrong = document(upstream.port)
    wrong["services"][0]["plugins"][0]["config"]["mark"] = 7
    gateway.configure(wrong)
    assert "mark" in bad_reload(gateway)
    gateway.configure(good)

    library = gateway.plugins / "libtwin.so"
    whole = builds["a"].read_bytes()
    for content, reason in [
        (whole[: len(whole) // 2], "libtwin.so"), (b"\x7fELF" + b"\0" * 60, "libtwin.so"), (b"text", "libtwin.so"),
        # Another architecture: the machine's number in the ELF header.
        (whole[:18] + b"\xb7\0" + whole[20:], "libtwin.so"),
    ]:
        scratch = gateway.plugins / "scratch"
        scratch.write_bytes(content)
        os.replace(scratch, library)
        text = bad_reload(gateway)
        assert reason in text and "twin" in text, text
    for name, reason in [("major", "ABI"), ("symbol", "torii_plugin_entry")]:
        place(builds[name], gateway.plugins)
        text = bad_reload(gateway)
        assert reason in text and "libtwin.so" in text, text
    place(builds["a"], gateway.plugins)
    assert admin(gateway, "POST", "/torii/reload")[0] == 200


@pytest.mark.parametrize("kind", ["folder", "pipe", "loop", "nothing", "gone", "empty", "device", "unreadable script"])
def test_what_is_no_library_is_refused(world, kind):
    """Whatever lies where the library was, it is neither waited for nor loaded."""
    gateway = world()
    library = gateway.plugins / "libtwin.so"
    library.unlink()
    if kind == "folder":
        library.mkdir()
    elif kind == "pipe":
        os.mkfifo(library)
    elif kind == "loop":
        library.symlink_to(library)
    elif kind == "nothing":
        library.symlink_to("/nowhere")
    elif kind == "empty":
        library.write_bytes(b"")
    elif kind == "device":
        library.symlink_to("/dev/zero")
    elif kind == "unreadable script":
        library.write_text("#!/bin/sh\nexit 1\n")
    begun = time.monotonic()
    text = bad_reload(gateway)
    assert "twin" in text
    assert time.monotonic() - begun < 5


def test_a_library_that_cannot_be_copied_is_refused_and_the_old_one_goes_on(world, builds, upstream):
    """The disk is full, or, as here, the file would be larger than the process may write."""
    gateway = world()
    resource.prlimit(gateway.controller_pid(), resource.RLIMIT_FSIZE, (4096, 4096))
    place(builds["b"], gateway.plugins)
    text = bad_reload(gateway)
    assert "libtwin.so" in text and "cannot be copied into the gateway's own store" in text and "File too large" in text, text
    # The controller lives; nothing half-written is left.
    assert len([path for path in (gateway.folder / "state" / "libraries").iterdir() if "." in path.stem]) == 0


@pytest.mark.parametrize("fault", ["segv", "abort", "exit", "hang"])
@pytest.mark.parametrize("phase", ["inspect", "configure"])
def test_a_plugin_that_fails_while_it_is_configured_is_refused(gateways, upstream, plugin_folder, fault, phase):
    """In the inspector, or in a worker only: the old generation goes on."""
    def with_plugin(plugins):
        return {"_format_version": "3.0", "services": [{
            "name": "service", "host": "127.0.0.1", "port": upstream.port, "protocol": "http",
            "routes": [{"name": "route", "paths": ["/"]}], "plugins": plugins}]}

    gateway = gateways(with_plugin([]), workers=2, plugin_path=[plugin_folder, binary().parent],
                       plugin_hang_timeout="500ms")
    before = status(gateway)["generation"]
    gateway.configure(with_plugin([{"name": "faulty", "config": {"fault": fault, "phase": phase}}]))
    with Client(gateway.admin_port, timeout=30) as client:
        client.request("POST", "/torii/reload")
        response = client.response()
    assert response.status == 400, response.body
    assert b"faulty" in response.body, response.body
    assert fetch(gateway).status == 200
    eventually(lambda: [w["generation"] for w in status(gateway)["workers"]] == [before] * 2,
               what="both workers serve the old generation", timeout=10)
    assert fetch(gateway).status == 200


def test_bad_reloads_one_after_the_other_are_all_refused(gateways, upstream, plugin_folder):
    """While the workers that the first one cost are being started, the next one finds none that could make it ready."""
    def document(**config):
        plugins = [{"name": "faulty", "config": config}] if config else []
        return {"_format_version": "3.0", "services": [{
            "name": "service", "host": "127.0.0.1", "port": upstream.port, "protocol": "http",
            "routes": [{"name": "route", "paths": ["/"]}], "plugins": plugins}]}

    gateway = gateways(document(), workers=2, plugin_path=[plugin_folder, binary().parent], plugin_hang_timeout="500ms",
                       plugin_crash_limit=100)
    before = status(gateway)["generation"]
    for fault in ("segv", "abort", "exit", "segv", "hang", "abort"):
        gateway.configure(document(fault=fault, phase="configure"))
        code, body = admin(gateway, "POST", "/torii/reload")
        assert code == 400 and "faulty" in json.dumps(body), (fault, code, body)
        assert status(gateway)["generation"] == before
    gateway.configure(document())
    assert admin(gateway, "POST", "/torii/reload")[0] == 200
    assert fetch(gateway).status == 200
    eventually(lambda: len(status(gateway)["workers"]) == 2, what="both workers are back")


def test_a_plugin_that_later_cannot_be_configured_any_more_does_not_keep_workers_from_starting(
        gateways, upstream, plugin_folder, tmp_path):
    """It is quarantined, and not even loaded by workers that are started; the other routes are served."""
    flag = tmp_path / "flag"
    gateway = gateways({"_format_version": "3.0", "services": [{
        "name": "service", "host": "127.0.0.1", "port": upstream.port, "protocol": "http", "routes": [
            {"name": "sound", "paths": ["/sound"]},
            {"name": "faulty", "paths": ["/faulty"], "plugins": [
                {"name": "faulty", "config": {"fault": "segv", "phase": "configure", "when": str(flag)}}]}]}]},
        workers=1, plugin_path=[plugin_folder, binary().parent], plugin_crash_limit=3)
    assert fetch(gateway, target="/faulty").status == 200
    flag.touch()
    os.kill(gateway.worker_pid(), signal.SIGKILL)
    gateway.wait_log("plugin faulty is quarantined")
    with Client(gateway.port) as client:
        assert client.fetch(target="/sound").status == 200
        assert client.fetch(target="/faulty").status == 503
    assert len(status(gateway)["faults"]) == 3
    # What is changed elsewhere is not held up by it.
    service = {"name": "other", "host": "127.0.0.1", "port": upstream.port}
    assert admin(gateway, "POST", "/services", service)[0] == 201
    # To reinstate it is of no use while it crashes; it stays out of service then.
    assert admin(gateway, "POST", "/torii/plugins/faulty/reinstate")[0] == 200
    gateway.wait_log("generation .* is refused: worker 0 ended while it made the generation ready: plugin faulty")
    eventually(lambda: status(gateway)["quarantines"], what="it is quarantined again")
    eventually(lambda: fetch(gateway, target="/sound").status == 200, what="the worker is back")
    assert fetch(gateway, target="/faulty").status == 503
    # Without what made it crash it is used again.
    flag.unlink()
    assert admin(gateway, "POST", "/torii/plugins/faulty/reinstate")[0] == 200
    eventually(lambda: fetch(gateway, target="/faulty").status == 200, what="it is in service again")
    assert status(gateway)["quarantines"] == []


def test_rollback_brings_back_configuration_and_library(world, upstream, builds):
    gateway = world()
    first = status(gateway)["generation"]
    place(builds["b"], gateway.plugins)
    gateway.reload(document(upstream.port, mark="-2"))
    assert served_by(gateway) == "b-2"
    code, body = admin(gateway, "POST", "/torii/rollback")
    assert code == 200, body
    assert served_by(gateway) == "a"
    generations = status(gateway)["generations"]
    assert generations[-1]["state"] == "in service"
    assert generations[-1]["libraries"][0]["hash"] == hashlib.sha256(builds["a"].read_bytes()).hexdigest()
    assert generations[1]["libraries"][0]["hash"] == hashlib.sha256(builds["b"].read_bytes()).hexdigest()
    assert generations[0]["number"] == first
    assert admin(gateway, "POST", "/torii/rollback", {"generation": 999})[0] == 404


def canary(gateway, **options):
    code, body = admin(gateway, "POST", "/torii/reload", {"canary": options})
    assert code == 200, body
    return body["generation"]


def test_a_canary_gets_its_share_and_is_promoted(world, upstream):
    gateway = world()
    gateway.configure(document(upstream.port, mark="-new"))
    number = canary(gateway, share="50%", duration=3600)
    seen = [served_by(gateway) for _ in range(60)]
    assert 5 < seen.count("a-new") < 55
    assert status(gateway)["canary"]["generation"] == number
    assert admin(gateway, "POST", "/torii/canary/promote")[0] == 200
    assert {served_by(gateway) for _ in range(20)} == {"a-new"}
    assert status(gateway)["canary_history"][-1]["outcome"] == "promoted"


def test_a_canary_by_header(world, upstream):
    gateway = world()
    gateway.configure(document(upstream.port, mark="-new"))
    canary(gateway, header="X-Canary: yes", duration=3600)
    assert {served_by(gateway) for _ in range(20)} == {"a"}
    assert build_of(fetch(gateway, headers=[("X-Canary", "yes")])) == "a-new"
    assert build_of(fetch(gateway, headers=[("X-Canary", "no")])) == "a"
    assert admin(gateway, "POST", "/torii/canary/abort")[0] == 200
    assert build_of(fetch(gateway, headers=[("X-Canary", "yes")])) == "a"


def test_a_canary_whose_requests_fail_is_rolled_back_by_itself(world, upstream):
    gateway = world()
    failing = document(upstream.port, mark="-new")
    failing["services"][0]["port"] = 1
    failing["services"][0]["retries"] = 0
    gateway.configure(failing)
    number = canary(gateway, share="30%", duration=3600, max_error_rate=0.1)

    def is_over():
        fetch(gateway)
        return status(gateway)["canary"] is None

    eventually(is_over, timeout=20, what="it is rolled back")
    outcome = status(gateway)["canary_history"][-1]
    assert (outcome["generation"], outcome["outcome"]) == (number, "rolled back")
    assert "requests failed" in outcome["reason"]
    assert {fetch(gateway).status for _ in range(30)} == {200}


def test_a_canary_that_crashes_is_rolled_back_by_itself(gateways, upstream, plugin_folder):
    def with_plugin(fault):
        return {"_format_version": "3.0", "services": [{
            "name": "service", "host": "127.0.0.1", "port": upstream.port, "protocol": "http",
            "routes": [{"name": "route", "paths": ["/"]}], "plugins": [
                {"name": "faulty", "config": {"fault": fault, "header": "X-Fault"}}]}]}

    gateway = gateways(with_plugin("none"), workers=2, plugin_path=[plugin_folder, binary().parent])
    gateway.configure(with_plugin("segv"))
    canary(gateway, header="X-Canary: yes", duration=3600)
    try:
        fetch(gateway, headers=[("X-Canary", "yes"), ("X-Fault", "1")])
    except OSError:
        pass
    eventually(lambda: status(gateway)["canary"] is None, what="it is rolled back")
    assert "faulty" in status(gateway)["canary_history"][-1]["reason"]
    assert fetch(gateway, headers=[("X-Canary", "yes"), ("X-Fault", "1")]).status == 200


def test_a_controller_that_is_killed_while_a_library_is_bad_goes_on_with_what_the_workers_have(world, builds):
    gateway = world()
    eventually(lambda: status(gateway)["workers"], what="the workers are known")
    (gateway.plugins / "scratch").write_bytes(b"no library")
    os.replace(gateway.plugins / "scratch", gateway.plugins / "libtwin.so")
    before = gateway.controller_pid()
    os.kill(before, signal.SIGKILL)
    eventually(lambda: gateway.controller_pid() not in (None, before), what="another controller")
    for _ in range(10):
        assert served_by(gateway) == "a"

    def is_in_service():
        try:
            return status(gateway)["generation"] > 0
        except OSError:
            return False

    eventually(is_in_service, timeout=10, what="the controller serves again")
    assert gateway.process.poll() is None
    assert served_by(gateway) == "a"
    # It is told when somebody asks for a reload, and nothing changes.
    assert "libtwin.so" in bad_reload(gateway)
