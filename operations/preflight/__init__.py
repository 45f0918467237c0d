"""What would fail the first apply of a stack, seen before it: `python -m operations.preflight [DIRECTORY]`.

It reads the stack's JSON and looks at the account of the credentials; it changes nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from operations.aws import AwsError, Clients, SetupError, identify, in_one_line
from operations.preflight.account import Account
from operations.preflight.requirements import Requirements


@dataclass(frozen=True)
class Finding:
    """What a check came to: a line, and whether all is well."""

    well: bool
    line: str

    def __str__(self) -> str:
        return f"{'ok' if self.well else 'problem':<7}  {self.line}"


def preflight(clients: Clients, requirements: Requirements) -> Iterator[Finding]:
    """Check, and yield what each check came to as soon as it has.

    Raises:
        SetupError, ClientError, BotoCoreError: Nothing can be checked: the credentials are not good, or AWS
            cannot be reached.
    """
    caller = identify(clients, requirements.region)
    yield Finding(True, f"account {caller.account}, region {requirements.region}, as {caller.arn}")
    for what, check in _checks(Account(clients, caller, requirements.in_account(caller.account))):
        try:
            yield Finding(True, f"{what}: {check()}")
        except SetupError as error:
            yield Finding(False, str(error))
        except AwsError as error:
            yield Finding(False, f"{what}: not checked: {in_one_line(error, caller)}")


def _checks(account: Account) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield each check that the stack needs: it returns what is well, or raises what is in the way."""
    requirements = account.requirements
    yield f"state bucket {requirements.state['bucket']}", account.state
    for bucket in requirements.buckets:
        yield f"bucket {bucket}", partial(account.bucket, bucket)
    yield "Lambda's concurrency", account.concurrency
    if requirements.zones:
        yield "zones", account.zones
    if requirements.access_logs:
        yield "API Gateway's role for logs", account.log_role
