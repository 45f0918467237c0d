"""A small run of the proof of bad input (`make proof` has the whole), and what it would find."""

import pytest

from assurance.loaded_stack import LoadedStack
from assurance.proof.calls import Calls
from assurance.proof.deliveries import deliveries
from assurance.proof.figures import ProofError
from assurance.proof.inputs import UNTHROTTLED
from assurance.proof.secrecy import Secrecy
from assurance.proof.tally import Tally
from tests.e2e.conftest import LoadStack


@pytest.fixture(scope="module")
def unthrottled(load_stack: LoadStack) -> LoadedStack:
    return load_stack(ENVIRONMENT_SUFFIX="e2einput", **UNTHROTTLED)


def test_generated_calls_get_the_answers_of_the_document(unthrottled: LoadedStack) -> None:
    tally, secrecy = Tally(), Secrecy(unthrottled)
    calls = Calls(unthrottled, tally, secrecy)
    for operation in calls.operations:
        calls.agree(operation)
        calls.generate(operation, 8)
    tally.check()
    assert tally.total() == 9 * len(calls.operations)
    lines, leaks = secrecy.in_logs()
    assert lines
    assert not leaks


def test_generated_events_are_handled(unthrottled: LoadedStack) -> None:
    tally = Tally()
    with deliveries(unthrottled.server, tally) as handlers:
        for name in handlers.names:
            handlers.generate(name, 15)
    tally.check()
    assert [figure.name for figure in tally.figures()] == list(handlers.names)


def test_what_may_not_be_in_an_answer_is_found(unthrottled: LoadedStack) -> None:
    secrecy = Secrecy(unthrottled)
    table = unthrottled.loaded.outputs["dynamodb-table-name"]
    assert secrecy.in_answer("", f'{{"detail": "{unthrottled.api_key}"}}') == ["a secret"]
    assert secrecy.in_answer(f"X-Table: {table}", "") == [table]
    assert secrecy.in_answer("", "Traceback (most recent call last)") == ["Traceback"]
    assert secrecy.in_answer("", '{"detail": "arn:aws:s3:::bucket"}') == ["arn:aws"]
    assert secrecy.in_answer("", '{"execution_arn": "arn:aws:states"}') == []


def test_a_server_error_or_a_success_that_is_never_reached_fails_the_proof() -> None:
    tally = Tally()
    tally.add("API of tasks", "GET /tasks", "4xx")
    with pytest.raises(ProofError, match="no success was reached of API of tasks GET /tasks"):
        tally.check()
    tally.wrong.append("a server error")
    with pytest.raises(ProofError, match="1 of 1 cases of bad input went wrong"):
        tally.check()
