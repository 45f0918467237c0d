"""T4: a few concurrent clients (`make proof` has more), and that lost and repeated updates are detected."""

from collections.abc import Mapping
from typing import Any

import pytest

from assurance.loaded_stack import LoadedStack
from assurance.proof.figures import ProofError
from assurance.proof.load import (
    Api,
    Client,
    check_marks,
    conflicting_updates,
    repeated_creations,
)


@pytest.fixture(scope="module")
def api(unthrottled_stack: LoadedStack) -> Api:
    return Api.of(unthrottled_stack)


def test_no_update_is_lost(api: Api) -> None:
    outcome, accepted = conflicting_updates(api, clients=3, updates=6, tasks=1)
    assert accepted == 18
    assert outcome.statuses[412], "no updates conflicted"


def test_idempotency_key_creates_one_task(api: Api) -> None:
    assert repeated_creations(api, clients=3, keys=3).statuses[201] == 9


def test_error_response_fails_the_proof(api: Api) -> None:
    with pytest.raises(ProofError, match="GET /tasks/x returns 400"):
        Client(api, 0)("GET", "/tasks/x")
    unreachable = Api("https://127.0.0.1:1", {}, api.ca_bundle)
    with pytest.raises(ProofError, match="has no response"):
        Client(unreachable, 0)("GET", "/tasks")


@pytest.mark.parametrize(
    "task",
    [
        {"description": " 0-0", "version": 3},
        {"description": " 0-0 1-0 1-0", "version": 3},
        {"description": " 0-0 1-0 2-0", "version": 3},
        {"description": " 0-0 1-0", "version": 2},
    ],
)
def test_lost_and_repeated_updates_are_detected(task: Mapping[str, Any]) -> None:
    check_marks({"description": " 1-0 0-0", "version": 3}, {"0-0", "1-0"})
    with pytest.raises(ProofError, match="of 2 accepted updates"):
        check_marks(dict(task), {"0-0", "1-0"})
