"""Read a function's environment variables into a validated, frozen dataclass.

Each field of the dataclass is the variable of the same name in upper case. So `dataclasses.fields` of a model
lists the variables that a function reads.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from os import environ
from typing import Any, ClassVar, TypeVar

from aws_lambda_powertools import Logger

from handlers.common.fields import Field, FieldsError, matches, not_blank, one_of, validate

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")

TEXT = Field(rules=(not_blank,), required=True)
LEVEL = Field(rules=(one_of(*LEVELS),), default="INFO")
ORIGIN = r"(\*|https?://[^\s,/*]+)"
ORIGIN_LIST = Field(
    rules=(
        matches(
            re.compile(f"none|{ORIGIN}(,{ORIGIN})*"),
            "Must be *, none, or a comma-separated list of origins such as https://example.com.",
        ),
    ),
    default="*",
    convert=lambda value: () if value == "none" else tuple(value.split(",")),
)


def variable(rule: Field) -> Any:  # noqa: ANN401 - stands for a value of any type, as dataclasses.field does
    """Declare a dataclass field that `load` reads from the environment and validates by `rule`."""
    return field(metadata={"rule": rule})


@dataclass(frozen=True, kw_only=True)
class LoggingEnvironment:
    """The variables of every function.

    Attributes:
        service: Workload, which stands in each log line. Set by the model, not a variable.
        log_level: One of `LEVELS`; INFO by default.
    """

    service: ClassVar[str]
    log_level: str = variable(LEVEL)

    @property
    def level(self) -> str:
        """Effective log level."""
        return self.log_level

    def logger(self) -> Logger:
        """Return the workload's logger: one JSON object per line, times in UTC."""
        return Logger(service=self.service, level=self.level, utc=True, use_rfc3339=True)


@dataclass(frozen=True, kw_only=True)
class ApiEnvironment(LoggingEnvironment):
    """The variables of every function behind an API.

    Attributes:
        cors_origins: Origins that browsers may call the API from, comma-separated in the variable;
            `*` (all) by default. `none` stands for no origin.
    """

    cors_origins: tuple[str, ...] = variable(ORIGIN_LIST)


Model = TypeVar("Model", bound=LoggingEnvironment)


def load(model: type[Model], environment: Mapping[str, str] = environ) -> Model:
    """Return environment variables as an instance of `model`.

    Args:
        model: Dataclass whose fields are declared by `variable`.
        environment: The variables; by default, those of the process.

    Raises:
        ValueError: Variables are missing or invalid. The message names each of them and its rule.
    """
    rules = {model_field.name.upper(): model_field.metadata["rule"] for model_field in fields(model)}
    present = {name: environment[name] for name in rules if name in environment}
    try:
        values = validate(rules, present)
    except FieldsError as error:
        raise ValueError(f"invalid environment: {error}") from None
    return model(**{name.lower(): value for name, value in values.items()})
