"""Environment variables of the requests functions."""

import re
from dataclasses import dataclass
from typing import ClassVar

from handlers.common.environment import TEXT, ApiEnvironment, LoggingEnvironment, variable
from handlers.common.fields import Field, matches, one_of

STATE_MACHINE = Field(
    rules=(
        matches(
            re.compile(r"arn:[^:]+:states:[^:]+:[^:]+:stateMachine:[^:]+"),
            "Must be the ARN of a state machine.",
        ),
    ),
    required=True,
)
TYPE = Field(rules=(one_of("STANDARD", "EXPRESS"),), required=True)


@dataclass(frozen=True, kw_only=True)
class CompleteEnvironment(LoggingEnvironment):
    """The variables of both functions.

    Attributes:
        bucket_name: Name of the bucket of stored requests.
        table_name: Name of the table of requests; its hash key is `request_id`, a string.
        state_machine_arn: ARN of the state machine, without version or alias.
        state_machine_type: STANDARD or EXPRESS.
    """

    service: ClassVar[str] = "requests"
    bucket_name: str = variable(TEXT)
    table_name: str = variable(TEXT)
    state_machine_arn: str = variable(STATE_MACHINE)
    state_machine_type: str = variable(TYPE)


@dataclass(frozen=True, kw_only=True)
class ReceiveEnvironment(CompleteEnvironment, ApiEnvironment):
    """The variables of the function behind the API."""
