"""LiteLLM's proxy, to be measured beside the gateway: its own virtual environment, one process."""

import json
import subprocess
import sys

from processes import MEASURED_CORE, Process, free_port
from servers import BENCHMARKS, ROOT

ENVIRONMENT = ROOT / ".build/litellm"
REQUIREMENTS = BENCHMARKS / "litellm-requirements.txt"


def installed():
    """The command, installed when it is not yet; or why it cannot be."""
    command = ENVIRONMENT / "bin/litellm"
    marker = ENVIRONMENT / "installed"
    wanted = REQUIREMENTS.read_text()
    if command.exists() and marker.exists() and marker.read_text() == wanted:
        return command, None
    print("installing LiteLLM into .build/litellm (once)", flush=True)
    for step in (
        [sys.executable, "-m", "venv", ENVIRONMENT],
        [ENVIRONMENT / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", REQUIREMENTS],
    ):
        done = subprocess.run(list(map(str, step)), capture_output=True, text=True)
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            return None, lines[-1] if lines else "no reason given"
    marker.write_text(wanted)
    return command, None


def start(servers, command, models):
    """Starts the proxy with one worker; `models` are names and the bases of their upstreams."""
    port = free_port()
    file = servers.folder / "litellm.json"
    file.write_text(json.dumps({"model_list": [
        {"model_name": name, "litellm_params": {
            "model": "dashscope/qwen-plus", "api_base": f"{base}/compatible-mode/v1", "api_key": "simulated"}}
        for name, base in models.items()]}))
    process = Process(
        [command, "--config", file, "--host", "127.0.0.1", "--port", port, "--num_workers", 1, "--telemetry", "False"],
        MEASURED_CORE, servers.folder / "litellm.log",
        # No look-ups elsewhere, no pages that nobody opens, no log of requests: what a careful operator would set.
        {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "LITELLM_MODE": "PRODUCTION",
         "DISABLE_ADMIN_UI": "True", "NO_DOCS": "True", "NO_REDOC": "True",
         "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true"})
    servers.running.append(process)
    process.port, process.worker = port, process.pid
    process.wait_until_listening(port, 300)
    return process
