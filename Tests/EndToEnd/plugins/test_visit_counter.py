"""visit-counter: what each language's binding keeps beyond a request, by state_export and state_import and by torii.shared/1."""

import os
import shutil
import signal
import subprocess

import pytest

from support import configuration, eventually, fetch
from support.gateway import REPOSITORY, binary


def document(port, reset=""):
    """A configuration; another value of `reset` makes another instance."""
    return configuration(port, plugins=[{"name": "visit-counter", "config": {"reset": reset}}])


@pytest.fixture
def upstream(upstreams):
    return upstreams()


@pytest.fixture
def start(gateways, upstream, language):
    def starting(workers=1):
        return gateways(document(upstream.port), workers=workers, plugin_path=[language, binary().parent])

    return starting


def counts(gateway, path="/"):
    """This worker's count, all workers' count and the longest path, as one more request is told them."""
    response = fetch(gateway, "GET", path)
    assert response.status == 200
    here, visits = (response.value(name) for name in ("x-visits-here", "x-visits"))
    return here and int(here), visits and int(visits), response.value("x-longest")


def test_counts_go_on_over_a_reload(start, upstream):
    gateway = start()
    assert [counts(gateway) for _ in range(3)] == [(1, 1, "/"), (2, 2, "/"), (3, 3, "/")]
    gateway.reload(document(upstream.port, reset="/again"))
    assert counts(gateway) == (4, 4, "/")
    assert gateway.wait_log(r"state of plugin visit-counter 1\.0\.0 \(entity .*\) was handed over to 1\.0\.0: 3 bytes")


def test_what_all_workers_see_outlives_a_worker_and_what_one_has_does_not(start):
    gateway = start()
    counts(gateway, "/long"), counts(gateway)
    pid = gateway.worker_pid()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: gateway.worker_pids() not in ([], [pid]), what="another worker")
    assert counts(gateway) == (1, 3, "/long")


def test_the_longest_path_takes_the_place_of_shorter_ones_only(start):
    gateway = start()
    assert [counts(gateway, path)[2] for path in ("/a", "/abcd", "/ab", "/abce", "/" + "x" * 400)] == [
        "/a", "/abcd", "/abcd", "/abcd", "/" + "x" * 255]


def test_counts_are_set_back(start, upstream):
    gateway = start()
    counts(gateway, "/long")
    gateway.reload(document(upstream.port, reset="/again"))
    assert counts(gateway, "/again") == (None, None, None)
    assert counts(gateway) == (1, 1, "/")


def test_all_workers_add_to_one_count(start):
    gateway = start(workers=2)
    seen = sorted(counts(gateway)[1] for _ in range(40))
    assert seen == list(range(1, 41))


# Another build takes the place of one in C


@pytest.fixture(scope="session")
def older(tmp_path_factory):
    """The example in C, which writes its state in a format of the number given."""
    source = (REPOSITORY / "SDK/Examples/C/visit-counter/plugin.c").read_text()
    assert source.count('"1 %llu"') == 1

    def compile(number):
        folder = tmp_path_factory.mktemp("older")
        (folder / "plugin.c").write_text(source.replace('"1 %llu"', f'"{number} %llu"'))
        library = folder / "libvisit-counter.so"
        sdk = REPOSITORY / "SDK" / "C"
        subprocess.run(
            [os.environ.get("CC", "cc"), "-std=c11", "-shared", "-fPIC", f"-I{sdk}/include",
             f"-Wl,--version-script={sdk}/plugin.map", "-o", library, folder / "plugin.c"], check=True)
        return library

    return compile


@pytest.fixture
def replaced(gateways, upstream, language, older, tmp_path):
    """Serves three requests with a build in C, and then has this language's take its place."""

    def replacing(number):
        library = tmp_path / "libvisit-counter.so"
        shutil.copy(older(number), library)
        gateway = gateways(document(upstream.port), plugin_path=[tmp_path, binary().parent])
        assert [counts(gateway)[0] for _ in range(3)] == [1, 2, 3]
        shutil.copy(language / library.name, tmp_path / "new")
        (tmp_path / "new").replace(library)
        gateway.reload(document(upstream.port))
        return gateway

    return replacing


def test_another_build_takes_over_what_it_can_read(replaced):
    assert counts(replaced(1)) == (4, 4, "/")


def test_a_state_of_another_format_is_refused_with_a_reason_and_counting_begins_anew(replaced):
    gateway = replaced(2)
    assert counts(gateway) == (1, 4, "/")
    gateway.wait_log(r"was not handed over to 1\.0\.0, which begins without: "
                     r".*the state is of a format that this version does not know")
