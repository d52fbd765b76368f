"""What is measured of LLM traffic, one function a part. Each gives rows: (what, value, unit, bound or None)."""

import json
import statistics

import claude_request
import litellm_proxy
from instructions import instructions_of
from load import Client, alternating, post_script, request_bytes, wrk
from processes import cpu_time, memory, wait_for
from servers import ai_proxy, plain
from streams import Streams

CHAT = "/compatible-mode/v1/chat/completions"
MESSAGES = "/anything/v1/messages?beta=true"
# Of an answer.
TOKENS = 64


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
    proxy = servers.torii({**plain(simulator.port), "plugins": [ai_proxy(simulator.port)]})
    rows = []
    events = TOKENS + 3
    for name, stream, answer in zip(("one-shot", "streamed"), (False, True), _canned(TOKENS)):
        # An upstream that looks at the request would take most of the load's core: the worker would sleep and wake for each
        # request, and that would be measured.
        upstream = servers.canned(answer, "text/event-stream" if stream else "application/json")
        translated = servers.torii({**plain(upstream.port), "plugins": [ai_proxy(upstream.port)]})
        through = servers.torii(plain(upstream.port))
        body = claude_request.request(stream)
        upstream_body, _ = _translated_body(servers, simulator, proxy, body)
        # Two that take turns: nothing of one is there when the other comes.
        others = [claude_request.request(stream, seed=seed) for seed in (2, 3)]
        passed = {"Content-Type": "application/json", "Authorization": "Bearer simulated"}
        runs = {
            "translated": (
                translated, MESSAGES, post_script(servers.folder, f"{name}-anthropic", body, claude_request.HEADERS)),
            "translated, another conversation each time": (
                translated, MESSAGES, post_script(servers.folder, f"{name}-others", others, claude_request.HEADERS)),
            "passed through": (through, CHAT, post_script(servers.folder, f"{name}-openai", upstream_body, passed)),
        }
        costs = alternating(
            runs, 3, lambda run: wrk(run[0], run[1], options.seconds(5), connections=16, script=run[2]))
        rows += [(f"{name}, {key}: CPU per request", cost.cpu_us, "µs", None) for key, cost in costs.items()]
        extra = {key: cost.cpu_us - costs["passed through"].cpu_us for key, cost in costs.items()}
        rows += [
            (f"{name}: translation costs, per request", extra["translated"], "µs", None if stream else 60),
            (f"{name}: translation costs, another conversation each time",
             extra["translated, another conversation each time"], "µs", None if stream else 60),
            (f"{name}: request, bytes in", len(body), "", None),
            (f"{name}: request, bytes out", len(upstream_body), "", None),
        ]
        if stream:
            one_shot = next(row[1] for row in rows if row[0] == "one-shot: translation costs, per request")
            rows += [(f"{name}: events of the upstream", events, "", None),
                     (f"{name}, translated: CPU per event", costs["translated"].cpu_us / events, "µs", None),
                     (f"{name}: translation costs, per event", (extra["translated"] - one_shot) / events, "µs", None)]
    return rows


def translate_instructions(servers, options):
    """Instructions in user space of a translated request and of one passed through, by callgrind."""
    simulator = servers.simulator()
    translated = {**plain(simulator.port), "plugins": [ai_proxy(simulator.port)]}
    proxy = servers.torii(translated)
    rows = []
    for name, stream in (("one-shot", False), ("streamed", True)):
        body = claude_request.request(stream)
        upstream_body, _ = _translated_body(servers, simulator, proxy, body)
        counts = []
        for kind, configuration, request in (
            ("translated", translated, request_bytes("POST", MESSAGES, claude_request.HEADERS, body)),
            ("passed through", plain(simulator.port), request_bytes(
                "POST", CHAT, {"Content-Type": "application/json", "Authorization": "Bearer simulated"}, upstream_body)),
        ):
            counts.append(instructions_of(
                servers, f"{kind.split()[0]}-{name}",
                lambda tool: servers.torii_under(tool, configuration), request, few=50, many=850))  # noqa: B023
            rows.append((f"{name}, {kind}: instructions per request", counts[-1], "", None))
        rows.append((f"{name}: instructions of the translation", counts[0] - counts[1], "", None))
    return rows


STREAMS = 2000
RATE = 20


def _stream_request(folder, name, path, headers, body):
    file = folder / f"{name}.request"
    file.write_bytes(request_bytes("POST", path, headers, body))
    return file


def _measured_streams(ends, port, worker, request, seconds):
    """Memory of the worker for each open stream, its CPU time for each event, and the delays."""
    ends.open(port, 16, request)
    ends.run(0.2)
    ends.close()
    before = memory(worker)["resident"] if worker else 0
    ends.open(port, STREAMS, request)
    ends.run(1)
    held = (memory(worker)["resident"] - before) / STREAMS if worker else 0
    begin = cpu_time(worker) if worker else None
    result = ends.run(seconds)
    used = cpu_time(worker) - begin if worker else None
    ends.close()
    if result["received"] != result["sent"]:
        raise SystemExit(f"{result['sent'] - result['received']} of {result['sent']} events did not come through")
    cpu = (used.user + used.system) / result["sent"] * 1e6 if used else 0
    return held, cpu, result


def streams(servers, options):
    """2,000 open streams on one worker, 20 events a second in each, each event on its own."""
    rows = []
    body = claude_request.request(stream=True)
    headers = {"Content-Type": "application/json"}
    with Streams(servers.folder, RATE) as ends:
        translated = servers.torii({**plain(ends.port), "plugins": [ai_proxy(ends.port)]})
        through = servers.torii(plain(ends.port))
        nginx = servers.nginx_proxy(ends.port, buffering=False, keepalive=0)
        anthropic = _stream_request(servers.folder, "anthropic", MESSAGES, claude_request.HEADERS, body)
        chat = _stream_request(servers.folder, "chat", CHAT, headers, body)
        measured = {}
        # In turns: a machine that changes its speed does so for all. Many short ones: what else runs on it now and then
        # takes the core for milliseconds, which decides a percentile of the run in which it does.
        for _ in range(3 * options.rounds):
            for name, port, worker, request in (
                ("translated", translated.port, translated.worker, anthropic),
                ("passed through", through.port, through.worker, chat),
                ("nginx, passed through", nginx.port, nginx.worker, chat),
                ("no gateway", ends.port, None, chat),
            ):
                measured.setdefault(name, []).append(
                    _measured_streams(ends, port, worker, request, options.seconds(2)))
        # The first opening of so many streams shows what they take: later ones find memory that was taken before.
        held = {name: runs[0][0] for name, runs in measured.items()}
        cpu = {name: statistics.median(run[1] for run in runs) for name, runs in measured.items()}
        delay = lambda name, key: statistics.median(run[2][key] for run in measured[name])  # noqa: E731
        rows += [
            ("open streams", STREAMS, "", None),
            ("events a second, each way", measured["translated"][0][2]["sent"] / measured["translated"][0][2]["seconds"],
             "1/s", None),
            ("translated: resident memory of a stream", held["translated"] / 1024, "KiB", 8),
            ("passed through: resident memory of a stream", held["passed through"] / 1024, "KiB", None),
            ("nginx, passed through: resident memory of a stream", held["nginx, passed through"] / 1024, "KiB", None),
            ("the plugin's share of a stream's memory", (held["translated"] - held["passed through"]) / 1024, "KiB", None),
            ("translated: CPU per event", cpu["translated"], "µs", None),
            ("passed through: CPU per event", cpu["passed through"], "µs", None),
            ("nginx, passed through: CPU per event", cpu["nginx, passed through"], "µs", None),
            ("translation costs, per event", cpu["translated"] - cpu["passed through"], "µs", 2),
        ]
        for name in measured:
            rows += [(f"{name}: delay of an event, {key}", delay(name, key) / 1000, "ms", None)
                     for key in ("p50", "p99", "p999")]
        rows.append(("delay added to an event, p99", (delay("translated", "p99") - delay("no gateway", "p99")) / 1000, "ms", 1))
    return rows


def _chunk(delta, finish=None, usage=None):
    choices = [] if usage else [{"delta": delta, "finish_reason": finish, "index": 0, "logprobs": None}]
    return "data: " + json.dumps({
        "choices": choices, "object": "chat.completion.chunk", "usage": usage, "created": 1760000000,
        "system_fingerprint": None, "model": "qwen-plus", "id": "chatcmpl-8c7d1e7a-1f0c-9d0e-b2f1-2d2f0b6a2b11"}) + "\n\n"


def _canned(count):
    """An answer of so many tokens, whole and as a stream: the same for all that are compared."""
    usage = {"prompt_tokens": 12000, "completion_tokens": count, "total_tokens": 12000 + count}
    whole = json.dumps({
        "choices": [{"message": {"role": "assistant", "content": "token " * count}, "finish_reason": "stop", "index": 0}],
        "object": "chat.completion", "usage": usage, "created": 1760000000, "model": "qwen-plus", "id": "chatcmpl-1"})
    stream = "".join(_chunk({"content": "token "}) for _ in range(count))
    return whole, stream + _chunk({"content": ""}, "stop") + _chunk({}, usage=usage) + "data: [DONE]\n\n"


def side_by_side(servers, options):
    """The same request of Claude Code through ai-proxy and through LiteLLM's proxy, in front of the same upstream."""
    command, reason = litellm_proxy.installed()
    if command is None:
        print(f"\nlitellm: skipped: LiteLLM could not be installed: {reason}")
        return []
    bodies = dict(zip(("one-shot", "streamed"), _canned(TOKENS)))
    # Each form of the answer has a server of its own, so that one that cannot look at the request can give it.
    upstreams = {name: servers.canned(body, "application/json" if name == "one-shot" else "text/event-stream")
                 for name, body in bodies.items()}
    proxy = litellm_proxy.start(
        servers, command, {name: f"http://127.0.0.1:{upstream.port}" for name, upstream in upstreams.items()})
    rows = []
    for name, upstream in upstreams.items():
        torii = servers.torii({**plain(upstream.port), "plugins": [ai_proxy(upstream.port)]})
        body = claude_request.request(stream=name == "streamed")
        named = body.replace(b'"model":"qwen-plus"', f'"model":"{name}"'.encode(), 1)
        runs = {
            "torii": (torii, MESSAGES, post_script(servers.folder, f"torii-{name}", body, claude_request.HEADERS)),
            "litellm": (proxy, "/v1/messages?beta=true",
                        post_script(servers.folder, f"litellm-{name}", named, claude_request.HEADERS)),
        }
        for server, path, script in runs.values():
            wrk(server, path, 1, connections=4, script=script)
        costs = alternating(runs, options.rounds, lambda run: wrk(
            run[0], run[1], options.seconds(8), connections=4, script=run[2]))
        for key, cost in costs.items():
            rows += [(f"{name}, {key}: CPU per request", cost.cpu_us, "µs", None),
                     (f"{name}, {key}: requests/s", cost.per_second, "1/s", None)]
        rows.append((f"{name}: litellm ÷ torii, CPU per request", costs["litellm"].cpu_us / costs["torii"].cpu_us, "×", None))
    return rows


PARTS = {
    "litellm": side_by_side, "translate": translate, "translate-instructions": translate_instructions, "streams": streams,
}
