"""`python -m assurance.audit`: prints the audit's tables and writes them to `docs/security.md`.

Each fault is a line on stderr; the exit code is 1 if there is any.
"""

import typer
from rich.console import Console

import infra  # noqa: F401 - prepares the provider bindings before anything imports cdktf
from assurance.audit.report import run_audit, show, write
from assurance.proof.figures import ProofError
from commands import application, exit_on, print_error, run

app = application()


@app.command()
def main() -> None:
    """Audit the stack, print the tables and write them to docs/security.md."""
    console = Console()
    with exit_on(ProofError):
        outcome = run_audit(console)
    show(console, outcome)
    failures = outcome.failures()
    for line in failures:
        print_error(line)
    if failures:
        raise typer.Exit(1)
    write(outcome)


if __name__ == "__main__":
    run(app, "python -m assurance.audit")
