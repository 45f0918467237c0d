"""``make fork``: a table of what differs on cdktf's fork, and a line on stderr for what should not."""

import shutil
import sys
import time
from collections import Counter

from rich.console import Console
from rich.table import Column, Table

from assurance.fork.compare import PYTHON, SETTINGS, Difference, compare, faults
from assurance.fork.move import ROOT, ForkError, move
from infra.packaging import PackagingError

COPY = ROOT / ".build/fork/src"
"""The moved sources, left to look at."""


def main() -> int:
    """1 when anything but the versions differs."""
    console = Console()
    if not PYTHON.exists():
        print("the fork is not installed: run make fork", file=sys.stderr)
        return 1
    start = time.monotonic()
    try:
        found = _compare_all(console)
    except (ForkError, PackagingError) as error:
        print(error, file=sys.stderr)
        return 1
    _show(console, found)
    lines = [f"{setting}: {line}" for setting, each in found.items() for line in faults(each)]
    for line in lines:
        print(line, file=sys.stderr)
    if not lines:
        console.print(f"Nothing else differs ({time.monotonic() - start:.0f} s).")
    return int(bool(lines))


def _compare_all(console: Console) -> dict[str, list[Difference]]:
    found = {}
    with console.status("moving a copy of the sources") as status:
        shutil.rmtree(COPY, ignore_errors=True)
        move(COPY)
        for number, setting in enumerate(SETTINGS, 1):
            status.update(f"synthesizing both: {setting} ({number} of {len(SETTINGS)})")
            found[setting] = compare(setting, COPY)
    return found


def _show(console: Console, found: dict[str, list[Difference]]) -> None:
    table = Table(Column("what differs", overflow="fold"), "cdktf", "cdktn", "in settings")
    counts = Counter(difference for each in found.values() for difference in each)
    for difference, count in counts.items():
        table.add_row(difference.place, difference.ours, difference.theirs, f"{count} of {len(found)}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
