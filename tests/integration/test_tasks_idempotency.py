"""Idempotency keys: a request that is sent repeatedly has one effect and one response."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyItemAlreadyExistsError,
    IdempotencyItemNotFoundError,
)

from tests.api_events import ApiClient, ApiResponse, FakeContext
from tests.integration.conftest import Resources
from tests.integration.task_api import assert_problem, create_task

KEY = {"Idempotency-Key": "key-1"}
BODY = {"title": "once"}


def tasks_in(api: ApiClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = api("GET", "/tasks").json["items"]
    return items


def records_in(resources: Resources) -> list[dict[str, Any]]:
    return list(resources.dynamodb.scan(TableName=resources.records)["Items"])


def test_second_response_replays_the_first(api: ApiClient, resources: Resources) -> None:
    first = api("POST", "/tasks", BODY, headers=KEY)
    task = first.json
    assert (first.status, "Idempotent-Replayed" in first.headers) == (201, False)
    assert api("PUT", f"/tasks/{task['id']}", {"title": "changed"}).status == 200
    again = api("POST", "/tasks", body='{"title":   "once"}', headers={"IDEMPOTENCY-KEY": "key-1"})
    assert (again.status, again.json) == (201, task)
    assert again.headers == {**first.headers, "Idempotent-Replayed": "true"}
    assert len(tasks_in(api)) == 1
    (record,) = records_in(resources)
    day = timedelta(hours=24).total_seconds()
    assert abs(float(record["expiration"]["N"]) - datetime.now(UTC).timestamp() - day) < 60


def test_key_with_another_body_is_422(api: ApiClient) -> None:
    api("POST", "/tasks", BODY, headers=KEY)
    assert_problem(api("POST", "/tasks", {"title": "twice"}, headers=KEY), 422)
    assert_problem(api("POST", "/tasks", {**BODY, "status": "open"}, headers=KEY), 422)
    assert len(tasks_in(api)) == 1


def test_keys_of_different_callers_are_different(api: ApiClient) -> None:
    responses = [api("POST", "/tasks", BODY, headers=KEY, caller=caller) for caller in ("a", "b", "")]
    assert len({response.json["id"] for response in responses}) == 3
    assert all("Idempotent-Replayed" not in response.headers for response in responses)


def test_requests_without_a_key_are_separate(api: ApiClient, resources: Resources) -> None:
    assert create_task(api)["id"] != create_task(api)["id"]
    assert records_in(resources) == []


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb", "a\x7f"])
def test_invalid_idempotency_key_is_rejected(api: ApiClient, resources: Resources, key: str) -> None:
    assert_problem(api("POST", "/tasks", BODY, headers={"Idempotency-Key": key}), 400)
    assert records_in(resources) == []


def test_longest_key_is_accepted(api: ApiClient) -> None:
    assert api("POST", "/tasks", BODY, headers={"Idempotency-Key": "~" * 255}).status == 201


def test_request_in_progress_is_409(api: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    table = api.modules["POST"].tasks
    create, inner = table.create, list[ApiResponse]()

    def meanwhile(task: object) -> object:
        context = FakeContext(remaining_ms=9_000)
        inner.append(api("POST", "/tasks", BODY, headers=KEY, context=context))
        inner.append(api("POST", "/tasks", {"title": "other"}, headers=KEY, context=context))
        return create(task)

    monkeypatch.setattr(table, "create", meanwhile)
    assert api("POST", "/tasks", BODY, headers=KEY).status == 201
    assert_problem(inner[0], 409)
    assert inner[0].headers["Retry-After"] == "1"
    assert_problem(inner[1], 422)
    assert len(tasks_in(api)) == 1


def test_failed_request_leaves_no_record(
    api: ApiClient, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_problem(api("POST", "/tasks", {"title": ""}, headers=KEY), 400, "title")
    with monkeypatch.context() as patch:
        patch.setattr(api.modules["POST"].tasks, "_name", "no-such-table")
        assert_problem(api("POST", "/tasks", BODY, headers=KEY), 500)
    assert records_in(resources) == []
    assert api("POST", "/tasks", {"title": "another"}, headers=KEY).status == 201


def test_task_is_found_if_the_function_dies_before_storing_the_response(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(**_: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(api.modules["POST"].idempotency._records, "_update_record", die)
        # No time remains, so that the record has expired when the next request is sent.
        assert_problem(api("POST", "/tasks", BODY, headers=KEY, context=FakeContext(remaining_ms=-1000)), 500)
    (task,) = tasks_in(api)
    response = api("POST", "/tasks", BODY, headers=KEY)
    assert (response.status, response.json) == (201, task)
    assert len(tasks_in(api)) == 1


def test_key_expires_after_a_day(api: ApiClient, resources: Resources) -> None:
    task = api("POST", "/tasks", BODY, headers=KEY).json
    (record,) = records_in(resources)
    past = datetime.now(UTC) - timedelta(hours=24, seconds=5)
    resources.dynamodb.put_item(
        TableName=resources.records, Item={**record, "expiration": {"N": str(int(past.timestamp()))}}
    )
    resources.dynamodb.update_item(
        TableName=resources.table,
        Key={"id": {"S": task["id"]}},
        UpdateExpression="SET created_at = :past",
        ExpressionAttributeValues={":past": {"S": past.isoformat()}},
    )
    later = api("POST", "/tasks", BODY, headers=KEY)
    assert later.status == 201
    assert later.json["id"] != task["id"]
    assert "Idempotent-Replayed" not in later.headers
    assert len(tasks_in(api)) == 2


def test_record_that_disappears_meanwhile_is_a_conflict(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = api.modules["POST"].idempotency._records
    api("POST", "/tasks", BODY, headers=KEY)

    def exists(**_: object) -> None:
        raise IdempotencyItemAlreadyExistsError

    def vanished(**_: object) -> None:
        raise IdempotencyItemNotFoundError

    monkeypatch.setattr(records, "_put_record", exists)
    monkeypatch.setattr(records, "_get_record", vanished)
    assert_problem(api("POST", "/tasks", BODY, headers=KEY), 409)
