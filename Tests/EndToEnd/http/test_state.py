"""What a plugin's instance has learnt goes to the one that takes its place (state_export, state_import)."""

import pytest

from support import Client, eventually, fetch
from support.gateway import binary
from test_faults import admin, status
from test_reload import compile_plugin, upstream  # noqa: F401


@pytest.fixture(scope="session")
def keepers(tmp_path_factory):
    """Two builds of `keeper`, by name."""
    folder = tmp_path_factory.mktemp("keepers")
    return {name: compile_plugin(folder / name, "keeper.c", f'-DBUILD="{name}"') for name in ("a", "b")}


def document(port, mark="", fault=""):
    return {"_format_version": "3.0", "services": [{
        "name": "service", "host": "127.0.0.1", "port": port, "protocol": "http",
        "routes": [{"name": "route", "paths": ["/"]}],
        "plugins": [{"name": "keeper", "config": {"mark": mark, "fault": fault}}]}]}


@pytest.fixture
def gateway(gateways, upstream, keepers, tmp_path):  # noqa: F811
    place(keepers["a"], tmp_path)
    made = gateways(document(upstream.port), workers=1, plugin_path=[tmp_path, binary().parent])
    made.plugins = tmp_path
    return made


def place(library, folder):
    (folder / "scratch").write_bytes(library.read_bytes())
    (folder / "scratch").replace(folder / "libkeeper.so")


def count(gateway):
    """The count and the mark of one more request."""
    response = fetch(gateway)
    assert response.status == 200
    return int(response.value("x-count")), response.value("x-mark")


def counted(gateway):
    """What the plugin's handovers came to: done, failed."""
    def known():
        metrics = status(gateway)["plugins"].get("keeper", {})
        return metrics if "state_handovers" in metrics else None

    metrics = eventually(known, what="the worker has told its counts")
    return metrics["state_handovers"], metrics["state_handover_failures"]


def test_a_count_survives_a_reload_that_swaps_the_build_and_the_configuration(gateway, upstream, keepers):  # noqa: F811
    assert [count(gateway) for _ in range(3)] == [(1, "a"), (2, "a"), (3, "a")]
    place(keepers["b"], gateway.plugins)
    gateway.reload(document(upstream.port))
    assert count(gateway) == (4, "b")
    gateway.reload(document(upstream.port, mark="-other"))
    assert count(gateway) == (5, "b-other")
    # Back to the older build, as an operator may.
    assert admin(gateway, "POST", "/torii/rollback")[0] == 200
    assert count(gateway) == (6, "b")
    assert gateway.wait_log(r"state of plugin keeper 1\.0\.0 \(entity .*\) was handed over to 1\.0\.0: 16 bytes")
    assert counted(gateway)[1] == 0


def test_an_instance_that_did_not_change_just_goes_on(gateway, upstream):  # noqa: F811
    assert count(gateway) == (1, "a")
    gateway.reload(document(upstream.port))
    assert count(gateway) == (2, "a")
    assert "handed over" not in gateway.log


def test_requests_on_the_old_instance_go_on_there(gateway, upstream, keepers):  # noqa: F811
    """The state is of the moment at which the next generation begins; each instance keeps its own from then on."""
    with Client(gateway.port) as client:
        client.send(b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n1")
        upstream.wait_connections(1)
        eventually(lambda: any(g["active_requests"] for g in status(gateway)["generations"]), what="it is under way")
        place(keepers["b"], gateway.plugins)
        gateway.reload(document(upstream.port))
        assert count(gateway) == (1, "b")
        client.send(b"2")
        response = client.response()
        assert (response.value("x-count"), response.value("x-mark")) == ("1", "a")
    assert count(gateway) == (2, "b")


@pytest.mark.parametrize("fault,reason", [
    ("import", "the count cannot be read"), ("export", "the count cannot be written down"),
    ("large", "status -6"), ("null", "status -4"),
])
def test_a_handover_that_fails_is_told_and_the_reload_goes_on(gateway, upstream, fault, reason):  # noqa: F811
    assert count(gateway) == (1, "a")
    if fault != "import":
        gateway.reload(document(upstream.port, mark="-before", fault=fault))
        assert count(gateway) == (2, "a-before")
    gateway.reload(document(upstream.port, mark="-after", fault="import" if fault == "import" else ""))
    assert count(gateway) == (1, "a-after")
    gateway.wait_log(rf"state of plugin keeper .* was not handed over to 1\.0\.0, which begins without: .*{reason}")
    # Workers tell their counts once a second.
    eventually(lambda: counted(gateway)[1] == 1, what="the failure is counted")
    # The next one inherits from the one that began anew.
    gateway.reload(document(upstream.port, mark="-again"))
    assert count(gateway) == (2, "a-again")


def test_what_is_tried_out_begins_with_what_the_others_know(gateway, upstream):  # noqa: F811
    assert count(gateway) == (1, "a")
    gateway.configure(document(upstream.port, mark="-new"))
    code, body = admin(gateway, "POST", "/torii/reload", {"canary": {"header": "X-Canary: yes", "duration": 3600}})
    assert code == 200, body

    def tried():
        return fetch(gateway, headers=[("X-Canary", "yes")]).value("x-count")

    assert tried() == "2"
    assert count(gateway) == (2, "a")
    assert tried() == "3"
    # It has served: what the others learnt meanwhile does not overwrite what it knows.
    assert admin(gateway, "POST", "/torii/canary/promote")[0] == 200
    assert count(gateway) == (4, "a-new")
