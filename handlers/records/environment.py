"""Environment variables of the records functions."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.common.environment import TEXT, LoggingEnvironment, variable


@dataclass(frozen=True, kw_only=True)
class Environment(LoggingEnvironment):
    """The variables of the writer and the reader.

    Attributes:
        dynamodb_table_name: Name of the table of records; its hash key is `id`, a string.
    """

    service: ClassVar[str] = "records"
    dynamodb_table_name: str = variable(TEXT)
