"""Checks for what would fail an apply of a stack: `python -m operations.preflight [DIRECTORY]`.

They read the stack's JSON, Terraform's state and the account of the credentials, and change nothing. The
state tells the first apply from later ones: what it contains is the stack's own.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from operations.aws import AwsError, Clients, SetupError, explain, identify
from operations.preflight import names, network, services
from operations.preflight.account import Account
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
    for subject, check in _checks(Account(clients, caller, requirements.in_account(caller.account))):
        try:
            yield Finding(True, f"{subject}: {check()}")
        except SetupError as error:
            yield Finding(False, str(error))
        except AwsError as error:
            yield Finding(False, f"{subject}: not checked: {explain(error, caller)}")


NAME_CHECKS = {
    "aws_s3_bucket": ("bucket", names.check_bucket),
    "aws_secretsmanager_secret": ("secret", names.check_secret),
    "aws_kms_alias": ("key", names.check_key_alias),
}


def _checks(account: Account) -> Iterator[tuple[str, Callable[[], str]]]:
    """Yield the subject and the function of each check that the stack needs."""
    requirements = account.requirements
    yield f"state bucket {requirements.state['bucket']}", partial(services.check_state_bucket, account)
    for address, name in requirements.names.items():
        subject, check = NAME_CHECKS[address.partition(".")[0]]
        yield f"{subject} {name}", partial(check, account, address, name)
    for runtime in requirements.runtimes:
        yield f"runtime {runtime}", partial(services.check_runtime, account, runtime)
    yield "Lambda's concurrency", partial(services.check_concurrency, account)
    if requirements.zones:
        yield "zones", partial(network.check_zones, account)
    for service, endpoint_type in requirements.endpoints:
        yield f"endpoint {service}", partial(network.check_endpoint, account, service, endpoint_type)
    if requirements.elastic_ips:
        yield "Elastic IP addresses", partial(network.check_elastic_ips, account)
    if requirements.access_logs:
        yield "API Gateway's role for logs", partial(services.check_log_role, account)
