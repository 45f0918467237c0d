"""What the functions of the task API read from their environment."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.common.environment import TEXT, ApiEnvironment, variable
from handlers.common.fields import Field, one_of

SWITCH = Field(rules=(one_of("true", "false"),), default="false", convert=lambda value: value == "true")


@dataclass(frozen=True, kw_only=True)
class Environment(ApiEnvironment):
    """What every function of the task API reads.

    Attributes:
        dynamodb_table: Name of the table of tasks.
        region: Of the table and the key.
        debug_enabled: Logs at DEBUG whatever `log_level` says; off by default.
    """

    service: ClassVar[str] = "tasks"
    dynamodb_table: str = variable(TEXT)
    region: str = variable(TEXT)
    debug_enabled: bool = variable(SWITCH)

    @property
    def level(self) -> str:
        """The level to log at."""
        return "DEBUG" if self.debug_enabled else self.log_level


@dataclass(frozen=True, kw_only=True)
class ReadEnvironment(Environment):
    """GET: also the ARN of the key that signs cursors."""

    cursor_key_arn: str = variable(TEXT)


@dataclass(frozen=True, kw_only=True)
class CreateEnvironment(Environment):
    """POST: also the name of the table of idempotency records."""

    idempotency_table: str = variable(TEXT)


@dataclass(frozen=True, kw_only=True)
class ChangeEnvironment(Environment):
    """PUT and DELETE: also whether a request has to carry `If-Match`; it need not by default."""

    require_if_match: bool = variable(SWITCH)
