"""token-counter: the metrics of each language's binding, with labels and with bounds of their own, as Prometheus reads them."""

import pytest

from support import Client, configuration, eventually, fetch
from support.gateway import binary

ANSWER = b'{"usage":{"prompt_tokens":7,"completion_tokens":50}}'
PREFIX = "torii_plugins_token_counter_"


@pytest.fixture
def gateway(gateways, upstreams, language):
    def answer(connection, request):
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(ANSWER) + ANSWER)

    document = configuration(upstreams(answer).port, plugins=[{"name": "token-counter"}])
    return gateways(document, plugin_path=[language, binary().parent])


def test_its_metrics_are_told_apart_by_labels_and_have_their_own_buckets(gateway):
    for _ in range(2):
        assert fetch(gateway, "GET", "/").status == 200

    def lines():
        with Client(gateway.status_port) as client:
            text = client.fetch(target="/metrics").body.decode()
        own = [line.replace(PREFIX, "") for line in text.splitlines() if PREFIX in line]
        return own if "answer_tokens_count 2" in own else None

    assert eventually(lines, what="the plugin's metrics") == [
        "# HELP answer_tokens Tokens of an answer.",
        "# TYPE answer_tokens histogram",
        'answer_tokens_bucket{le="10"} 0',
        'answer_tokens_bucket{le="100"} 2',
        'answer_tokens_bucket{le="1000"} 2',
        'answer_tokens_bucket{le="10000"} 2',
        'answer_tokens_bucket{le="+Inf"} 2',
        "answer_tokens_sum 100",
        "answer_tokens_count 2",
        "# HELP tokens_total Tokens of prompts and of answers.",
        "# TYPE tokens_total counter",
        'tokens_total{type="completion"} 100',
        'tokens_total{type="prompt"} 14',
    ]
