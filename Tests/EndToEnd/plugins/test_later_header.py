"""A plugin that was built with a later header, whose structs have grown, serves in this gateway: what it does not know it leaves alone."""

import os
import re
import shutil
import subprocess

import pytest

from support import configuration, fetch
from support.gateway import REPOSITORY, binary

# The structs that plugins make, and what a later version may append.
GROWN = {
    "plugin_descriptor": "const char *later;", "plugin_callbacks": "void (*later)(void);", "response": "uint64_t later;",
    "target": "uint64_t later;", "http_request": "uint64_t later;",
}


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """The examples in C, built with a header of the next minor."""
    folder = tmp_path_factory.mktemp("later")
    shutil.copytree(REPOSITORY / "SDK/C/include", folder / "include")
    header = folder / "include/torii/plugin.h"
    text = header.read_text()
    for name, field in GROWN.items():
        text, count = re.subn(rf"\n}} torii_{name};", f"\n  {field}\n}} torii_{name};", text)
        assert count == 1, name
    text = re.sub(r"(#define TORII_ABI_MINOR) (\d+)", lambda found: f"{found[1]} {int(found[2]) + 1}", text)
    header.write_text(re.sub(r"TORII_ASSERT_END\(torii_.*\n", "", text))
    for name in ("api-key", "auth-callout"):
        subprocess.run(
            [os.environ.get("CC", "cc"), "-std=c11", "-shared", "-fPIC", "-I", folder / "include",
             f"-Wl,--version-script={REPOSITORY}/SDK/C/plugin.map", "-o", folder / f"lib{name}.so",
             REPOSITORY / "SDK/Examples/C" / name / "plugin.c"], check=True)
    return folder


def test_it_answers_and_calls_out_with_structs_that_are_larger_than_the_gateways(gateways, upstreams, later):
    upstream = upstreams()
    plugins = [{"name": "api-key", "config": {"keys": [{"name": "anna", "key": "k"}]}},
               {"name": "auth-callout", "config": {"url": f"http://127.0.0.1:{upstream.port}/ask"}}]
    gateway = gateways(configuration(upstream.port, plugins=plugins), plugin_path=[later, binary().parent])
    gateway.wait_log(r"api-key.*built for ABI 1\.\d+, this gateway has 1\.\d+")
    assert fetch(gateway).status == 401
    assert fetch(gateway, headers=[("X-API-Key", "k")]).status == 200
    assert [request.target for request in upstream.requests][0] == "/ask"
