"""`python -m review`: prints the review of a Terraform plan, or of the difference of two synthesized stacks.

Exit codes: 0 if no human review is needed, 2 if it is, 1 for wrong input, with one line on stderr.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from commands import application, exit_on, run
from review import planfile, synths
from review.errors import InputError
from review.markdown import markdown
from review.plan import Plan
from review.report import as_json, review

FINE, WRONG_INPUT, NEEDS_HUMAN = 0, 1, 2

PlanFile = Annotated[
    str | None, typer.Argument(metavar="PLAN.json", help="Output of `terraform show -json` for a plan.")
]
SynthFile = Annotated[
    str | None,
    typer.Option(metavar="cdk.tf.json", help="The plan's synthesized stack: adds construct paths."),
]
BaseFile = Annotated[
    str | None, typer.Option(metavar="cdk.tf.json", help="Instead of a plan: the old stack.")
]
HeadFile = Annotated[
    str | None, typer.Option(metavar="cdk.tf.json", help="Instead of a plan: the new stack.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of Markdown.")]

app = application()


@app.command()
def print_review(
    plan: PlanFile = None,
    synth: SynthFile = None,
    base: BaseFile = None,
    head: HeadFile = None,
    json_output: AsJson = False,
) -> None:
    """Review a Terraform plan, or the difference of two synthesized stacks."""
    with exit_on(InputError, code=WRONG_INPUT):
        try:
            report = review(_read_plan(plan, synth, base, head))
            text = json.dumps(as_json(report), indent=2) + "\n" if json_output else markdown(report)
        except RecursionError:
            raise InputError(f"{plan or head}: is nested too deeply for a plan or a stack") from None
    sys.stdout.write(text)
    raise typer.Exit(NEEDS_HUMAN if report.needs_human else FINE)


def _read_plan(plan: str | None, synth: str | None, base: str | None, head: str | None) -> Plan:
    """Read the files that the arguments name.

    Raises:
        InputError: The arguments do not fit together, or a file cannot be reviewed.
    """
    if bool(base) != bool(head) or bool(plan) == bool(base):
        raise InputError("give either PLAN.json or both --base and --head")
    if base and head:
        if synth:
            raise InputError(
                "--synth requires PLAN.json; --base and --head are synthesized stacks themselves"
            )
        return synths.compare_stacks(*(synths.parse(_load(file), file) for file in (base, head)))
    blocks = synths.blocks(synths.parse(_load(synth), synth)) if synth else {}
    return planfile.read(_load(str(plan)), str(plan), blocks)


def _load(file: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None
    if content.startswith(b"PK"):
        raise InputError(f"{file}: is a saved plan; convert it with `terraform show -json {file}`")
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: is not JSON: {error}") from None


if __name__ == "__main__":
    # By default, wrong arguments would end with 2, which means that a human is needed.
    run(app, "python -m review", wrong_arguments=WRONG_INPUT)
