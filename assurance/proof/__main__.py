"""`python -m assurance.proof`: measures the claims on security and reliability.

It prints the figures and writes them to `docs/security.md`. The exit code is 1 if a goal is missed.
"""

import time

import typer
from rich.console import Console
from rich.table import Table

import infra  # noqa: F401 - prepares the provider bindings before anything imports cdktf
from assurance.audit import report
from assurance.proof import faults, inputs, load, privileges, properties, transport
from assurance.proof.document import write_table
from assurance.proof.figures import Figure, ProofError
from commands import application, run

PARTS = {
    "audit": report.measure,
    "least privilege": privileges.measure,
    "malformed input": inputs.measure,
    "generated examples": properties.measure,
    "faults": faults.measure,
    "load": load.measure,
    "TLS": transport.measure,
}
app = application()
COLUMNS = ("part", "figure", "result", "goal")


@app.command()
def main() -> None:
    """Measure all parts, print the figures and write them to docs/security.md."""
    console = Console(emoji=False)
    rows: list[tuple[str, ...]] = []
    missed = False
    for part, measure in PARTS.items():
        start = time.monotonic()
        console.print(f"{part} ...", style="bold")
        try:
            rows += [_row(part, figure) for figure in measure(console)]
        except ProofError as error:
            missed = True
            console.print(f"  {error}", style="red", markup=False)
        console.print(f"  {time.monotonic() - start:.0f} s")
    table = Table(*COLUMNS)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    if missed:
        raise typer.Exit(1)
    write_table("figures", COLUMNS, rows)


def _row(part: str, figure: Figure) -> tuple[str, ...]:
    return part, figure.name, figure.result, figure.goal


if __name__ == "__main__":
    run(app, "python -m assurance.proof")
