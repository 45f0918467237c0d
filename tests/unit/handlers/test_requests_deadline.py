import pytest

from handlers.common.clients import CONFIG
from handlers.requests.deadline import CALL_MILLISECONDS, LateError, leave_time
from tests.events import Context


def test_there_is_time_for_a_call_or_not() -> None:
    leave_time(Context(CALL_MILLISECONDS))
    with pytest.raises(LateError):
        leave_time(Context(CALL_MILLISECONDS - 1))


def test_a_call_that_is_begun_ends_in_time() -> None:
    """However the SDK's settings are changed; the first one within the 10 s of the function."""
    options = CONFIG.__dict__
    attempts = options["retries"]["total_max_attempts"]
    pauses = sum(2.0**each for each in range(attempts - 1))
    longest = attempts * (options["connect_timeout"] + options["read_timeout"]) + pauses
    assert longest * 1000 < CALL_MILLISECONDS
    assert longest + attempts < 10  # with a second more in each attempt, for S3 to say that it wants the body
