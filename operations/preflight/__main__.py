"""`python -m operations.preflight [DIRECTORY]`: one line for each check of the stack in a directory.

Exit code: 0 if every check passes, 1 if one does not or could not be made, 2 if there is no stack to read.

The credentials need s3:ListBucket, s3:GetBucketVersioning, s3:GetEncryptionConfiguration, s3:GetObject and
kms:Decrypt for the state, kms:DescribeKey, secretsmanager:DescribeSecret, lambda:ListLayers,
lambda:GetAccountSettings, lambda:GetFunctionConcurrency, ec2:DescribeAvailabilityZones,
ec2:DescribeVpcEndpointServices, ec2:DescribeAccountAttributes, ec2:DescribeAddresses, apigateway:GET on
/account. With s3:ListAllMyBuckets, it distinguishes a bucket of another account from one without permissions.
"""

from pathlib import Path
from typing import Annotated

import typer

from commands import application, exit_on, run
from operations.aws import default_clients, exit_on_aws_error
from operations.preflight import preflight
from operations.preflight.requirements import Requirements
from synthesized.stack import StackError

DEFAULT_STACK = Path("cdktf.out/stacks/serverless")
NO_STACK = 2

app = application()


@app.command()
def check(
    stack: Annotated[Path, typer.Argument(help="The directory of the stack's cdk.tf.json.")] = DEFAULT_STACK,
) -> None:
    """Check the account for what would fail an apply of a stack; change nothing."""
    with exit_on(StackError, failure="cannot check the account", code=NO_STACK):
        requirements = Requirements.read(stack)
    problems = 0
    with exit_on_aws_error("cannot check the account"):
        for finding in preflight(default_clients(), requirements):
            typer.echo(finding)
            problems += not finding.passed
    if problems:
        raise typer.Exit(1)


if __name__ == "__main__":
    run(app, "python -m operations.preflight")
