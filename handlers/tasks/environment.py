"""Environment variables of the task API's functions."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.common.environment import TEXT, ApiEnvironment, variable
from handlers.common.fields import Field, one_of

SWITCH = Field(rules=(one_of("true", "false"),), default="false", convert=lambda value: value == "true")


@dataclass(frozen=True, kw_only=True)
class Environment(ApiEnvironment):
    """The variables of every function of the task API.

    Attributes:
        dynamodb_table: Name of the table of tasks.
        region: Region of the table and the key.
        debug_enabled: Whether to log at DEBUG in place of `log_level`; off by default.
    """

    service: ClassVar[str] = "tasks"
    dynamodb_table: str = variable(TEXT)
    region: str = variable(TEXT)
    debug_enabled: bool = variable(SWITCH)

    @property
    def level(self) -> str:
        """Effective log level."""
        return "DEBUG" if self.debug_enabled else self.log_level


@dataclass(frozen=True, kw_only=True)
class ReadEnvironment(Environment):
    """The variables of GET.

    Attributes:
        cursor_key_arn: ARN of the KMS key that signs cursors.
    """

    cursor_key_arn: str = variable(TEXT)


@dataclass(frozen=True, kw_only=True)
class CreateEnvironment(Environment):
    """The variables of POST.

    Attributes:
        idempotency_table: Name of the table of idempotency records.
    """

    idempotency_table: str = variable(TEXT)


@dataclass(frozen=True, kw_only=True)
class ChangeEnvironment(Environment):
    """The variables of PUT and DELETE.

    Attributes:
        require_if_match: Whether requests must have `If-Match`; off by default.
    """

    require_if_match: bool = variable(SWITCH)
