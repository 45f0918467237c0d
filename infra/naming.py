"""Names of resources (requirement P4)."""

import hashlib
import re
import string

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
        if 0 < fitted.count("\0") < len(_ACCOUNT_DIGITS):
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
