"""The commands of docs/teardown.md that bring a protected environment up again."""

import re
from pathlib import Path
from string import Template

from tests.integration.accounts import Account
from tests.integration.preflight.commands import run_commands
from tests.integration.preflight.stacks import bootstrap, problems, save_state, stack_of

DOCUMENT = Path("docs/teardown.md").read_text()
DELETE, RESTORE = (
    re.findall(r"^aws .+$", block, re.MULTILINE)
    for block in re.findall(r"```sh\n(.*?)```", DOCUMENT, re.DOTALL)
    if "aws secretsmanager" in block
)


def destroyed_secret(account: Account, name: str) -> dict[str, str]:
    """Return the variables of the commands, for a secret that a destroy has left with its key."""
    bootstrap(account, name)
    kms, secrets = account("kms"), account("secretsmanager")
    key_arn = kms.create_key()["KeyMetadata"]["Arn"]
    secret = f"{name}-secret"
    secrets.create_secret(Name=secret, SecretString="password", KmsKeyId=key_arn)
    secrets.delete_secret(SecretId=secret, RecoveryWindowInDays=30)
    kms.schedule_key_deletion(KeyId=key_arn, PendingWindowInDays=30)
    save_state(account, name)
    (problem,) = problems(account, stack_of(name))
    assert "docs/teardown.md" in problem
    return {"name": secret, "key_arn": key_arn}


def run_documented(account: Account, commands: list[str], variables: dict[str, str]) -> None:
    for command in commands:
        run_commands(account, Template(command).substitute(variables))


def test_a_deleted_secret_leaves_its_name_free(account: Account, name: str) -> None:
    run_documented(account, DELETE, destroyed_secret(account, name))
    assert problems(account, stack_of(name)) == []
    account("secretsmanager").create_secret(Name=f"{name}-secret", SecretString="new password")


def test_a_restored_secret_can_be_read_and_imported(account: Account, name: str) -> None:
    variables = destroyed_secret(account, name)
    run_documented(account, RESTORE, variables)
    (problem,) = problems(account, stack_of(name))
    assert "import it: terraform import aws_secretsmanager_secret.secret arn:aws:" in problem
    save_state(account, name, "aws_secretsmanager_secret.secret")  # as the import does
    assert problems(account, stack_of(name)) == []
    key = account("kms").describe_key(KeyId=variables["key_arn"])["KeyMetadata"]
    assert key["KeyState"] == "Enabled"
    value = account("secretsmanager").get_secret_value(SecretId=f"{name}-secret")
    assert value["SecretString"] == "password"
