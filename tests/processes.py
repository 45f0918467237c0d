"""Processes that tests start and signal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def python_process(*arguments: str) -> "Iterator[subprocess.Popen[str]]":
    """Start Python with these arguments, its output in pipes; kill it at the end if it still runs.

    Ctrl-C (SIGINT) interrupts it even where this process ignores the signal, as it does under `nohup`, in the
    background of a script and in some CI runners: a process inherits that a signal is ignored, but not a
    handler.
    """
    disposition = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        process = subprocess.Popen(
            [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
    finally:
        signal.signal(signal.SIGINT, disposition)
    with process:
        try:
            yield process
        finally:
            process.kill()  # nothing, if it has ended


def is_alive(pid: int) -> bool:
    """Whether a process runs."""
    status = Path(f"/proc/{pid}/stat")
    try:
        os.kill(pid, 0)
        # In a container without an init process nobody reaps an orphan: a zombie has ended.
        return not Path("/proc").is_dir() or status.read_text().rpartition(") ")[2][0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
