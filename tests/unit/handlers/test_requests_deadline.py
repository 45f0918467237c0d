"""Time for another AWS call."""

import pytest

from handlers.common.clients import DEFAULT_CONFIG
from handlers.requests.deadline import CALL_MILLISECONDS, DeadlineError, require_remaining_time
from tests.api_events import FakeContext


def test_too_little_remaining_time_is_an_error() -> None:
    require_remaining_time(FakeContext(CALL_MILLISECONDS))
    with pytest.raises(DeadlineError):
        require_remaining_time(FakeContext(CALL_MILLISECONDS - 1))


def test_longest_call_fits_into_the_required_time() -> None:
    """Also after a change of the SDK's configuration. The first call must fit into the function's 10 s."""
    options = DEFAULT_CONFIG.__dict__
    attempts = options["retries"]["total_max_attempts"]
    pauses = sum(2.0**number for number in range(attempts - 1))
    longest = attempts * (options["connect_timeout"] + options["read_timeout"]) + pauses
    assert longest * 1000 < CALL_MILLISECONDS
    assert longest + attempts < 10  # each attempt may take another second until S3 requests the body
