"""Wait for a condition, never for a time."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
MOST_SECONDS = 20.0


def eventually(look: Callable[[], T | None]) -> T:
    """Return what ``look`` finds as soon as it finds something."""
    end = time.monotonic() + MOST_SECONDS
    while not (found := look()):
        assert time.monotonic() < end, f"nothing came in {MOST_SECONDS:.0f} s"
        time.sleep(0.05)
    return found
