"""Checks for what would fail the first apply of a stack: `python -m operations.preflight [DIRECTORY]`.

They read the stack's JSON and the account of the credentials, and change nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from operations.aws import AwsError, Clients, SetupError, explain, identify
from operations.preflight.checks import AccountChecks
from operations.preflight.requirements import Requirements


@dataclass(frozen=True)
class Finding:
    """The result of a check.

    Attributes:
        passed: Whether the account is as the stack requires.
        line: The result in one line.
    """

    passed: bool
    line: str

    def __str__(self) -> str:
        return f"{'ok' if self.passed else 'problem':<7}  {self.line}"


def preflight(clients: Clients, requirements: Requirements) -> Iterator[Finding]:
    """Run the checks, and yield the result of each as soon as it is known.

    Raises:
        SetupError, ClientError, BotoCoreError: No check is possible: AWS rejects the credentials or cannot be
            reached.
    """
    caller = identify(clients, requirements.region)
    yield Finding(True, f"account {caller.account}, region {requirements.region}, as {caller.arn}")
    for subject, check in _checks(AccountChecks(clients, caller, requirements.in_account(caller.account))):
        try:
            yield Finding(True, f"{subject}: {check()}")
        except SetupError as error:
            yield Finding(False, str(error))
        except AwsError as error:
            yield Finding(False, f"{subject}: not checked: {explain(error, caller)}")


def _checks(checks: AccountChecks) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the subject and the function of each check that the stack needs."""
    requirements = checks.requirements
    yield f"state bucket {requirements.state['bucket']}", checks.state_bucket
    for bucket in requirements.buckets:
        yield f"bucket {bucket}", partial(checks.bucket, bucket)
    yield "Lambda's concurrency", checks.concurrency
    if requirements.zones:
        yield "zones", checks.zones
    if requirements.access_logs:
        yield "API Gateway's role for logs", checks.log_role
