"""A controller that is started again: what it says before and after it knows what the workers serve."""

import os
import signal

from support import Client, eventually, fetch
from test_faults import status, upstream  # noqa: F401


def test_the_status_never_denies_what_the_workers_serve(gateways, upstream):  # noqa: F811
    gateway = gateways({"_format_version": "3.0", "services": [{
        "name": "service", "host": "127.0.0.1", "port": upstream.port, "protocol": "http",
        "routes": [{"name": "route", "paths": ["/"]}]}]}, workers=2)
    for _ in range(2):
        gateway.reload()
    number = status(gateway)["generation"]
    pids = gateway.worker_pids()
    for _ in range(5):
        before = gateway.controller_pid()
        os.kill(before, signal.SIGKILL)
        eventually(lambda: gateway.controller_pid() not in (None, before), what="another controller")
        answers = []
        # Whenever it answers, from the first answer on.
        for _ in range(20):
            try:
                node = status(gateway)
                with Client(gateway.status_port) as client:
                    ready = client.fetch(target="/status/ready").status
            except OSError:
                continue
            answers.append(node["generation"])
            assert node["generation"] >= number, "it has forgotten what is in service"
            assert node["ready"] is True and ready == 200, "requests are served all the time"
            assert sorted(worker["pid"] for worker in node["workers"]) == pids
        assert answers
        eventually(lambda: not status(gateway)["recovering"], what="it knows what they serve")
        assert fetch(gateway).status == 200
    assert gateway.worker_pids() == pids
