"""Environment variables of the upload processor."""

from dataclasses import dataclass
from typing import ClassVar

from handlers.common.environment import TEXT, LoggingEnvironment, variable


@dataclass(frozen=True, kw_only=True)
class Environment(LoggingEnvironment):
    """The variables of the processor.

    Attributes:
        secret_arn: ARN of the secret with a username and a password.
        bucket_name: The bucket of the uploads.
    """

    service: ClassVar[str] = "uploads"
    secret_arn: str = variable(TEXT)
    bucket_name: str = variable(TEXT)
