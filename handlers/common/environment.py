"""Read a function's environment into a validated, frozen dataclass.

Each field of the dataclass is one variable of the same name in capitals, so that
`dataclasses.fields` of a model is the list of variables that a function reads.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from os import environ
from typing import Any, ClassVar, TypeVar

from aws_lambda_powertools import Logger

from handlers.common.fields import Field, FieldsError, like, not_blank, one_of, validate

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

TEXT = Field(rules=(not_blank,), required=True)
LEVEL = Field(rules=(one_of(*LEVELS),), default="INFO")
ORIGIN = r"(\*|https?://[^\s,/*]+)"
ORIGIN_LIST = Field(
    rules=(
        like(
            re.compile(f"{ORIGIN}(,{ORIGIN})*"),
            "Not * or origins such as https://example.com, with commas between.",
        ),
    ),
    default="*",
    convert=lambda value: tuple(value.split(",")),
)


def variable(rule: Field) -> Any:  # noqa: ANN401 - stands for a value of whatever type, as dataclasses.field does
    """Declare a dataclass field that `load` fills by `rule`."""
    return field(metadata={"rule": rule})


@dataclass(frozen=True, kw_only=True)
class LoggingEnvironment:
    """What every function reads.

    Attributes:
        service: What its log lines are from: the workload. No variable, but the model's.
        log_level: One of `LEVELS`; INFO by default.
    """

    service: ClassVar[str]
    log_level: str = variable(LEVEL)

    @property
    def level(self) -> str:
        """The level to log at."""
        return self.log_level

    def logger(self) -> Logger:
        """Return the workload's logger: one JSON object a line, times in UTC."""
        return Logger(service=self.service, level=self.level, utc=True, use_rfc3339=True)


@dataclass(frozen=True, kw_only=True)
class ApiEnvironment(LoggingEnvironment):
    """What every function behind an API reads.

    Attributes:
        cors_origins: Origins that a browser may call from, separated by commas in the variable; `*`,
            all, by default.
    """

    cors_origins: tuple[str, ...] = variable(ORIGIN_LIST)


Model = TypeVar("Model", bound=LoggingEnvironment)


def load(model: type[Model], environment: Mapping[str, str] = environ) -> Model:
    """Return `environment`, by default the process's, as `model`.

    Raises:
        ValueError: Names every variable that is missing or wrong, and what was expected of it.
    """
    rules = {each.name.upper(): each.metadata["rule"] for each in fields(model)}
    present = {name: environment[name] for name in rules if name in environment}
    try:
        values = validate(rules, present)
    except FieldsError as error:
        raise ValueError(f"wrong environment: {error}") from None
    return model(**{name.lower(): value for name, value in values.items()})
