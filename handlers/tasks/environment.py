"""What the functions of the task API read from their environment."""

import re
from dataclasses import dataclass
from typing import ClassVar

from handlers.common.environment import TEXT, LoggingEnvironment, variable
from handlers.common.fields import Field, like, one_of

ORIGIN = r"(\*|https?://[^\s,/*]+)"
ORIGINS = re.compile(f"{ORIGIN}(,{ORIGIN})*")

SWITCH = Field(rules=(one_of("true", "false"),), default="false", convert=lambda value: value == "true")
ORIGIN_LIST = Field(
    rules=(like(ORIGINS, "Not * or origins such as https://example.com, with commas between."),),
    default="*",
    convert=lambda value: tuple(value.split(",")),
)


@dataclass(frozen=True, kw_only=True)
class Environment(LoggingEnvironment):
    """What every function of the task API reads.

    Attributes:
        dynamodb_table: Name of the table of tasks.
        region: Of the table and the key.
        debug_enabled: Logs at DEBUG whatever `log_level` says; off by default.
        cors_origins: Origins that a browser may call from, separated by commas in the variable; `*`,
            all, by default.
    """

    service: ClassVar[str] = "tasks"
    dynamodb_table: str = variable(TEXT)
    region: str = variable(TEXT)
    debug_enabled: bool = variable(SWITCH)
    cors_origins: tuple[str, ...] = variable(ORIGIN_LIST)

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
