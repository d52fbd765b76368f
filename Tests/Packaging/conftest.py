"""The release archive, made once and unpacked away from the repository; and commands that know nothing of the latter."""

import os
import platform
import re
import shutil
import socket
import subprocess
import tarfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("TORII_BINARY", REPOSITORY / ".build" / "release" / "torii")).resolve().parent
SDK_TOOLS = REPOSITORY / "SDK" / "Packaging"
LANGUAGES = ["c", "cpp", "rust", "go", "swift", "swift --profile embedded"]
COMPILERS = {"swift --profile embedded": "swiftc", "c": "cc", "cpp": "c++", "rust": "cargo", "go": "go", "swift": "swift"}


def run(*command, cwd=None, env=None, timeout=600, check=True, **options):
    """Runs a command to its end. What it said is shown when it fails."""
    ran = subprocess.run(
        [str(word) for word in command], cwd=cwd, env=env, timeout=timeout, capture_output=True, text=True,
        stdin=subprocess.DEVNULL, **options)
    if check:
        assert ran.returncode == 0, f"{command}: {ran.returncode}\n{ran.stdout}\n{ran.stderr}"
    return ran


def need(command):
    """Leaves a test out, by name, when this machine lacks a command."""
    if not shutil.which(command):
        pytest.skip(f"there is no {command} on this machine")


def free_port():
    """A port of the loopback that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Installation:
    """What was unpacked, and an environment in which nothing else of Torii can be found."""

    def __init__(self, prefix, home):
        self.prefix = prefix
        self.torii = prefix / "bin" / "torii"
        self.environment = {
            name: value for name, value in os.environ.items() if not re.match(r"TORII_|DECK_|DASHSCOPE", name)
        }
        path = [folder for folder in self.environment["PATH"].split(":") if not folder.startswith(str(REPOSITORY))]
        self.environment["PATH"] = ":".join([str(prefix / "bin"), *path])
        self.environment["TORII_PREFIX"] = str(home)
        self.home = home

    def run(self, *command, cwd=None, **options):
        return run(*command, cwd=cwd or self.home, env=self.environment, **options)


@pytest.fixture(scope="session")
def archives(tmp_path_factory):
    """The archive, made twice from the same build."""
    made = []
    for _ in range(2):
        out = tmp_path_factory.mktemp("dist")
        ran = run(SDK_TOOLS / "dist.sh", BUILD, out)
        made.append(Path(ran.stdout.strip().splitlines()[-1]))
    return made


@pytest.fixture(scope="session")
def installation(archives, tmp_path_factory):
    folder = tmp_path_factory.mktemp("machine")
    with tarfile.open(archives[0]) as archive:
        archive.extractall(folder, filter="data")
    (prefix,) = folder.iterdir()
    assert platform.machine() in prefix.name
    return Installation(prefix, tmp_path_factory.mktemp("home"))
