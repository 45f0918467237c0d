"""`python -m operations.bootstrap`: make it in the account of the credentials, by the settings' names.

They have to be allowed, for the key: kms:DescribeKey, kms:ListKeys, kms:CreateKey, kms:CreateAlias,
kms:GetKeyRotationStatus, kms:EnableKeyRotation, kms:ListResourceTags, kms:TagResource; for the bucket:
s3:ListBucket, s3:CreateBucket, s3:GetBucketVersioning, s3:PutBucketVersioning, s3:GetEncryptionConfiguration,
s3:PutEncryptionConfiguration, s3:GetBucketPublicAccessBlock, s3:PutBucketPublicAccessBlock,
s3:GetBucketOwnershipControls, s3:PutBucketOwnershipControls, s3:GetBucketPolicy, s3:PutBucketPolicy,
s3:GetLifecycleConfiguration, s3:PutLifecycleConfiguration, s3:GetBucketTagging, s3:PutBucketTagging; for the
role: apigateway:GET and apigateway:PATCH on /account, iam:GetRole, iam:CreateRole, iam:TagRole,
iam:ListAttachedRolePolicies, iam:AttachRolePolicy, iam:PassRole.
"""

import typer

from infra import settings
from infra.naming import State
from operations.aws import identify, one_line, ordinary_clients
from operations.bootstrap import ensure_state
from operations.bootstrap.log_role import ensure_log_role


def main() -> None:
    """Make the place of the state and API Gateway's role for logs, where they are not there yet."""
    try:
        chosen = settings.load()
    except settings.SettingsError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    state = State.of(chosen)
    with one_line("bootstrap"):
        clients = ordinary_clients()
        caller = identify(clients, state.region)
    typer.echo(f"Account {caller.account}, as {caller.arn}")
    with one_line("bootstrap", caller):
        ensure_state(
            clients,
            bucket=state.bucket,
            key_alias=state.key_alias,
            region=state.region,
            tags=chosen.tags,
            say=typer.echo,
        )
        ensure_log_role(clients, region=chosen.aws_region, tags=chosen.tags, say=typer.echo)


if __name__ == "__main__":
    typer.run(main)
