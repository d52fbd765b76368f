"""What the SDK says of plugins in Go is kept to: a worker takes one of them."""

import pytest
from languages import build

from support import GatewayError, configuration, fetch


def test_a_second_plugin_in_go_is_refused_with_a_reason_and_serving_goes_on(gateways, upstreams):
    folder, reason = build("go")
    if folder is None:
        pytest.skip(reason)
    upstream = upstreams()
    stamp = {"name": "header-stamp", "config": {}}
    gateway = gateways(configuration(upstream.port, plugins=[stamp]), plugin_path=[folder])
    assert fetch(gateway).value("x-stamp") == "torii"
    mark = gateway.mark()
    both = configuration(upstream.port, plugins=[stamp, {"name": "body-rewrite", "config": {"find": "x"}}])
    with pytest.raises(GatewayError):
        gateway.reload(both)
    assert "one plugin written in Go" in "\n".join(gateway.lines[mark:])
    assert fetch(gateway).value("x-stamp") == "torii"
