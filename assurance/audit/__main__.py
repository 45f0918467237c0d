"""`python -m assurance.audit`: prints the audit's tables and writes them to `docs/security.md`.

Each fault is a line on stderr; the exit code is 1 if there is any.
"""

import typer
from rich.console import Console

import infra  # noqa: F401 - prepares the provider bindings before anything imports cdktf
from assurance.audit.report import run, show, write
from assurance.proof.figures import ProofError


def main() -> None:
    """Audit the stack, print the tables and write them to docs/security.md."""
    console = Console()
    try:
        outcome = run(console)
    except ProofError as error:
        typer.echo(error, err=True)
        raise typer.Exit(1) from None
    show(console, outcome)
    failures = outcome.failures()
    for line in failures:
        typer.echo(line, err=True)
    if failures:
        raise typer.Exit(1)
    write(outcome)


if __name__ == "__main__":
    typer.run(main)
