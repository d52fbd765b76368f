"""Recording, counters, load, and the life of the process."""

import concurrent.futures
import json
import os
import signal
import socket
import subprocess
import time

import pytest

from client import CHAT, eventually, request_bytes
from conftest import binary

BODY = {"model": "qwen-plus", "messages": [{"role": "user", "content": "[[say:abcdefgh]]"}]}


def test_requests_are_recorded_as_they_came(simulator):
    raw = b'{"model":"qwen-plus",\n "messages":[{"role":"user","content":"\\u4f60 \xe4\xbd\xa0"}], "temperature":1.0}'
    simulator.send(raw, target=CHAT + "?beta=true", headers=[("X-Custom", "a  b"), ("X-Custom", "c")])
    [record] = simulator.records()
    assert (record["method"], record["target"]) == ("POST", CHAT + "?beta=true")
    assert [value for name, value in record["headers"] if name == "X-Custom"] == ["a  b", "c"]
    assert record["body_text"].encode() == raw
    assert record["body"] == json.loads(raw)
    assert (record["status"], record["ending"], record["client_disconnected"]) == (200, "complete", False)
    assert record["bytes_written"] > 200


def test_records_tell_connections_apart(simulator):
    with simulator.connect() as connection:
        for _ in range(2):
            connection.send(request_bytes(BODY))
            connection.read()
    simulator.send(BODY)
    numbers = [record["connection"] for record in simulator.records()]
    assert numbers[0] == numbers[1] != numbers[2]


def test_a_body_that_is_not_json_is_recorded_as_text(simulator):
    simulator.send(b"{ not json")
    assert (simulator.records()[0]["body"], simulator.records()[0]["body_text"]) == (None, "{ not json")


def test_a_client_that_leaves_is_noticed_at_once(simulator):
    before = simulator.control("GET", "/simulator/stats")["aborted"]
    with simulator.connect() as connection:
        body = {**BODY, "stream": True, "messages": [{"role": "user", "content": "[[long:1000]]"}]}
        connection.send(request_bytes(body, headers=[("x-simulator-fault", "slow token=20")]))
        connection.socket.recv(2000)
    left = time.monotonic()
    assert eventually(lambda: simulator.records()[-1]["ending"] == "client_gone")
    assert time.monotonic() - left < 1
    record = simulator.records()[-1]
    assert 0 < record["events_written"] < 100 and record["bytes_written"] > 0
    assert simulator.control("GET", "/simulator/stats")["aborted"] == before + 1


def test_records_can_be_forgotten(simulator):
    simulator.send(BODY)
    simulator.control("DELETE", "/simulator/requests")
    assert simulator.records() == []


def test_only_the_last_requests_are_kept(start):
    client = start("--keep", "3").client
    for number in range(5):
        client.chat(f"number {number}")
    assert [record["number"] for record in client.records()] == [3, 4, 5]


def test_record_file(start, tmp_path):
    path = tmp_path / "requests.jsonl"
    simulator = start("--record", str(path))
    simulator.client.chat("one\ntwo")
    simulator.client.get("/nowhere")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["method"] for line in lines] == ["POST", "GET"]
    assert lines[0]["body"]["messages"][0]["content"] == "one\ntwo"


def test_unknown_control_endpoint(simulator):
    assert "no such" in simulator.control("GET", "/simulator/other")["message"]


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_even_with_open_connections(start, signal_number):
    running = start()
    with running.client.connect() as connection:
        connection.send(request_bytes(BODY, headers=[("x-simulator-fault", "stall")]))
        assert eventually(lambda: running.client.control("GET", "/simulator/stats")["requests"] == 1)
        running.process.send_signal(signal_number)
        assert running.process.wait(timeout=5) == 0


@pytest.mark.parametrize("arguments", [["--nonsense"], ["--listen"], ["--listen", "x"], ["--model", "a=b"], ["--script", "/nowhere"]])
def test_a_bad_command_line_is_refused(arguments):
    done = subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=10)
    assert done.returncode == 2
    assert done.stderr.startswith("dashscope-simulator: ")


def test_an_address_in_use_is_reported(shared):
    done = subprocess.run([binary(), "--listen", f"127.0.0.1:{shared.port}"], capture_output=True, text=True, timeout=10)
    assert done.returncode == 2 and "Address already in use" in done.stderr


def memory(process):
    for line in open(f"/proc/{process.pid}/status"):
        if line.startswith("VmRSS:"):
            return int(line.split()[1])


def test_a_thousand_streams_at_once(start):
    simulator = start()
    body = request_bytes({**BODY, "stream": True}, headers=[("x-simulator-fault", "slow first=1500")])
    connections = [simulator.client.connect(timeout=30) for _ in range(1000)]
    for connection in connections:
        connection.send(body)
    assert eventually(lambda: simulator.client.control("GET", "/simulator/stats")["connections_open"] >= 1000)
    answers = [connection.read() for connection in connections]
    assert all(answer.complete and answer.content() == "abcdefgh" for answer in answers)
    assert len({answer.chunks()[0]["id"] for answer in answers}) == 1000
    assert memory(simulator.process) < 300_000
    for connection in connections:
        connection.close()
    assert eventually(lambda: simulator.client.control("GET", "/simulator/stats")["connections_open"] == 1)


def test_many_requests_do_not_leak(start):
    simulator = start("--keep", "10")

    def run(count):
        with simulator.client.connect() as connection:
            for number in range(count):
                connection.send(request_bytes({**BODY, "stream": number % 2 == 0}))
                assert connection.read().complete

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(run, [100] * 8))
        settled = memory(simulator.process)
        list(pool.map(run, [300] * 8))
    assert memory(simulator.process) - settled < 8_000
    assert len(os.listdir(f"/proc/{simulator.process.pid}/fd")) < 20


def test_connections_come_and_go(start):
    simulator = start("--keep", "10")
    for _ in range(500):
        with socket.create_connection(("127.0.0.1", simulator.port)):
            pass
    assert simulator.client.chat().status == 200
    assert eventually(lambda: simulator.client.control("GET", "/simulator/stats")["connections_open"] == 1)
