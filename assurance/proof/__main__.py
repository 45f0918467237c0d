"""``make proof``: the claims on security and reliability as figures, printed and in docs/security.md."""

import sys
import time

from rich.console import Console
from rich.table import Table

import infra  # noqa: F401 - prepares the provider bindings before anything imports cdktf
from assurance.audit import report
from assurance.proof import faults, inputs, load, privileges, transport
from assurance.proof.document import DOCUMENT, rewrite
from assurance.proof.figures import Figure, ProofError

PARTS = {
    "audit": report.measure,
    "least privilege": privileges.measure,
    "bad input": inputs.measure,
    "faults": faults.measure,
    "load": load.measure,
    "TLS": transport.measure,
}


def main() -> int:
    """Run every part, and say at the end what each has found."""
    console = Console(emoji=False)
    figures: dict[str, list[Figure]] = {}
    failed = 0
    for name, measure in PARTS.items():
        start = time.monotonic()
        console.print(f"{name} ...", style="bold")
        try:
            figures[name] = measure(console)
        except ProofError as error:
            failed += 1
            console.print(f"  {error}", style="red", markup=False)
        console.print(f"  {time.monotonic() - start:.0f} s")
    _print(console, figures)
    if not failed:
        rows = [(name, f.name, f.found, f.goal) for name, each in figures.items() for f in each]
        rewrite(DOCUMENT, "figures", ("part", "what", "found", "goal"), rows)
    return 1 if failed else 0


def _print(console: Console, figures: dict[str, list[Figure]]) -> None:
    table = Table("part", "what", "found", "goal")
    for name, each in figures.items():
        for figure in each:
            table.add_row(name, figure.name, figure.found, figure.goal)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
