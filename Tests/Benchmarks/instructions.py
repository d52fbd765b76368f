"""Counts instructions by callgrind."""

import re

from load import Client
from processes import wait_for


def instructions_of(servers, name, start, requests, few=200, many=1200):
    """Instructions of a request in user space: the difference between two runs under callgrind."""
    counts = []
    for number in (few, many):
        output = servers.folder / f"callgrind.{name}.{number}"
        server = start(["valgrind", "--tool=callgrind", f"--callgrind-out-file={output}"])
        client = Client(server.port)
        client.repeat(requests, number)
        client.close()
        servers.stop(server)
        text = wait_for(
            lambda: output.exists() and re.search(r"^(?:summary|totals): (\d+)", output.read_text(errors="replace"), re.M),
            f"callgrind wrote nothing for {name}")
        counts.append(int(text.group(1)))
    return (counts[1] - counts[0]) / (many - few)
