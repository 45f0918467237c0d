"""A small run of the proof of malformed input (`make proof` runs all of it), and what it would find."""

import pytest

from assurance.loaded_stack import LoadedStack
from assurance.proof.calls import Calls
from assurance.proof.figures import ProofError
from assurance.proof.secrecy import Secrecy
from assurance.proof.tally import Tally


@pytest.mark.no_cover  # which takes most of the time
def test_responses_to_generated_calls_conform_to_the_document(unthrottled_stack: LoadedStack) -> None:
    tally, secrecy = Tally(), Secrecy(unthrottled_stack)
    calls = Calls(unthrottled_stack, tally, secrecy)
    for operation in calls.operations:
        calls.send_valid(operation)
        calls.send_generated(operation, 4)
    tally.check()
    assert tally.total() == 5 * len(calls.operations)
    lines, leaks = secrecy.leaks_in_logs()
    assert lines
    assert not leaks


def test_leaks_in_responses_are_found(unthrottled_stack: LoadedStack) -> None:
    secrecy = Secrecy(unthrottled_stack)
    table = unthrottled_stack.loaded.outputs["dynamodb-table-name"]
    assert secrecy.leaks_in_response("", f'{{"detail": "{unthrottled_stack.api_key}"}}') == ["a secret"]
    assert secrecy.leaks_in_response(f"X-Table: {table}", "") == [table]
    assert secrecy.leaks_in_response("", "Traceback (most recent call last)") == ["Traceback"]
    assert secrecy.leaks_in_response("", '{"detail": "arn:aws:s3:::bucket"}') == ["arn:aws"]
    assert secrecy.leaks_in_response("", '{"execution_arn": "arn:aws:states"}') == []


def test_failures_and_missing_successes_fail_the_proof() -> None:
    tally = Tally()
    tally.add("API of tasks", "GET /tasks", "4xx")
    with pytest.raises(ProofError, match="these never succeeded: API of tasks GET /tasks"):
        tally.check()
    tally.failures.append("a server error")
    with pytest.raises(ProofError, match="1 of 1 cases of malformed input failed"):
        tally.check()
