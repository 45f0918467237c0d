"""What the functions of files read from their environment."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.common.environment import TEXT, ApiEnvironment, LoggingEnvironment, variable
from handlers.common.fields import Field


@dataclass(frozen=True, kw_only=True)
class Environment(LoggingEnvironment):
    """What every function reads.

    Attributes:
        bucket_name: The bucket of the files.
        table_name: Name of the table of files; its hash key is `id`, a string.
    """

    service: ClassVar[str] = "files"
    bucket_name: str = variable(TEXT)
    table_name: str = variable(TEXT)


@dataclass(frozen=True, kw_only=True)
class RestEnvironment(Environment, ApiEnvironment):
    """What the API reads."""


@dataclass(frozen=True, kw_only=True)
class TextEnvironment(Environment):
    """Documents and data: also the ARN of the model that sums up (F5); "", none, by default."""

    summary_model: str = variable(Field(default=""))
