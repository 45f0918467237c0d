"""`python -m assurance.fork`: prints a table of what differs on cdktf's fork.

Each unexpected difference is a line on stderr; the exit code is 1 if there is any.
"""

import shutil
import time
from collections import Counter

import typer
from rich.console import Console
from rich.table import Column, Table

from assurance.fork.compare import PYTHON, SETTINGS, Difference, compare, faults
from assurance.fork.move import ROOT, ForkError, move
from commands import application, exit_on, print_error, run
from infra.packaging import PackagingError

COPY = ROOT / ".build/fork/src"
"""The moved sources; they stay for inspection."""


app = application()


@app.command()
def main() -> None:
    """Compare the stack on cdktf with the same stack on cdktn, in all settings."""
    console = Console()
    start = time.monotonic()
    with exit_on(ForkError, PackagingError):
        results = _compare_all(console)
    _show(console, results)
    lines = [f"{setting}: {line}" for setting, differences in results.items() for line in faults(differences)]
    for line in lines:
        print_error(line)
    if lines:
        raise typer.Exit(1)
    console.print(f"Nothing else differs ({time.monotonic() - start:.0f} s).")


def _compare_all(console: Console) -> dict[str, list[Difference]]:
    if not PYTHON.exists():
        raise ForkError("the fork is not installed: run make fork")
    results = {}
    with console.status("moving a copy of the sources") as status:
        shutil.rmtree(COPY, ignore_errors=True)
        move(COPY)
        for number, setting in enumerate(SETTINGS, 1):
            status.update(f"synthesizing both: {setting} ({number} of {len(SETTINGS)})")
            results[setting] = compare(setting, COPY)
    return results


def _show(console: Console, results: dict[str, list[Difference]]) -> None:
    table = Table(Column("difference", overflow="fold"), "cdktf", "cdktn", "settings")
    counts = Counter(difference for differences in results.values() for difference in differences)
    for difference, count in counts.items():
        table.add_row(difference.place, difference.original, difference.fork, f"{count} of {len(results)}")
    console.print(table)


if __name__ == "__main__":
    run(app, "python -m assurance.fork")
