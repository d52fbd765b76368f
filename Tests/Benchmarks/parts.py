"""What is measured, one function a part. Each gives rows: (what, value, unit, bound or None)."""

import statistics
import time

import claude_request
import llm_parts
from instructions import instructions_of
from llm_parts import MESSAGES
from load import Client, alternating, post_script, request_bytes, wrk
from processes import memory
from servers import ai_proxy, file_log, plain


def _versus(costs, baseline="nginx", bound=None):
    rows = []
    for name, cost in costs.items():
        rows += [
            (f"{name}: requests/s", cost.per_second, "1/s", None),
            (f"{name}: CPU seconds per 1,000 requests", cost.cpu_us / 1000, "s", None),
            (f"{name}: user CPU per request", cost.user_us, "µs", None),
            (f"{name}: system CPU per request", cost.system_us, "µs", None),
        ]
    if baseline in costs:
        rows.append((f"torii ÷ {baseline}: CPU per request", costs["torii"].cpu_us / costs[baseline].cpu_us, "×", bound))
        rows.append(
            (f"torii ÷ {baseline}: requests/s", costs["torii"].per_second / costs[baseline].per_second, "×", None))
    return rows


def get(servers, options):
    """GET 1 KB, keep-alive both sides, one worker each, 64 connections."""
    upstream = servers.upstream()
    proxies = {
        "torii": servers.torii(plain(upstream.port)),
        "nginx": servers.nginx_proxy(upstream.port),
        "nginx, no added fields": servers.nginx_proxy(upstream.port, same_fields=False),
    }
    for proxy in proxies.values():
        wrk(proxy, "/warm-up", 1)
    costs = alternating(proxies, 3, lambda proxy: wrk(proxy, "/a/path", options.seconds(8)))
    bare = costs["torii"].cpu_us / costs["nginx, no added fields"].cpu_us
    return _versus(costs, bound=1.2) + [("torii ÷ nginx, no added fields: CPU per request", bare, "×", None)]


def post(servers, options):
    """POST 50 KB, answered with 1 KB."""
    upstream = servers.upstream()
    proxies = {"torii": servers.torii(plain(upstream.port)), "nginx": servers.nginx_proxy(upstream.port)}
    script = post_script(servers.folder, "post", b"x" * 50_000, {"Content-Type": "text/plain"})
    run = lambda proxy: wrk(proxy, "/a/path", options.seconds(5), script=script)  # noqa: E731
    return _versus(alternating(proxies, 2, run))


def instructions(servers, options):
    """Instructions in user space per proxied GET, one connection, by callgrind."""
    upstream = servers.upstream()
    request = request_bytes("GET", "/a/path")
    torii = instructions_of(
        servers, "torii", lambda tool: servers.torii_under(tool, plain(upstream.port)), request)
    same = instructions_of(servers, "nginx", lambda tool: servers.nginx_proxy(
        upstream.port, prefix=tool, single=True), request)
    bare = instructions_of(servers, "nginx-bare", lambda tool: servers.nginx_proxy(
        upstream.port, same_fields=False, prefix=tool, single=True), request)
    return [
        ("torii: instructions per GET", torii, "", 21_900), ("nginx: instructions per GET", same, "", None),
        ("nginx, no added fields: instructions per GET", bare, "", None),
        ("torii ÷ nginx: instructions", torii / same, "×", None),
    ]


def start(servers, options):
    """From the start of the command to the first answered request; what an idle worker holds."""
    upstream, simulator = servers.upstream(), servers.simulator()
    rows = []
    log = servers.folder / "start.json"
    body = claude_request.request(stream=False)
    tutorial = {**plain(upstream.port), "plugins": [ai_proxy(simulator.port), file_log(log)]}
    for name, configuration, request in (
        ("reverse proxy", plain(upstream.port), request_bytes("GET", "/a/path")),
        ("tutorial", tutorial, request_bytes("POST", MESSAGES, claude_request.HEADERS, body)),
    ):
        times = []
        for _ in range(10):
            begin = time.perf_counter()
            server = servers.torii(configuration)
            client = Client(server.port)
            client.repeat(request, 1)
            times.append(time.perf_counter() - begin)
            client.close()
            held = memory(server.worker)
            servers.stop(server)
        rows += [
            (f"{name}: start to first answer, median of 10", statistics.median(times) * 1000, "ms", 300),
            (f"{name}: start to first answer, worst of 10", max(times) * 1000, "ms", None),
            (f"{name}: idle worker, resident", held["resident"] / 2**20, "MiB", 20),
            (f"{name}: idle worker, proportional share", held["proportional"] / 2**20, "MiB", None),
        ]
    return rows


def log(servers, options):
    """What file-log adds to a GET of 1 KB."""
    upstream = servers.upstream()
    path = servers.folder / "requests.json"
    proxies = {"without": servers.torii(plain(upstream.port)),
               "with": servers.torii(plain(upstream.port, [file_log(path)]))}
    for proxy in proxies.values():
        wrk(proxy, "/warm-up", 1)
    costs = alternating(proxies, 4, lambda proxy: wrk(proxy, "/a/path", options.seconds(4)))
    size = path.stat().st_size
    with open(path) as file:
        lines = sum(1 for _ in file)
    rows = []
    for name, cost in costs.items():
        rows += [(f"{name} file-log: CPU per request", cost.cpu_us, "µs", None)]
    return rows + [
        ("file-log adds", costs["with"].cpu_us - costs["without"].cpu_us, "µs", 5),
        ("file-log adds, user", costs["with"].user_us - costs["without"].user_us, "µs", None),
        ("file-log adds, system", costs["with"].system_us - costs["without"].system_us, "µs", None),
        ("bytes of a line", size / max(1, lines), "", None),
    ]


PARTS = {
    "get": get, "post": post, "instructions": instructions, "start": start, "log": log, **llm_parts.PARTS,
}
