"""`python -m operations.preflight [DIRECTORY]`: a line a check, on the stack in a directory.

Exit code 0 when nothing is in the way, 1 when something is or could not be looked at, 2 when there is no
stack to read. The credentials have to be allowed: s3:ListBucket, s3:GetBucketVersioning,
s3:GetEncryptionConfiguration, kms:DescribeKey, lambda:GetAccountSettings, lambda:GetFunctionConcurrency,
ec2:DescribeAvailabilityZones, apigateway:GET on /account; with s3:ListAllMyBuckets, somebody else's bucket
can be told from one that they may not look at.
"""

from pathlib import Path
from typing import Annotated

import typer

from operations.aws import one_line, ordinary_clients
from operations.preflight import preflight
from operations.preflight.requirements import Requirements
from synthesized.stack import StackError

STACK = Path("cdktf.out/stacks/serverless")


def main(
    stack: Annotated[Path, typer.Argument(help="The directory of the stack's cdk.tf.json.")] = STACK,
) -> None:
    """Look at the account for what would fail the first apply of a stack; change nothing."""
    try:
        requirements = Requirements.read(stack)
    except StackError as error:
        typer.echo(f"cannot look ahead: {error}", err=True)
        raise typer.Exit(2) from None
    problems = 0
    with one_line("look ahead"):
        for finding in preflight(ordinary_clients(), requirements):
            typer.echo(finding)
            problems += not finding.well
    if problems:
        raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
