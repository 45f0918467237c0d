"""Peak memory of a process and of its Node, printed when it ends."""

import atexit
import resource
import sys
from pathlib import Path

_PER_MB = 1024 * 1024 if sys.platform == "darwin" else 1024


def report_at_exit() -> None:
    """Print both peaks, in MB, when the process ends.

    Call it before jsii starts: handlers run in reverse order, so jsii's handler then ends Node first.
    """
    atexit.register(_report)


def _report() -> None:
    print(_own_peak(), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / _PER_MB)


def _own_peak() -> float:
    """Return the peak of this process alone: Linux includes that of the parent before exec in `ru_maxrss`."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _PER_MB
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024
