"""No call is begun that the function might not live to see the end of.

Two to five calls are made in a row, each bounded by `clients.DEFAULT_CONFIG`; but were each of them as slow
as it may be, they would take longer than the 10 s of the function behind the API.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# 5 s, the longest call, and half a second to answer in. To store an object can take 7 s (in each of two
# attempts, S3 is given another second to say that it wants the body); but that is the first call.
CALL_MILLISECONDS = 5_500


class DeadlineError(Exception):
    """Too little time is left for another call."""


def require_remaining_time(context: "LambdaContext") -> None:
    """Return when there is time enough for one more call of AWS.

    Raises:
        DeadlineError: There is not.
    """
    if context.get_remaining_time_in_millis() < CALL_MILLISECONDS:
        raise DeadlineError
