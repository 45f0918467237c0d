"""Checks of the names that have to be free before the first apply, and belong to the stack afterwards."""

from operations.aws import SetupError, call_or_empty, region_of_bucket
from operations.preflight.account import Account

FREE = "the name is free"


def check_bucket(account: Account, address: str, name: str) -> str:
    """Check that a bucket can be created, or that the state contains it."""
    region = region_of_bucket(account.client("s3"), name, account.caller)
    if region is None:
        return FREE
    return _require_in_state(account, address, f"bucket {name}", name)


def check_secret(account: Account, address: str, name: str) -> str:
    """Check that a secret can be created, or that the state contains it.

    A destroyed secret keeps its name for its recovery window
    (https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html).
    """
    client = account.client("secretsmanager")
    secret = call_or_empty(lambda: client.describe_secret(SecretId=name), "ResourceNotFoundException")
    if not secret:
        return FREE
    if "DeletedDate" in secret:
        raise SetupError(
            f"secret {name} is scheduled for deletion, which keeps its name taken: restore and import it"
            " (docs/teardown.md), or delete it at once: aws secretsmanager delete-secret"
            f" --region {account.requirements.region} --force-delete-without-recovery --secret-id {name}"
        )
    return _require_in_state(account, address, f"secret {name}", secret["ARN"])


def check_key_alias(account: Account, address: str, name: str) -> str:
    """Check that an alias can be created, or that the state contains it and its key can be used.

    A destroy deletes the alias at once. So a key that it schedules for deletion has no alias and is in
    nobody's way, and a key with an alias was scheduled for deletion by somebody else.
    """
    kms = account.client("kms")
    key = call_or_empty(lambda: kms.describe_key(KeyId=name), "NotFoundException").get("KeyMetadata")
    if not key:
        return FREE
    commands = {"PendingDeletion": ("cancel-key-deletion", "enable-key"), "Disabled": ("enable-key",)}
    fixes = commands.get(key["KeyState"], ())
    if fixes:
        options = f"--region {account.requirements.region} --key-id {key['KeyId']}"
        raise SetupError(
            f"key {name} is {key['KeyState']}, and what it encrypts cannot be read: "
            + " && ".join(f"aws kms {fix} {options}" for fix in fixes)
        )
    return _require_in_state(account, address, f"key {name}", name)


def _require_in_state(account: Account, address: str, subject: str, identifier: str) -> str:
    """Check that the state contains what exists already; `identifier` is what an import takes."""
    try:
        state = account.state
    except SetupError as error:
        raise SetupError(f"{subject} exists in this account, and {error}") from None
    if address in state:
        return "the stack's own"
    raise SetupError(
        f"{subject} exists in this account, and the state does not contain it: choose another name"
        f" (ENVIRONMENT_SUFFIX, NAME_PATTERN), or import it: terraform import {address} {identifier}"
    )
