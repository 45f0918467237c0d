"""Names of resources (requirement P4)."""

import hashlib
import re
from dataclasses import dataclass
from typing import Self

from infra.settings import Settings

PLAIN = r"[A-Za-z0-9_-]+"
DOTTED = r"[A-Za-z0-9_.-]+"


@dataclass(frozen=True)
class Rule:
    """What a service takes as a name: the most characters, and which."""

    limit: int
    pattern: str


RULES = {
    "apigateway": Rule(255, DOTTED),
    "cloudwatch": Rule(255, DOTTED),
    "dynamodb": Rule(255, DOTTED),
    "ec2": Rule(240, rf"(?!sg-){DOTTED}"),  # 255, less what a network appends to it
    "iam": Rule(64, DOTTED),
    "kms": Rule(250, PLAIN),
    "lambda": Rule(64, PLAIN),
    "layer": Rule(64, PLAIN),
    "secretsmanager": Rule(480, DOTTED),
    "sqs": Rule(80, PLAIN),
    "s3": Rule(63, r"(?!xn--)[a-z0-9][a-z0-9-]*[a-z0-9]"),
    "sns": Rule(256, PLAIN),
    "states": Rule(80, PLAIN),
    "ssm": Rule(900, rf"(?!aws|ssm){DOTTED}"),
}
"""By the component that a name is for. Dots in bucket names break TLS on virtual-hosted addresses."""

_ACCOUNT_DIGITS = "000000000000"  # stands for the account id while a name is checked
_HASH_LENGTH = 8


@dataclass(frozen=True)
class State:
    """Where Terraform's state lies (P2).

    Attributes:
        bucket, key, region: in S3; by default made of project, suffix, environment and the stack's region.
        key_alias: of the KMS key that encrypts it, which ``bootstrap`` makes beside the bucket.
    """

    bucket: str
    key: str
    region: str

    @property
    def key_alias(self) -> str:
        """Beginning with ``alias/``."""
        return f"alias/{self.bucket}"

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The place that the settings name, or its default."""
        parts = (settings.project, settings.environment_suffix, settings.environment)
        bucket = _fit("-".join([*parts[:2], "terraform-state", *parts[2:]]), RULES["s3"].limit)
        return cls(
            bucket=settings.state_bucket or bucket,
            key=settings.state_key or "/".join([*parts, "terraform.tfstate"]),
            region=settings.state_region or settings.aws_region,
        )


class NamingError(Exception):
    """A name collides with another, or a service would refuse it."""


class Names:
    """Makes each name once, from the pattern in the settings.

    A name over the limit of its service is shortened to its head and a hash of the whole, so that it is
    stable and still unlike its neighbours; two that come out equal are refused.

    Args:
        settings: gives the pattern and its fields.
        account_id: the account's id, usually a Terraform reference; only patterns with ``{account}`` use it.
    """

    def __init__(self, settings: Settings, *, account_id: str) -> None:
        self._pattern = settings.name_pattern
        self._fields = {
            "project": settings.project,
            "suffix": settings.environment_suffix,
            "environment": settings.environment,
            "region": settings.aws_region,
            "company": settings.company,
            "account": _ACCOUNT_DIGITS,
        }
        self._account_id = account_id
        self._owners: dict[tuple[str, str], str] = {}

    def of(self, component: str, name: str, *, with_account: bool = False) -> str:
        """The name of ``name`` as a resource of ``component``, a key of ``RULES``.

        Args:
            component: what it is.
            name: which one.
            with_account: end with the account's id where the pattern does not have it anyway.

        Raises:
            NamingError: when another name came out equal, or the service refuses it.
        """
        rule = RULES[component]
        whole = self._pattern.format(component=component, name=name, **self._fields)
        ending = f"-{_ACCOUNT_DIGITS}" if with_account and _ACCOUNT_DIGITS not in whole else ""
        fitted = _fit(whole, rule.limit - len(ending)) + ending
        if not re.fullmatch(rule.pattern, fitted):
            raise NamingError(f"NAME_PATTERN: {fitted!r} is no name that {component} takes: {rule.pattern}")
        owner = self._owners.setdefault((component, fitted), name)
        if owner != name:
            raise NamingError(
                f"NAME_PATTERN: {self._pattern!r} gives {component} {owner!r} and {name!r} the same name"
                f" {fitted!r}; add {{name}}"
            )
        if _ACCOUNT_DIGITS in whole and _ACCOUNT_DIGITS not in fitted:
            raise NamingError(
                f"NAME_PATTERN: {self._pattern!r} is too long for {component}"
                f" ({rule.limit} characters); put {{account}} nearer to its beginning"
            )
        return fitted.replace(_ACCOUNT_DIGITS, self._account_id)


def _fit(name: str, limit: int) -> str:
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: limit - _HASH_LENGTH - 1].rstrip('-')}-{digest}"
