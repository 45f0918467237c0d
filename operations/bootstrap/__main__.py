"""`python -m operations.bootstrap`: prepare the account of the credentials for the stack of the settings.

Exit code: 0 if the account is prepared, 1 if AWS or the account is in the way, 2 if a setting is not allowed.

The credentials need, for the key: kms:DescribeKey, kms:ListKeys, kms:CreateKey, kms:CreateAlias,
kms:GetKeyPolicy, kms:GetKeyRotationStatus, kms:EnableKeyRotation, kms:ListResourceTags, kms:TagResource; for
the bucket: s3:ListBucket, s3:CreateBucket, s3:GetBucketVersioning, s3:PutBucketVersioning,
s3:GetEncryptionConfiguration, s3:PutEncryptionConfiguration, s3:GetBucketPublicAccessBlock,
s3:PutBucketPublicAccessBlock, s3:GetBucketOwnershipControls, s3:PutBucketOwnershipControls,
s3:GetBucketPolicy, s3:PutBucketPolicy, s3:GetLifecycleConfiguration, s3:PutLifecycleConfiguration,
s3:GetBucketTagging, s3:PutBucketTagging; for the role: apigateway:GET and apigateway:PATCH on /account,
iam:GetRole, iam:CreateRole, iam:TagRole, iam:ListAttachedRolePolicies, iam:AttachRolePolicy, iam:PassRole.
"""

import typer

from commands import application, run
from infra import settings
from infra.naming import State
from operations.aws import default_clients, exit_on_aws_error, identify
from operations.bootstrap import ensure_state
from operations.bootstrap.log_role import ensure_log_role

WRONG_SETTING = 2

app = application()


@app.command()
def bootstrap() -> None:
    """Create the storage of Terraform's state and API Gateway's role for logs, where they are missing."""
    try:
        loaded = settings.load()
    except settings.SettingsError as error:
        typer.echo(error, err=True)  # one line for each setting
        raise typer.Exit(WRONG_SETTING) from None
    state = State.of(loaded)
    with exit_on_aws_error("cannot bootstrap"):
        clients = default_clients()
        caller = identify(clients, state.region)
    typer.echo(f"Account {caller.account}, as {caller.arn}")
    with exit_on_aws_error("cannot bootstrap", caller):
        ensure_state(
            clients,
            bucket=state.bucket,
            key_alias=state.key_alias,
            region=state.region,
            tags=loaded.tags,
            report=typer.echo,
        )
        ensure_log_role(clients, region=loaded.aws_region, tags=loaded.tags, report=typer.echo)


if __name__ == "__main__":
    run(app, "python -m operations.bootstrap")
