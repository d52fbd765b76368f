"""What is measured, one function a part. Each gives rows: (what, value, unit, bound or None)."""

import json
import re
import statistics
import time

import claude_request
from load import Client, alternating, post_script, request_bytes, wrk
from processes import memory, wait_for
from servers import ai_proxy, file_log, plain

CHAT = "/compatible-mode/v1/chat/completions"
MESSAGES = "/anything/v1/messages?beta=true"


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


def _instructions(servers, name, start, requests, few=200, many=1200):
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


def instructions(servers, options):
    """Instructions in user space per proxied GET, one connection, by callgrind."""
    upstream = servers.upstream()
    request = request_bytes("GET", "/a/path")
    torii = _instructions(
        servers, "torii", lambda tool: servers.torii_under(tool, plain(upstream.port)), request)
    same = _instructions(servers, "nginx", lambda tool: servers.nginx_proxy(
        upstream.port, prefix=tool, single=True), request)
    bare = _instructions(servers, "nginx-bare", lambda tool: servers.nginx_proxy(
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


def _translated_body(servers, simulator, proxy, body):
    """What the upstream gets for a body, and how many events it answers with."""
    client = Client(proxy.port)
    client.repeat(request_bytes("POST", MESSAGES, claude_request.HEADERS, body), 1)
    client.close()
    control = Client(simulator.port)
    # The simulator notes an exchange when its last byte is sent: the answer may be here before that.
    recorded = wait_for(
        lambda: json.loads(control.send(request_bytes("GET", "/simulator/requests"))[1]), "nothing was recorded")[-1]
    control.close()
    return recorded["body_text"].encode(), recorded["events_written"]


def translate(servers, options):
    """Claude Code's request of 50 KB through ai-proxy, and the same upstream bytes through a plain route."""
    simulator = servers.simulator()
    translated = servers.torii({**plain(simulator.port), "plugins": [ai_proxy(simulator.port)]})
    through = servers.torii(plain(simulator.port))
    rows = []
    for name, stream in (("one-shot", False), ("streamed", True)):
        body = claude_request.request(stream)
        upstream_body, events = _translated_body(servers, simulator, translated, body)
        scripts = {
            translated: (MESSAGES, post_script(servers.folder, f"{name}-anthropic", body, claude_request.HEADERS)),
            through: (CHAT, post_script(
                servers.folder, f"{name}-openai", upstream_body,
                {"Content-Type": "application/json", "Authorization": "Bearer simulated"})),
        }
        run = lambda proxy: wrk(  # noqa: E731
            proxy, scripts[proxy][0], options.seconds(5), connections=16, script=scripts[proxy][1])
        costs = alternating({"translated": translated, "passed through": through}, 3, run)
        extra = costs["translated"].cpu_us - costs["passed through"].cpu_us
        rows += [(f"{name}, {key}: CPU per request", cost.cpu_us, "µs", None) for key, cost in costs.items()]
        rows += [
            (f"{name}, translated: user CPU per request", costs["translated"].user_us, "µs", None),
            (f"{name}: translation costs, per request", extra, "µs", None),
            (f"{name}: request, bytes in", len(body), "", None),
            (f"{name}: request, bytes out", len(upstream_body), "", None),
        ]
        if stream:
            rows += [(f"{name}: events of the upstream", events, "", None),
                     (f"{name}, translated: CPU per event", costs["translated"].cpu_us / events, "µs", None)]
            one_shot_extra = next(row[1] for row in rows if row[0] == "one-shot: translation costs, per request")
            rows.append((f"{name}: translation costs, per event", (extra - one_shot_extra) / events, "µs", None))
    return rows


def translate_instructions(servers, options):
    """Instructions in user space of a translated request, by callgrind."""
    simulator = servers.simulator()
    configuration = {**plain(simulator.port), "plugins": [ai_proxy(simulator.port)]}
    rows = []
    for name, stream in (("one-shot", False), ("streamed", True)):
        request = request_bytes("POST", MESSAGES, claude_request.HEADERS, claude_request.request(stream))
        count = _instructions(
            servers, f"translate-{name}", lambda tool: servers.torii_under(tool, configuration), request, few=20, many=120)
        rows.append((f"{name}: instructions per request", count, "", None))
    return rows


PARTS = {
    "get": get, "post": post, "instructions": instructions, "start": start, "log": log, "translate": translate,
    "translate-instructions": translate_instructions,
}
