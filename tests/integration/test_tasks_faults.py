"""Faults of the task API's AWS calls: no write is lost or repeated, and the client gets the right status.

Every fault is injected into every call of every request. Then the client sends the request again, as clients
do that receive no response or a 5xx.
"""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import pytest

from handlers.common import clients
from handlers.common.clients import Client as AwsClient
from tests.api_events import ApiClient, ApiResponse
from tests.integration.conftest import REGION, MakeApi, Resources
from tests.integration.fault_injection import (
    ALWAYS,
    ERROR,
    INJECTIONS,
    KILLS,
    LOST_RESPONSE,
    FunctionKilled,
    Injection,
    inject,
    longest_duration,
    reset_clients,
)
from tests.integration.task_api import assert_problem, create_task

TIMEOUT_SECONDS = 10  # of the functions (T1)
INTERNALS = re.compile("(?i)dynamo|kms|arn:|amazon|aws|injected fault|traceback|tasks-|records-")
KEY = {"Idempotency-Key": "k"}
FIRST_VERSION = {"If-Match": '"1"'}
STATUS_WHEN_REPEATED = {"put-if-match": 412, "delete": 404, "delete-if-match": 404}
"""Status of the second request if the first one took effect although it failed."""
State = dict[str, dict[str, Any]]
"""The items in the table of tasks, by id."""


@dataclass(frozen=True)
class Request:
    """A request to the task API, on a table with two tasks.

    Attributes:
        method: HTTP method, which determines the function.
        status: Status of the response without a fault.
        calls: Its AWS calls in order: operation and, for DynamoDB, the field of `Resources` with the table.
        write: The one of `calls` that changes a task; "" if none does.
        path: Path; `{id}` stands for the first task's id, `{cursor}` for the cursor of the second page.
        headers: Headers.
    """

    method: str
    status: int
    calls: tuple[str, ...]
    write: str = ""
    path: str = "/tasks/{id}"
    headers: Mapping[str, str] = field(default_factory=dict)


REQUESTS = {
    "get": Request("GET", 200, ("GetItem table",)),
    "list": Request("GET", 200, ("Scan table", "GenerateMac"), path="/tasks?limit=1"),
    "next-page": Request("GET", 200, ("VerifyMac", "Scan table"), path="/tasks?limit=1&cursor={cursor}"),
    "post": Request("POST", 201, ("PutItem table",), "PutItem table", "/tasks"),
    "post-key": Request(
        "POST",
        201,
        ("PutItem records", "PutItem table", "UpdateItem records"),
        "PutItem table",
        "/tasks",
        KEY,
    ),
    "put": Request("PUT", 200, ("UpdateItem table",), "UpdateItem table"),
    "put-if-match": Request("PUT", 200, ("UpdateItem table",), "UpdateItem table", headers=FIRST_VERSION),
    "delete": Request("DELETE", 204, ("DeleteItem table",), "DeleteItem table"),
    "delete-if-match": Request(
        "DELETE", 204, ("DeleteItem table",), "DeleteItem table", headers=FIRST_VERSION
    ),
}


class FaultCase(NamedTuple):
    """A fault of one call of a request."""

    request_name: str
    call: str
    injection: Injection

    @property
    def request(self) -> Request:
        return REQUESTS[self.request_name]

    @property
    def expected_effects(self) -> int:
        """How many times the request must take effect: 0 or 1."""
        request = self.request
        if not request.write:
            return 0
        written = self.call == request.write and self.injection.fault.reaches_aws
        if self.injection.recovered_by_retry or written:
            return 1
        return int(request.calls.index(self.call) > request.calls.index(request.write))

    def __str__(self) -> str:
        return f"{self.request_name}-{self.call.replace(' ', '-')}-{self.injection}"


CASES = [
    FaultCase(name, call, injection)
    for name, request in REQUESTS.items()
    for call in request.calls
    for injection in INJECTIONS
]


@dataclass
class Scenario:
    """The API with two tasks, and its tables.

    Attributes:
        api: Client of the API.
        resources: Its tables and key.
        first: The first task.
        cursor: Cursor of the second page, at one task per page.
    """

    api: ApiClient
    resources: Resources
    first: dict[str, Any]
    cursor: str

    def state(self) -> State:
        items = self.resources.dynamodb.scan(TableName=self.resources.table, ConsistentRead=True)["Items"]
        return {item["id"]["S"]: dict(item) for item in items}

    def send(self, request: Request) -> ApiResponse:
        url = request.path.format(id=self.first["id"], cursor=self.cursor)
        body = {"title": "new"} if request.method in ("POST", "PUT") else None
        return self.api(request.method, url, body, headers=request.headers)

    def send_with_fault(
        self, request: Request, call: str, injection: Injection
    ) -> tuple[ApiResponse | None, float]:
        """Send a request with a fault of one call.

        Returns:
            The response, None if the function is killed; and the most seconds that the call can take.
        """
        operation, _, table = call.partition(" ")
        client: AwsClient = clients.dynamodb(REGION) if table else clients.kms(REGION)
        body_contains: str = getattr(self.resources, table) if table else ""
        response = None
        killed: AbstractContextManager[object] = (
            pytest.raises(FunctionKilled) if injection.fault in KILLS else nullcontext()
        )
        fault, times = injection
        with inject(fault, client, operation, times, body_contains=body_contains) as urls, killed:
            response = self.send(request)
        return response, longest_duration(client, fault, len(urls))

    def effects(self, request: Request, before: State) -> int:
        """Return how many times a request took effect since `before`; nothing else may have changed."""
        after, first = self.state(), self.first["id"]
        unaffected = {
            task_id: item for task_id, item in before.items() if task_id != first or request.method == "POST"
        }
        assert unaffected.items() <= after.items(), "a task is lost"
        match request.method:
            case "POST":
                return len(after) - len(before)
            case "PUT":
                return int(after[first]["version"]["N"]) - int(before[first]["version"]["N"])
            case "DELETE":
                return len(before) - len(after)
        assert after == before
        return 0

    def records_in_progress(self) -> list[dict[str, Any]]:
        """Return the idempotency records of requests in progress."""
        items = self.resources.dynamodb.scan(TableName=self.resources.records)["Items"]
        return [dict(item) for item in items if item["status"] == {"S": "INPROGRESS"}]

    def expire(self, records: list[dict[str, Any]]) -> None:
        """Make idempotency records look as if the timeout of their function had passed."""
        for record in records:
            expired = {**record, "in_progress_expiration": {"N": "0"}}
            self.resources.dynamodb.put_item(TableName=self.resources.records, Item=expired)


@pytest.fixture
def scenario(make_api: MakeApi, resources: Resources, monkeypatch: pytest.MonkeyPatch) -> Scenario:
    reset_clients(monkeypatch)
    api = make_api()
    first = create_task(api)
    create_task(api)
    return Scenario(api, resources, first, api("GET", "/tasks?limit=1").json["next_cursor"])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_no_fault_loses_or_repeats_a_write(scenario: Scenario, case: FaultCase) -> None:
    before = scenario.state()
    response, seconds = scenario.send_with_fault(case.request, case.call, case.injection)
    assert scenario.effects(case.request, before) == case.expected_effects, "lost or repeated"
    assert seconds < TIMEOUT_SECONDS
    if case.injection.recovered_by_retry:
        assert response
        assert_matches_table(scenario, case.request, response)
    elif response:
        assert_problem(response, 500)
        assert not INTERNALS.search(response.json["detail"])
    assert_can_be_sent_again(scenario, case, before)


def assert_matches_table(scenario: Scenario, request: Request, response: ApiResponse) -> None:
    """Assert that a successful response has the right form and the content of the table."""
    assert response.status == request.status
    state = scenario.state()
    if request.method == "DELETE":
        assert (response.body, scenario.first["id"] in state) == ("", False)
        return
    if "items" in response.json:
        (task,) = response.json["items"]
        assert (response.json["next_cursor"] is None) == ("cursor=" in request.path)
    else:
        task = response.json
        assert response.headers["ETag"] == f'"{task["version"]}"'
    assert "Idempotent-Replayed" not in response.headers
    stored = {name: next(iter(value.values())) for name, value in state[task["id"]].items()}
    expected = {name: stored[name] for name in task}
    assert {**task, "version": str(task["version"]), "due_at": True} == expected


def assert_can_be_sent_again(scenario: Scenario, case: FaultCase, before: State) -> None:
    """Assert the outcome of sending the request again: with a key or If-Match, it takes effect once."""
    request = case.request
    if pending := scenario.records_in_progress():
        assert_problem(scenario.send(request), 409)
        scenario.expire(pending)
    second = scenario.send(request)
    if case.expected_effects and case.request_name in STATUS_WHEN_REPEATED:
        assert_problem(second, STATUS_WHEN_REPEATED[case.request_name])
    else:
        assert second.status == request.status
    unconditional = case.request_name in ("post", "put")
    expected = case.expected_effects + 1 if unconditional else int(bool(request.write))
    assert scenario.effects(request, before) == expected, "lost or repeated when sent again"


@pytest.mark.parametrize("injection", INJECTIONS, ids=str)
def test_no_fault_repeats_a_replayed_write(scenario: Scenario, injection: Injection) -> None:
    request, before = REQUESTS["post-key"], scenario.state()
    first = scenario.send(request)
    response, _ = scenario.send_with_fault(request, "PutItem records", injection)
    if injection.recovered_by_retry:
        assert response
        assert (response.status, response.json) == (201, first.json)
        assert response.headers["Idempotent-Replayed"] == "true"
    elif response:
        assert_problem(response, 500)
    assert scenario.send(request).json == first.json
    assert scenario.effects(request, before) == 1


@pytest.mark.parametrize("injection", INJECTIONS, ids=str)
def test_failed_request_can_be_sent_again_although_its_record_is_not_removed(
    scenario: Scenario, injection: Injection
) -> None:
    request, before = REQUESTS["post-key"], scenario.state()
    table, dynamodb = scenario.resources.table, clients.dynamodb(REGION)
    with inject(ERROR, dynamodb, "PutItem", ALWAYS, body_contains=table, arranges=True):
        response, seconds = scenario.send_with_fault(request, "DeleteItem records", injection)
    assert seconds + longest_duration(dynamodb, ERROR, 2) < TIMEOUT_SECONDS
    if response:
        assert_problem(response, 500)
    assert scenario.effects(request, before) == 0
    case = FaultCase("post-key", "PutItem records", Injection(ERROR, ALWAYS))
    assert_can_be_sent_again(scenario, case, before)


@pytest.mark.parametrize("call", REQUESTS["post-key"].calls)
def test_request_with_a_lost_response_does_not_conflict_with_itself(scenario: Scenario, call: str) -> None:
    """Not even before the function's timeout, while its idempotency record rejects other requests."""
    request = REQUESTS["post-key"]
    first, _ = scenario.send_with_fault(request, call, Injection(LOST_RESPONSE, 1))
    assert first
    assert first.status == 201
    second = scenario.send(request)
    assert (second.json, second.headers["Idempotent-Replayed"]) == (first.json, "true")


@pytest.mark.parametrize("name", ["put-if-match", "delete-if-match"])
def test_lost_response_does_not_hide_a_failed_precondition(scenario: Scenario, name: str) -> None:
    request = replace(REQUESTS[name], headers={"If-Match": '"7"'})
    before = scenario.state()
    response, _ = scenario.send_with_fault(request, request.write, Injection(LOST_RESPONSE, 1))
    assert response
    assert_problem(response, 412)
    assert scenario.effects(request, before) == 0
