"""Environment variables of the files functions."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.common.environment import TEXT, ApiEnvironment, LoggingEnvironment, variable
from handlers.common.fields import Field


@dataclass(frozen=True, kw_only=True)
class Environment(LoggingEnvironment):
    """The variables of every function.

    Attributes:
        bucket_name: Name of the bucket of files.
        table_name: Name of the table of files; its hash key is `id`, a string.
    """

    service: ClassVar[str] = "files"
    bucket_name: str = variable(TEXT)
    table_name: str = variable(TEXT)


@dataclass(frozen=True, kw_only=True)
class RestEnvironment(Environment, ApiEnvironment):
    """The variables of the API."""


@dataclass(frozen=True, kw_only=True)
class TextEnvironment(Environment):
    """The variables of the functions for documents and data.

    Attributes:
        summary_model: ARN of the model that writes summaries (F5); "" (no summaries) by default.
    """

    summary_model: str = variable(Field(default=""))
