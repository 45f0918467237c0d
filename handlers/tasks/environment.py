"""What the functions of the task API read from their environment."""

import re
from dataclasses import dataclass
from os import environ
from typing import TypeVar

from aws_lambda_powertools import Logger

from handlers.common import environment
from handlers.common.environment import variable
from handlers.common.fields import Field, like, not_blank, one_of

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
ORIGIN = r"(\*|https?://[^\s,/*]+)"
ORIGINS = re.compile(f"{ORIGIN}(,{ORIGIN})*")

TEXT = Field(rules=(not_blank,), required=True)
LEVEL = Field(rules=(one_of(*LEVELS),), default="INFO")
SWITCH = Field(rules=(one_of("true", "false"),), default="false", convert=lambda value: value == "true")
ORIGIN_LIST = Field(
    rules=(like(ORIGINS, "Not * or origins such as https://example.com, with commas between."),),
    default="*",
    convert=lambda value: tuple(value.split(",")),
)


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What every function of the task API reads.

    Attributes:
        dynamodb_table: Name of the table of tasks.
        region: Of the table and the key.
        log_level: One of `LEVELS`; INFO by default.
        debug_enabled: Logs at DEBUG whatever `log_level` says; off by default.
        cors_origins: Origins that a browser may call from, separated by commas in the variable; `*`,
            all, by default.
    """

    dynamodb_table: str = variable(TEXT)
    region: str = variable(TEXT)
    log_level: str = variable(LEVEL)
    debug_enabled: bool = variable(SWITCH)
    cors_origins: tuple[str, ...] = variable(ORIGIN_LIST)

    @property
    def level(self) -> str:
        """The level to log at."""
        return "DEBUG" if self.debug_enabled else self.log_level

    def logger(self) -> Logger:
        """Return the logger of the task API: one JSON object a line, times in UTC."""
        return Logger(service="tasks", level=self.level, utc=True, use_rfc3339=True)


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


AnyEnvironment = TypeVar("AnyEnvironment", bound=Environment)


def load(model: type[AnyEnvironment]) -> AnyEnvironment:
    """Return the process's environment as `model`; ValueError names what is wrong in it."""
    return environment.load(model, environ)
