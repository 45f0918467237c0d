"""``make audit``: a table for each tool, the figures, and a line on stderr for each fault."""

import sys

from rich.console import Console

import infra  # noqa: F401 - prepares the provider bindings before anything imports cdktf
from assurance.audit.report import run, show, write
from assurance.proof.figures import ProofError


def main() -> int:
    """1 when anything is not as it should be."""
    console = Console()
    try:
        outcome = run(console)
    except ProofError as error:
        print(error, file=sys.stderr)
        return 1
    show(console, outcome)
    failures = outcome.failures()
    for line in failures:
        print(line, file=sys.stderr)
    if not failures:
        write(outcome)
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
