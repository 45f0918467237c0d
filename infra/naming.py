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
    """What a service accepts as a name.

    Attributes:
        limit: Maximum length.
        pattern: Regular expression that the whole name matches.
    """

    limit: int
    pattern: str


RULES = {
    "apigateway": Rule(255, DOTTED),
    "cloudwatch": Rule(255, DOTTED),
    "dynamodb": Rule(255, DOTTED),
    "ec2": Rule(240, rf"(?!sg-){DOTTED}"),  # 255, less the longest suffix in `Network`
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
"""Rules by component. S3 also accepts dots, but they break TLS on virtual-hosted URLs."""

_ACCOUNT_DIGITS = "000000000000"  # in place of the account id while a name is validated
_HASH_LENGTH = 8


@dataclass(frozen=True)
class State:
    """Location of the Terraform state in S3 (P2).

    Attributes:
        bucket: Bucket of the state; by default composed of project, suffix and environment.
        key: Key of the object; by default composed of project, suffix and environment.
        region: Region of the bucket; by default that of the stack.
    """

    bucket: str
    key: str
    region: str

    @property
    def key_alias(self) -> str:
        """Alias of the KMS key that encrypts the state; `bootstrap` creates it together with the bucket."""
        return f"alias/{self.bucket}"

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The location that the settings name, or its default."""
        parts = (settings.project, settings.environment_suffix, settings.environment)
        bucket = _shorten("-".join([*parts[:2], "terraform-state", *parts[2:]]), RULES["s3"].limit)
        return cls(
            bucket=settings.state_bucket or bucket,
            key=settings.state_key or "/".join([*parts, "terraform.tfstate"]),
            region=settings.state_region or settings.aws_region,
        )


class NamingError(Exception):
    """A name is the same as another, or a service would refuse it."""


class Names:
    """Builds the names of resources from the pattern in the settings.

    A name over the limit of its service is shortened to its beginning and a hash of the whole name, so that
    it is stable and differs from other names. Two equal names are refused.

    Args:
        settings: Settings with the pattern and the values of its fields.
        account_id: Id of the account, usually a Terraform reference; used in patterns with `{account}`.
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
        """The full name of `name` as a resource of `component`.

        Args:
            component: A key of `RULES`.
            name: Name of the resource within the stack.
            with_account: Append the account id unless the pattern contains it.

        Raises:
            NamingError: The name is equal to another one, or the service does not accept it.
        """
        rule = RULES[component]
        full_name = self._pattern.format(component=component, name=name, **self._fields)
        ending = f"-{_ACCOUNT_DIGITS}" if with_account and _ACCOUNT_DIGITS not in full_name else ""
        shortened = _shorten(full_name, rule.limit - len(ending)) + ending
        if not re.fullmatch(rule.pattern, shortened):
            raise NamingError(
                f"NAME_PATTERN: {shortened!r} is not a valid name for {component};"
                f" it must match {rule.pattern}"
            )
        owner = self._owners.setdefault((component, shortened), name)
        if owner != name:
            raise NamingError(
                f"NAME_PATTERN: {self._pattern!r} gives {component} {owner!r} and {name!r} the same name"
                f" {shortened!r}; add {{name}} to the pattern"
            )
        if _ACCOUNT_DIGITS in full_name and _ACCOUNT_DIGITS not in shortened:
            raise NamingError(
                f"NAME_PATTERN: {self._pattern!r} is too long for {component}"
                f" ({rule.limit} characters); move {{account}} towards its beginning"
            )
        return shortened.replace(_ACCOUNT_DIGITS, self._account_id)


def _shorten(name: str, limit: int) -> str:
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: limit - _HASH_LENGTH - 1].rstrip('-')}-{digest}"
