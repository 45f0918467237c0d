"""Wait for a condition, never for a fixed time; the one bound on all waits of the tests."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
BOUND_SECONDS = 120.0
"""How long a test waits for anything: a condition, a response, the end of a process.

No test takes nearly as long on a quiet machine. The bound only ends those that would hang, so it leaves room
for a machine on which many other processes compete.
"""
FIRST_PAUSE_SECONDS = 0.02
LONGEST_PAUSE_SECONDS = 0.25


def eventually(condition: Callable[[], T | None]) -> T:
    """Return the first true result of `condition`, which is called until then.

    The pauses between calls grow: a condition that takes seconds is not worth as many calls a second as one
    that takes milliseconds.

    Raises:
        AssertionError: No result was true within `BOUND_SECONDS`.
    """
    end = time.monotonic() + BOUND_SECONDS
    pause = FIRST_PAUSE_SECONDS
    while not (result := condition()):
        assert time.monotonic() < end, f"the condition did not hold within {BOUND_SECONDS:.0f} s"
        time.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
    return result
