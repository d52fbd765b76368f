"""The conformance suite finds each example plugin, in each language, fit for production."""

import json
import subprocess

import pytest
from languages import PLUGINS

from support.gateway import binary

# What the schema cannot tell.
CONFIGURATIONS = {"body-rewrite": {"find": "fox", "replace": "cat", "request": True}}


@pytest.mark.parametrize("plugin", PLUGINS)
def test_it_reaches_level_3(language, plugin, tmp_path):
    options = ["--deadline", "60s", "--json", tmp_path / "report.json"]
    if plugin in CONFIGURATIONS:
        (tmp_path / "config.json").write_text(json.dumps(CONFIGURATIONS[plugin]))
        options += ["--config", tmp_path / "config.json"]
    ran = subprocess.run(
        [binary(), "plugin", "test", language / f"lib{plugin}.so", *options], capture_output=True, text=True, timeout=900)
    report = json.loads((tmp_path / "report.json").read_text())
    assert ran.returncode == 0 and report["level"] == 3, ran.stdout + ran.stderr
    # Only Go cannot keep to everything, and says which and why.
    left_out = [check["name"] for check in report["checks"] if check["message"].startswith("left out by")]
    assert bool(left_out) == (language.name == "go")
