"""Waiting for something to become true, with a limit."""

import time


def eventually(condition, timeout=5.0, what="the condition"):
    """Calls `condition` until it gives something true, and returns that; fails after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not become true within {timeout} s")
        time.sleep(0.005)
