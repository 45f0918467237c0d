"""T4: few at once, for seconds (`make proof` has more of them); and that what goes wrong would be seen."""

from collections.abc import Mapping
from typing import Any

import pytest

from assurance.proof.figures import ProofError
from assurance.proof.load import UNTHROTTLED, Api, Client, check_marks, conflicting_updates, one_task_a_key
from tests.e2e.conftest import LoadStack


@pytest.fixture(scope="module")
def api(load_stack: LoadStack) -> Api:
    stack = load_stack(ENVIRONMENT_SUFFIX="e2eload", WORKLOADS="tasks", **UNTHROTTLED)
    return Api.of(stack.server, stack.loaded)


def test_no_update_is_lost(api: Api) -> None:
    outcome, accepted = conflicting_updates(api, clients=3, updates=6, tasks=1)
    assert accepted == 18
    assert outcome.statuses[412], "no update met another"


def test_a_key_makes_one_task(api: Api) -> None:
    assert one_task_a_key(api, clients=3, keys=3).statuses[201] == 9


def test_an_error_is_no_answer_to_go_on_with(api: Api) -> None:
    with pytest.raises(ProofError, match="GET /tasks/x answers 400"):
        Client(api, 0)("GET", "/tasks/x")
    nobody = Api("https://127.0.0.1:1", {}, api.ca_bundle)
    with pytest.raises(ProofError, match="has no answer"):
        Client(nobody, 0)("GET", "/tasks")


@pytest.mark.parametrize(
    "task",
    [
        {"description": " 0-0", "version": 3},
        {"description": " 0-0 1-0 1-0", "version": 3},
        {"description": " 0-0 1-0 2-0", "version": 3},
        {"description": " 0-0 1-0", "version": 2},
    ],
)
def test_what_is_lost_or_doubled_is_seen(task: Mapping[str, Any]) -> None:
    check_marks({"description": " 1-0 0-0", "version": 3}, {"0-0", "1-0"})
    with pytest.raises(ProofError, match="of 2 accepted updates"):
        check_marks(dict(task), {"0-0", "1-0"})
