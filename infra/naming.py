"""Names of resources (requirement P4)."""

import hashlib
import re
import string
from dataclasses import dataclass
from typing import Self

from infra.settings import Settings

LIMITS = {
    "apigateway": 255,
    "dynamodb": 255,
    "ec2": 255,
    "iam": 64,
    "kms": 250,
    "lambda": 64,
    "layer": 64,
    "logs": 400,
    "cloudwatch": 255,
    "s3": 63,
    "sns": 256,
    "ssm": 900,
}
"""The longest name that each service takes, by the component it stands for in a name."""

FIELDS = ("project", "suffix", "component", "name", "environment", "company", "account")

_ACCOUNT_DIGITS = "\0" * 12  # stands for the account id while lengths are counted
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
        bucket = _fit("-".join([*parts[:2], "terraform-state", *parts[2:]]), LIMITS["s3"])
        return cls(
            bucket=settings.state_bucket or bucket,
            key=settings.state_key or "/".join([*parts, "terraform.tfstate"]),
            region=settings.state_region or settings.aws_region,
        )


class NamingError(Exception):
    """A name collides with another, or the pattern cannot be used."""


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
            "company": settings.company,
            "account": _ACCOUNT_DIGITS,
        }
        self._account_id = account_id
        self._owners: dict[tuple[str, str], str] = {}
        used = {field for _, field, _, _ in string.Formatter().parse(self._pattern) if field is not None}
        unknown = used - set(FIELDS)
        if unknown:
            raise NamingError(
                f"NAME_PATTERN: {self._pattern!r} names {', '.join(sorted(unknown))!r};"
                f" its fields are {', '.join(FIELDS)}"
            )

    def of(self, component: str, name: str) -> str:
        """The name of ``name`` as a resource of ``component``, a key of ``LIMITS``.

        Raises:
            NamingError: when another name came out equal, or the service refuses its characters.
        """
        whole = self._pattern.format(component=component, name=name, **self._fields)
        fitted = _fit(whole, LIMITS[component])
        if component == "s3" and not re.fullmatch(r"[a-z0-9][a-z0-9.\0-]*[a-z0-9\0]", fitted):
            raise NamingError(
                f"NAME_PATTERN: {self._shown(fitted)!r} is no bucket name: use a-z, 0-9, . and -"
            )
        if not re.fullmatch(r"[\w.\0-]+", fitted):
            raise NamingError(
                f"NAME_PATTERN: {self._shown(fitted)!r} has characters that AWS refuses in names"
            )
        owner = self._owners.setdefault((component, fitted), name)
        if owner != name:
            raise NamingError(
                f"NAME_PATTERN: {self._pattern!r} gives {component} {owner!r} and {name!r} the same name"
                f" {self._shown(fitted)!r}; add {{name}}"
            )
        if _ACCOUNT_DIGITS in whole and _ACCOUNT_DIGITS not in fitted:
            raise NamingError(
                f"NAME_PATTERN: {self._pattern!r} is too long for {component}"
                f" ({LIMITS[component]} characters); put {{account}} nearer to its beginning"
            )
        return fitted.replace(_ACCOUNT_DIGITS, self._account_id)

    def _shown(self, name: str) -> str:
        return name.replace(_ACCOUNT_DIGITS, "{account}")


def _fit(name: str, limit: int) -> str:
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_HASH_LENGTH]
    return f"{name[: limit - _HASH_LENGTH - 1].rstrip('-')}-{digest}"
