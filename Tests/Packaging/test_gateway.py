"""The gateway of the archive serves the tutorial's configuration with the plugins that came along."""

import hashlib
import json
import subprocess
import time
import urllib.request
from pathlib import Path

from conftest import BUILD, REPOSITORY, free_port


def fetch(url, body=None):
    request = urllib.request.Request(url, data=body, headers={"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as response:
        return json.load(response)


def mapped_files(process):
    """The files that a process and its children have mapped."""
    children = [int(pid) for pid in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    maps = Path(f"/proc/{process}/maps").read_text().splitlines()
    return {line.split(None, 5)[5] for line in maps if "/" in line}.union(*[mapped_files(child) for child in children])


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_the_tutorial_is_served_by_what_was_unpacked(installation, tmp_path):
    tutorial = (installation.prefix / "share/torii/sdk/Examples/tutorial/torii.yaml").read_text()
    records = tmp_path / "claude.json"
    assert "path: /tmp/claude.json" in tutorial
    (tmp_path / "torii.yaml").write_text(tutorial.replace("/tmp/claude.json", str(records)))
    simulator = subprocess.Popen(
        [BUILD / "dashscope-simulator", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True)
    gateway = None
    try:
        upstream = simulator.stdout.readline().split()[-1]
        proxy, admin = free_port(), free_port()
        environment = {
            **installation.environment, "TORII_PREFIX": str(tmp_path / "state"),
            "TORII_ADMIN_ADDR": f"http://127.0.0.1:{admin}", "DECK_DASHSCOPE_API_KEY": "simulated",
            "DECK_DASHSCOPE_URL": upstream + "/compatible-mode/v1/chat/completions",
        }
        gateway = subprocess.Popen(
            ["torii", "run", "-c", "torii.yaml", "--proxy-listen", f"127.0.0.1:{proxy}", "--admin-listen",
             f"127.0.0.1:{admin}", "--status-listen", "off"],
            cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=(tmp_path / "log").open("w"))

        def status():
            return subprocess.run(
                ["torii", "status", "--json"], env=environment, capture_output=True, text=True, timeout=30)

        deadline = time.monotonic() + 60
        while (asked := status()).returncode != 0:
            assert gateway.poll() is None and time.monotonic() < deadline, (tmp_path / "log").read_text() + asked.stderr
            time.sleep(0.1)
        question = {"model": "qwen-plus", "max_tokens": 50, "messages": [{"role": "user", "content": "Hello."}]}
        answer = fetch(f"http://127.0.0.1:{proxy}/anything/v1/messages", json.dumps(question).encode())
        assert answer["type"] == "message" and answer["content"]
        while not (records.exists() and records.read_text().endswith("\n")):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert json.loads(records.read_text().splitlines()[0])["response"]["status"] == 200
        # What its processes have mapped is the archive's: the runtime from there, and copies of its plugins.
        mapped = mapped_files(gateway.pid)
        assert str(installation.prefix / "lib/torii/libswiftCore.so") in mapped
        assert not [path for path in mapped if path.startswith(str(REPOSITORY))]
        copies = {digest(path) for path in mapped if path.startswith(str(tmp_path / "state/libraries"))}
        assert copies == {digest(path) for path in (installation.prefix / "lib/torii/plugins").glob("*.so")}
    finally:
        for process in (gateway, simulator):
            if process is not None:
                process.terminate()
                try:
                    process.wait(timeout=40)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
