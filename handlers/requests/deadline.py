"""Do not start an AWS call that may not end before the function's timeout.

Two to five calls are made in a row. Each is bounded by `clients.DEFAULT_CONFIG`, but if each took its longest
time, they would exceed the 10 s of the function behind the API.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# 5 s for the longest call, and 0.5 s to respond. Storing an object can take 7 s (in each of two attempts, S3
# may take another second to request the body), but that is the first call.
CALL_MILLISECONDS = 5_500


class DeadlineError(Exception):
    """Too little time remains for another call."""


def require_remaining_time(context: "LambdaContext") -> None:
    """Check that enough time remains for another AWS call.

    Raises:
        DeadlineError: Less than `CALL_MILLISECONDS` remain.
    """
    if context.get_remaining_time_in_millis() < CALL_MILLISECONDS:
        raise DeadlineError
