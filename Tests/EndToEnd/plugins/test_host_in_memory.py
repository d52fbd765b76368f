"""torii/testing.h, the host in memory for unit tests in C and C++."""

import os
import subprocess
from pathlib import Path

from support.gateway import REPOSITORY


def test_a_plugin_is_tried_in_memory(tmp_path):
    program = tmp_path / "test"
    subprocess.run(
        [os.environ.get("CC", "cc"), "-std=c11", "-Wall", "-Wextra", "-Werror", "-I", REPOSITORY / "SDK/C/include", "-o", program,
         Path(__file__).with_name("host_in_memory.c")], check=True)
    ran = subprocess.run([program], capture_output=True, text=True, timeout=60)
    assert (ran.returncode, ran.stdout) == (0, "ok\n"), ran.stderr
