"""Tables of what Kong does with a request, and how to hold the gateway to them.

A table is a list of groups; a group is a configuration and the cases that use it; a case is one request (or `steps`):

    send      the request: `line` and `fields`, or `raw` bytes; a list is pieced together, [text, count] repeats
    replies   what the upstream does with each request it receives; without: 200 and {"ok":true}
    answer    what the client gets: fields of a `base` (below), `fields` that are otherwise, those that are `without`
    more      answers to further requests on the connection
    upstream  what the upstream gets, as differences from the fields every request is sent with
    records   what file-log writes, as differences from a usual record

Placeholders: <int>, <number>, <hex32>, <str>, <version>. $NAMES are replaced, see `Environment`.
"""

import base64
import json
import re
import time
from pathlib import Path

from support import Client

TABLES = Path(__file__).parent / "tables"

LOCAL = {
    "server": "torii/<version>", "x-kong-response-latency": "<int>", "x-kong-request-id": "<hex32>",
    "connection": "keep-alive",
}
PROXIED = {
    "server": "torii/<version>", "via": "1.1 torii/<version>", "x-kong-upstream-latency": "<int>",
    "x-kong-proxy-latency": "<int>", "x-kong-request-id": "<hex32>", "connection": "keep-alive",
}
BASES = {
    "local": LOCAL, "proxied": PROXIED,
    "ok": {**PROXIED, "content-type": "application/json", "content-length": "11", "x-upstream": "yes"},
}
# Of the message's framing, not of its meaning: compared only where a table names them.
FRAMING = {"date", "connection", "keep-alive", "transfer-encoding", "content-length"}

PLACEHOLDERS = {
    "<int>": r"\d+", "<number>": r"-?\d+(?:\.\d+)?", "<hex32>": r"[0-9a-f]{32}", "<str>": r"(?s:.+)",
    "<version>": r"\d+\.\d+\.\d+", "<date>": r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT",
}


def groups(table):
    """A table's groups."""
    return json.loads((TABLES / f"{table}.json").read_text())


class Environment:
    """What $NAMES stand for."""

    def __init__(self, **values):
        self.values = {f"${name}": value for name, value in values.items()}

    def fill(self, value):
        """Replaces names; a text that is nothing but a port's name becomes a number."""
        if isinstance(value, dict):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item) for item in value]
        if not isinstance(value, str):
            return value
        if value in self.values:
            return self.values[value]
        for name in sorted(self.values, key=len, reverse=True):
            value = value.replace(name, str(self.values[name]))
        return value


def pieces(value):
    """Bytes of a text or of a list of texts and [text, count]."""
    if isinstance(value, str):
        return value.encode("latin-1")
    return b"".join(pieces(part) if isinstance(part, str) else part[0].encode("latin-1") * part[1] for part in value)


def agrees(expected, actual):
    """Whether a value is what a table says."""
    if expected == "<any>":
        return True
    if isinstance(expected, str) and expected in ("<int>", "<number>") and not isinstance(actual, str):
        if isinstance(actual, bool) or not isinstance(actual, (int, float)):
            return False
        return expected == "<number>" or isinstance(actual, int) or float(actual).is_integer()
    if isinstance(expected, str):
        if not isinstance(actual, str):
            return False
        if "<" not in expected:
            return expected == actual
        pattern = re.escape(expected)
        for name, expression in PLACEHOLDERS.items():
            pattern = pattern.replace(re.escape(name), expression)
        return re.fullmatch(pattern, actual) is not None
    if isinstance(expected, dict):
        return (isinstance(actual, dict) and set(expected) == set(actual)
                and all(agrees(item, actual[key]) for key, item in expected.items()))
    if isinstance(expected, list):
        return (isinstance(actual, list) and len(expected) == len(actual)
                and all(agrees(one, other) for one, other in zip(expected, actual)))
    return expected == actual and isinstance(expected, bool) == isinstance(actual, bool)


def differences(expected, actual, path=""):
    """Where two values disagree, in words."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        found = [f"{path}/{key}: missing, expected {expected[key]!r}" for key in expected if key not in actual]
        found += [f"{path}/{key}: unexpected {actual[key]!r}" for key in actual if key not in expected]
        for key in expected:
            if key in actual:
                found += differences(expected[key], actual[key], f"{path}/{key}")
        return found
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [text for index, (one, other) in enumerate(zip(expected, actual))
                for text in differences(one, other, f"{path}/{index}")]
    return [] if agrees(expected, actual) else [f"{path}: expected {expected!r}, got {actual!r}"]


def merged(headers):
    """Fields by name in lower case; repeated ones as lists."""
    result = {}
    for name, value in headers:
        name = name.lower()
        if name not in result:
            result[name] = value
        elif isinstance(result[name], list):
            result[name].append(value)
        else:
            result[name] = [result[name], value]
    return result


def tokens(value):
    """The members of a list field, whose order and number of lines say nothing."""
    lines = value if isinstance(value, list) else [value]
    return {token.strip().lower() for line in lines for token in line.split(",")}


def changed(step, difference):
    """A step with what is otherwise: members replace members, at any depth; lists are replaced whole, None removes."""
    if isinstance(step, list) and isinstance(difference, dict):
        return [changed(item, difference) for item in step]
    if not isinstance(step, dict) or not isinstance(difference, dict):
        return difference
    result = dict(step)
    for key, value in difference.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = changed(result[key], value) if key in result else value
    return result


def usual(base, entry):
    """The fields an entry expects, from its base."""
    expected = dict(BASES[base])
    expected.update(entry.get("fields", {}))
    for name in entry.get("without", []):
        expected.pop(name, None)
    return expected


def body_of(entry):
    """The body an entry names, or None."""
    if "body" in entry:
        return entry["body"].encode()
    if "body_base64" in entry:
        return base64.b64decode(entry["body_base64"])
    if "body_repeat" in entry:
        return entry["body_repeat"][0].encode() * entry["body_repeat"][1]
    return None


class Player:
    """An upstream's handler that does what `replies` say."""

    def __init__(self):
        self.replies = None
        self.count = 0

    def start(self, replies):
        """Begins a new step."""
        self.replies, self.count = replies, 0

    def __call__(self, connection, request):
        if self.replies is None:
            body = b'{"ok":true}'
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\nX-Upstream: yes\r\n\r\n"
            connection.send(head if request.method == "HEAD" else head + body)
            return None
        reply = self.replies[min(self.count, len(self.replies) - 1)]
        self.count += 1
        for action, *arguments in reply:
            if action == "send":
                connection.send(pieces(arguments[0]))
            elif action == "close":
                return "close"
            elif action == "reset":
                connection.reset()
                return "close"
            elif action == "sleep":
                time.sleep(arguments[0])
            elif action == "hang":
                connection.wait_closed(10)
                return "close"
            else:
                raise ValueError(action)
        return None


class Exchange:
    """One request of a table, played against a gateway."""

    def __init__(self, gateway, environment, step):
        self.gateway = gateway
        self.environment = environment
        self.step = environment.fill(step)
        self.answers = []
        self.closed = False

    def play(self):
        """Sends, and receives all answers."""
        send = self.step["send"]
        port = self.gateway.tls_port if send.get("tls") else self.gateway.port
        with Client(port, tls=bool(send.get("tls")), server_name=send.get("sni")) as client:
            client.send(self.request_bytes(send))
            if "abort_after" in send:
                self.answers = [None]
                # The upstream knows of the request when its head arrives there; then the client leaves.
                yield client
                return
            method = "GET" if "raw" in send else send["line"].split(" ")[0]
            if "raw" in send and pieces(send["raw"])[:5] == b"HEAD ":
                method = "HEAD"
            for _ in range(send.get("responses", 1)):
                self.answers.append(client.response(method))
            if any((self.answers[-1] and entry.get("closed")) for entry in [self.step["answer"], *self.step.get("more", [])][-1:]):
                self.closed = client.ends()
            yield client

    def request_bytes(self, send):
        """The bytes of a request."""
        if "raw" in send:
            return pieces(send["raw"])
        fields = [tuple(field) for field in send.get("fields", [])]
        names = [name.lower() for name, _ in fields]
        if "host" not in names:
            fields.insert(0, ("Host", "golden.test"))
        body = body_of(send)
        if body is not None and "content-length" not in names and "transfer-encoding" not in names:
            fields.append(("Content-Length", str(len(body))))
        head = f"{send['line']} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields) + "\r\n"
        return head.encode("latin-1") + (body or b"")

    def check_answers(self):
        """What is wrong with the answers."""
        expected = [self.step["answer"], *self.step.get("more", [])]
        found = []
        for index, (entry, answer) in enumerate(zip(expected, self.answers)):
            found += [f"answer {index}: {text}" for text in self.check_answer(entry, answer)]
        if expected[-1] and expected[-1].get("closed") and not self.closed:
            found.append("the connection stayed open")
        return found

    def check_answer(self, entry, answer):
        """What is wrong with one answer."""
        if entry is None or entry.get("status") is None:
            return [] if answer is None else [f"expected none, got {answer.status}"]
        if answer is None:
            return ["none came"]
        if answer.status != entry["status"]:
            return [f"status {answer.status} instead of {entry['status']}: {answer.body[:200]!r}"]
        found = []
        if "reason" in entry and answer.reason != entry["reason"]:
            found.append(f"reason {answer.reason!r} instead of {entry['reason']!r}")
        base = entry.get("base", "ok")
        fields = usual(base, entry)
        actual = merged(answer.headers)
        for name in sorted(set(fields) | set(actual)):
            if name in fields and name not in actual:
                if name not in ("connection", "keep-alive", "content-length") or name in entry.get("fields", {}):
                    found.append(f"field {name}: missing, expected {fields[name]!r}")
            elif name not in fields:
                if name not in FRAMING:
                    found.append(f"field {name}: unexpected {actual[name]!r}")
            elif name == "connection" and tokens(fields[name]) == tokens(actual[name]):
                pass
            elif not agrees(fields[name], actual[name]):
                found.append(f"field {name}: {actual[name]!r} instead of {fields[name]!r}")
        if bool(entry.get("truncated")) != answer.truncated:
            found.append(f"truncated: {answer.truncated}")
        if [status for status, _ in answer.interim] != entry.get("interim", []):
            found.append(f"interim: {answer.interim}")
        found += self.check_body(entry, base, answer.body)
        return found

    @staticmethod
    def check_body(entry, base, body):
        """What is wrong with a body."""
        if "json" in entry:
            return differences(entry["json"], json.loads(body), "body")
        expected = body_of(entry)
        if expected is not None:
            return differences(expected.decode("latin-1"), body.decode("latin-1"), "body")
        if base == "ok" and "base" not in entry and body != b'{"ok":true}':
            return [f"body {body[:100]!r}"]
        return []

    def check_upstream(self, requests):
        """What is wrong with what the upstream got; `requests` are (server, request)."""
        expected = self.step["upstream"]
        if len(expected) != len(requests):
            return [f"{len(requests)} requests upstream instead of {len(expected)}: {[r.head for _, r in requests]}"]
        found = []
        for index, (entry, (server, request)) in enumerate(zip(expected, requests)):
            found += [f"upstream {index}: {text}" for text in self.check_request(entry, server, request)]
        return found

    def check_request(self, entry, server, request):
        """What is wrong with one request as it reached the upstream."""
        found = []
        if f"{request.method} {request.target}" != entry["line"]:
            found.append(f"{request.method} {request.target!r} instead of {entry['line']!r}")
        if server != entry.get("server", "1"):
            found.append(f"server {server}")
        values = self.environment.values
        is_tls = bool(self.step["send"].get("tls"))
        fields = {
            "via": "1.1 torii/<version>", "host": f"127.0.0.1:{values['$UPSTREAM_PORT']}", "connection": "keep-alive",
            "x-forwarded-for": "127.0.0.1", "x-forwarded-proto": "https" if is_tls else "http",
            "x-forwarded-port": str(self.gateway.tls_port if is_tls else self.gateway.port), "x-real-ip": "127.0.0.1",
            "x-kong-request-id": "<hex32>", "x-forwarded-host": "golden.test", **entry["fields"],
        }
        for name in entry.get("without", []):
            fields.pop(name, None)
        fields = {name: str(value) if isinstance(value, int) else value for name, value in fields.items()}
        actual = merged(request.headers)
        for name in ("content-length", "transfer-encoding"):
            if name not in fields:
                actual.pop(name, None)
        found += differences(fields, actual, "fields")
        if "json" in entry:
            found += differences(entry["json"], json.loads(request.body), "body")
        elif (body_of(entry) or b"") != request.body:
            found.append(f"body {request.body[:100]!r}")
        return found

    def check_records(self, records, entities):
        """What is wrong with what file-log wrote."""
        expected = self.step["records"]
        if len(expected) != len(records):
            return [f"{len(records)} records instead of {len(expected)}"]
        found = []
        for index, (entry, record) in enumerate(zip(expected, records)):
            expected_record = self.usual_record(entry, entities)
            for headers in (expected_record["response"]["headers"], record["response"]["headers"]):
                for name in ("connection", "date"):
                    headers.pop(name, None)
            found += [f"record {index}: {text}" for text in differences(expected_record, record)]
        return found

    def usual_record(self, entry, entities):
        """The whole record that an entry expects."""
        entry = dict(entry)
        entities = self.environment.fill(entities)
        response = entry.pop("response")
        unproxied = entry.pop("unproxied", False)
        record = {
            "request": {"method": "GET", "querystring": {}, "id": "<hex32>", **entry.pop("request")},
            "response": {
                "status": entry.pop("status"), "size": entry.pop("response_size", "<int>"),
                "headers": usual(response["base"], response),
            },
            "workspace": "0dc6f45b-8f8d-40d2-a504-473544ee190b", "workspace_name": "default", "client_ip": "127.0.0.1",
            "started_at": "<int>",
            "latencies": {"request": "<int>", "kong": "<int>", "receive": "<int>", "proxy": -1 if unproxied else "<int>"},
        }
        for name in ("route", "service"):
            if entry.pop(name):
                record[name] = entities.get(name, "<any>")
        if "tries" in entry:
            record["tries"] = [
                {"ip": "127.0.0.1", "port": port, "balancer_start": "<int>", "balancer_start_ns": "<number>",
                 "balancer_latency": "<int>", "balancer_latency_ns": "<number>",
                 **({"state": "failed", "code": code[0]} if code else {})}
                for port, *code in entry.pop("tries")]
        record.update(entry)
        return record
