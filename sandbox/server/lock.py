"""The lock on a server's directory: whoever holds it is the server there, or starts one."""

import fcntl
import os
import subprocess
import time
from pathlib import Path

FILE = "server.lock"
PROC = Path("/proc")  # Linux only
LOOK_SECONDS = 0.001


def acquire(directory: Path) -> int | None:
    """Lock a directory; return the descriptor that holds the lock, or None when another process holds it.

    The system releases the lock when the last descriptor is closed, at the latest when the last process that
    inherited one ends.
    """
    descriptor = os.open(directory / FILE, os.O_RDWR | os.O_CREAT, 0o600)
    while not _try_lock(descriptor, fcntl.LOCK_EX):
        if not _try_lock(descriptor, fcntl.LOCK_SH):
            os.close(descriptor)
            return None
        # Nobody holds the lock: other processes look at it, as we do now.
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        time.sleep(LOOK_SECONDS)
    return descriptor


def is_held(directory: Path) -> bool:
    """Whether a process holds the lock of a directory.

    The lock is shared while this function looks, so that those who look do not take each other for a holder.
    """
    try:
        descriptor = os.open(directory / FILE, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def start_time(pid: int) -> str | None:
    """Return when a process started, for comparison only; None when no process with this pid runs.

    The system gives the pid of an ended process to a new one. Both together tell them apart.
    """
    if (PROC / "self").exists():  # https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
        try:
            stat = (PROC / str(pid) / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return None
        fields = stat.rpartition(")")[2].split()  # from the third: the second may contain spaces
        return None if fields[0] == "Z" else fields[19]
    ps = subprocess.run(
        ["/bin/ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return ps.stdout.strip() or None


def _try_lock(descriptor: int, operation: int) -> bool:
    try:
        fcntl.flock(descriptor, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
