"""`python -m review`: what a pull request shows.

Exit code: 0 fine; 2 needs a human; 1 bad input, with one line on stderr.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from review import planfile, synths
from review.errors import InputError
from review.markdown import markdown
from review.plan import Plan
from review.report import as_json, review

FINE, BAD_INPUT, NEEDS_HUMAN = 0, 1, 2


class _Parser(argparse.ArgumentParser):
    """Ends with 1 on wrong arguments: argparse's 2 would say that a human is needed."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {message}\n")


def main(arguments: list[str]) -> int:
    """Print the review and return the exit code."""
    options = _parser().parse_args(arguments)
    try:
        report = review(_plan(options))
        said = json.dumps(as_json(report), indent=2) + "\n" if options.json else markdown(report)
    except InputError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return BAD_INPUT
    except RecursionError:
        print(
            f"{options.plan or options.head}: is nested too deeply to be a plan or a stack", file=sys.stderr
        )
        return BAD_INPUT
    sys.stdout.write(said)
    return NEEDS_HUMAN if report.needs_human else FINE


def _parser() -> _Parser:
    parser = _Parser(
        prog="python -m review", description="Review a Terraform plan, or two synthesized stacks."
    )
    parser.add_argument(
        "plan", metavar="PLAN.json", nargs="?", help="what `terraform show -json` printed of a plan"
    )
    parser.add_argument(
        "--synth", metavar="cdk.tf.json", help="the stack of the plan, for the paths of constructs"
    )
    parser.add_argument("--base", metavar="cdk.tf.json", help="instead of a plan: the stack as it was")
    parser.add_argument("--head", metavar="cdk.tf.json", help="and as it becomes")
    parser.add_argument("--json", action="store_true", help="for machines")
    return parser


def _plan(options: argparse.Namespace) -> Plan:
    """Read what the options name.

    Raises:
        InputError: They do not fit together, or a file is not what it should be.
    """
    if bool(options.base) != bool(options.head) or bool(options.plan) == bool(options.base):
        raise InputError("give either PLAN.json or both --base and --head")
    if options.base and options.synth:
        raise InputError("--synth belongs to PLAN.json; --base and --head are synths themselves")
    if options.base:
        return synths.compared(*(synths.parse(_json(each), each) for each in (options.base, options.head)))
    blocks = synths.blocks(synths.parse(_json(options.synth), options.synth)) if options.synth else {}
    return planfile.read(_json(options.plan), options.plan, blocks)


def _json(file: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        content = Path(file).read_bytes()
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from None
    if content.startswith(b"PK"):
        raise InputError(
            f"{file}: is a saved plan itself; print it as JSON with `terraform show -json {file}`"
        )
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{file}: is no JSON: {error}") from None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
