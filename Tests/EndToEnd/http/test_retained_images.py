"""Builds of a Swift plugin cannot be unmapped: past a bound the worker is replaced."""

import os

from support import Upstream, eventually, fetch
from support.gateway import binary
from test_faults import admin, status

LIMIT = 3


def test_past_the_bound_the_worker_is_replaced_and_nothing_is_lost(gateways, tmp_path):
    """Each reload brings another build of file-log; requests under way end on the worker that goes."""
    library = tmp_path / "libfile-log.so"
    whole = (binary().parent / "libfile-log.so").read_bytes()

    def place(number):
        # What stands behind an ELF file's end changes nothing but its hash.
        (tmp_path / "scratch").write_bytes(whole + b"%d" % number)
        os.replace(tmp_path / "scratch", library)

    def answer(connection, request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX-Build: \r\n\r\n|")
        if request.target == "/slow":
            connection.closed.wait(3)
        connection.send(b"ok")

    place(0)
    with Upstream(answer) as upstream:
        gateway = gateways({"_format_version": "3.0", "services": [{
            "name": "service", "host": "127.0.0.1", "port": upstream.port, "protocol": "http",
            "routes": [{"name": "route", "paths": ["/"]}],
            "plugins": [{"name": "file-log", "config": {"path": str(tmp_path / "log")}}]}]},
            workers=1, plugin_path=[tmp_path, binary().parent], retained_image_limit=LIMIT, drain_timeout="10s")
        first = gateway.worker_pid()
        served, lost = [], []
        for number in range(1, 2 * LIMIT + 4):
            place(number)
            code, body = admin(gateway, "POST", "/torii/reload")
            assert code == 200, body
            for _ in range(10):
                response = fetch(gateway)
                (served if response is not None and response.status == 200 else lost).append(response)
            if gateway.worker_pids() != [first]:
                break
        retained = [worker["retained_images"] for worker in status(gateway)["workers"]]
        eventually(lambda: first not in gateway.worker_pids() and gateway.worker_pids(), timeout=20, what="it is replaced")
        for _ in range(20):
            response = fetch(gateway)
            (served if response is not None and response.status == 200 else lost).append(response)
        assert lost == [] and len(served) > 20, (lost, retained)
        gateway.wait_log(r"is replaced: it keeps [4-9] libraries that cannot be unloaded \(retained_image_limit\)")
        # The new one may have been there for the last of the reloads.
        eventually(lambda: [worker["retained_images"] <= 1 for worker in status(gateway)["workers"]] == [True],
                   what="the new worker keeps none of them")
        # Each request left its line, also those of the worker that went.
        eventually(lambda: len((tmp_path / "log").read_text().splitlines()) == len(served), what="every line is there")
