"""The lock on a server's directory: whoever holds it is the server there, or starts one."""

import fcntl
import os
from pathlib import Path

FILE = "server.lock"


def acquire(directory: Path) -> int | None:
    """Lock a directory; return the descriptor that holds the lock, or None when another process holds it.

    The system releases the lock when the last descriptor is closed, at the latest when the last process that
    inherited one ends.
    """
    descriptor = os.open(directory / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def is_held(directory: Path) -> bool:
    """Whether a process holds the lock of a directory."""
    if not directory.is_dir():
        return False
    descriptor = acquire(directory)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False
