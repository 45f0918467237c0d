"""Names that are taken: before the first apply, afterwards, and when a stack comes up again."""

from tests.integration.accounts import Account
from tests.integration.preflight.commands import run_commands
from tests.integration.preflight.stacks import bootstrap, lines, problems, save_state, stack_of


def create_named_resources(account: Account, name: str) -> None:
    """Create every resource of the stack that has a name of its own."""
    for bucket in ("logs", account.id):
        account("s3").create_bucket(Bucket=f"{name}-{bucket}")
    key = account("kms").create_key()["KeyMetadata"]["KeyId"]
    account("kms").create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    account("secretsmanager").create_secret(Name=f"{name}-secret", SecretString="s", KmsKeyId=key)


def test_names_that_are_taken_before_the_first_apply_are_problems(account: Account, name: str) -> None:
    bootstrap(account, name)
    create_named_resources(account, name)
    arn = account("secretsmanager").describe_secret(SecretId=f"{name}-secret")["ARN"]
    assert problems(account, stack_of(name)) == [
        f"{subject} exists in this account, and the state does not contain it: choose another name"
        f" (ENVIRONMENT_SUFFIX, NAME_PATTERN), or import it: terraform import {address} {identifier}"
        for subject, address, identifier in (
            (f"bucket {name}-logs", "aws_s3_bucket.logs", f"{name}-logs"),
            (f"bucket {name}-{account.id}", "aws_s3_bucket.files", f"{name}-{account.id}"),
            (f"secret {name}-secret", "aws_secretsmanager_secret.secret", arn),
            (f"key alias/{name}", "aws_kms_alias.alias", f"alias/{name}"),
        )
    ]


def test_names_that_the_state_contains_are_no_problems(account: Account, name: str) -> None:
    bootstrap(account, name)
    create_named_resources(account, name)
    addresses = ["aws_s3_bucket.logs", "aws_s3_bucket.files", "aws_secretsmanager_secret.secret"]
    save_state(account, name, *addresses)
    (problem,) = problems(account, stack_of(name))
    assert problem.startswith(f"key alias/{name} exists in this account")
    save_state(account, name, *addresses, "aws_kms_alias.alias")
    assert problems(account, stack_of(name)) == []
    assert f"secret {name}-secret: the stack's own" in lines(account, stack_of(name))


def test_the_state_that_a_destroy_leaves_contains_nothing(account: Account, name: str) -> None:
    bootstrap(account, name)
    account("s3").create_bucket(Bucket=f"{name}-logs")
    save_state(account, name)
    assert len(problems(account, stack_of(name))) == 1


def test_a_state_that_cannot_be_read_is_a_problem(account: Account, name: str) -> None:
    bootstrap(account, name)
    account("s3").create_bucket(Bucket=f"{name}-logs")
    state = f"s3://{name}-state/a/terraform.tfstate"
    for body in (b'{"encrypted_data": "OpenTofu"}', b"not JSON"):
        account("s3").put_object(Bucket=f"{name}-state", Key="a/terraform.tfstate", Body=body)
        (problem,) = problems(account, stack_of(name))
        assert problem.startswith(
            f"bucket {name}-logs exists in this account, and {state} is no state that can be read"
        )


def test_a_secret_that_is_scheduled_for_deletion_is_a_problem_until_it_is_deleted(
    account: Account, name: str
) -> None:
    bootstrap(account, name)
    create_named_resources(account, name)
    account("kms").delete_alias(AliasName=f"alias/{name}")
    for bucket in ("logs", account.id):
        account("s3").delete_bucket(Bucket=f"{name}-{bucket}")
    account("secretsmanager").delete_secret(SecretId=f"{name}-secret", RecoveryWindowInDays=30)
    save_state(account, name)
    (problem,) = problems(account, stack_of(name))
    assert problem.startswith(f"secret {name}-secret is scheduled for deletion, which keeps its name taken: ")
    run_commands(account, problem[problem.index("aws ") :])
    assert problems(account, stack_of(name)) == []
    account("secretsmanager").create_secret(Name=f"{name}-secret")


def test_a_key_that_the_stack_uses_and_that_is_scheduled_for_deletion_is_a_problem(
    account: Account, name: str
) -> None:
    bootstrap(account, name)
    key = account("kms").create_key()["KeyMetadata"]["KeyId"]
    account("kms").create_alias(AliasName=f"alias/{name}", TargetKeyId=key)
    save_state(account, name, "aws_kms_alias.alias")
    account("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    (problem,) = problems(account, stack_of(name))
    assert problem.startswith(f"key alias/{name} is PendingDeletion, and what it encrypts cannot be read: ")
    run_commands(account, problem[problem.index("aws ") :])
    assert problems(account, stack_of(name)) == []
    assert account("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Enabled"


def test_a_key_that_a_destroy_left_without_alias_is_no_problem(account: Account, name: str) -> None:
    bootstrap(account, name)
    key = account("kms").create_key()["KeyMetadata"]["KeyId"]
    account("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=30)
    assert problems(account, stack_of(name)) == []
