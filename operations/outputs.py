"""`python -m operations.outputs FILE`: write the outputs of an applied stack as one flat JSON object (P6).

Reads the output of `terraform output -json` on stdin: `{"vpc-id": {"value": ...}}` becomes `{"vpc-id": ...}`.
Exit code: 0 if the file is written, 1 if stdin contains no outputs or the file cannot be written.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from commands import application, exit_on, run

app = application()


class OutputsError(Exception):
    """What is read are no outputs."""


def flatten(text: str) -> dict[str, object]:
    """Return the values of outputs by name.

    Args:
        text: What `terraform output -json` printed.

    Raises:
        OutputsError: The text is anything else.
    """
    try:
        return {name: output["value"] for name, output in sorted(json.loads(text).items())}
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise OutputsError("pipe `terraform output -json` of an applied stack into this command") from None


@app.command()
def write(file: Annotated[Path, typer.Argument(help="The JSON file to write.")]) -> None:
    """Write the outputs on stdin, from `terraform output -json`, as one flat JSON object."""
    with exit_on(OutputsError, OSError, failure="cannot write outputs"):
        outputs = flatten(sys.stdin.read())
        file.write_text(json.dumps(outputs, indent=2) + "\n")


if __name__ == "__main__":
    run(app, "python -m operations.outputs")
