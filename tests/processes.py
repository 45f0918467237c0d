"""Processes that tests start and signal."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


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
