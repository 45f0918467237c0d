"""Whatever happens to a call of the task API: no write is lost, none doubled, and the client is told right.

Each request, at each of its calls, is struck by everything that can happen there; then the client sends it
again, as one does who has no answer or a 5xx.
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
INTERNAL = re.compile("(?i)dynamo|kms|arn:|amazon|aws|made by a test|traceback|tasks-|records-")
KEY = {"Idempotency-Key": "k"}
FIRST_VERSION = {"If-Match": '"1"'}
DONE_BEFORE = {"put-if-match": 412, "delete": 404, "delete-if-match": 404}
"""What a client is told whose first attempt had its effect all the same."""
State = dict[str, dict[str, Any]]
"""The tasks in the table, by id."""


@dataclass(frozen=True)
class Ask:
    """A request to the task API, on a table with two tasks.

    Attributes:
        method: HTTP method; the function's.
        status: What it answers when all is well.
        calls: The AWS calls that it makes, in their order: operation and, in full, what it is on.
        write: Which of the calls changes a task, if one does.
        path: `{id}` stands for the first task's, `{cursor}` for that of the second page.
    """

    method: str
    status: int
    calls: tuple[str, ...]
    write: str = ""
    path: str = "/tasks/{id}"
    headers: Mapping[str, str] = field(default_factory=dict)


ASKS = {
    "get": Ask("GET", 200, ("GetItem table",)),
    "list": Ask("GET", 200, ("Scan table", "GenerateMac"), path="/tasks?limit=1"),
    "next-page": Ask("GET", 200, ("VerifyMac", "Scan table"), path="/tasks?limit=1&cursor={cursor}"),
    "post": Ask("POST", 201, ("PutItem table",), "PutItem table", "/tasks"),
    "post-key": Ask(
        "POST",
        201,
        ("PutItem records", "PutItem table", "UpdateItem records"),
        "PutItem table",
        "/tasks",
        KEY,
    ),
    "put": Ask("PUT", 200, ("UpdateItem table",), "UpdateItem table"),
    "put-if-match": Ask("PUT", 200, ("UpdateItem table",), "UpdateItem table", headers=FIRST_VERSION),
    "delete": Ask("DELETE", 204, ("DeleteItem table",), "DeleteItem table"),
    "delete-if-match": Ask("DELETE", 204, ("DeleteItem table",), "DeleteItem table", headers=FIRST_VERSION),
}


class Blow(NamedTuple):
    """A strike at one call of a request."""

    ask: str
    call: str
    strike: Injection

    @property
    def effect(self) -> int:
        """How many times the request is to have its effect: 0 or 1."""
        ask = ASKS[self.ask]
        if not ask.write:
            return 0
        if self.strike.recovered_by_retry or (self.call == ask.write and self.strike.fault.reaches_aws):
            return 1
        return int(ask.calls.index(self.call) > ask.calls.index(ask.write))

    def __str__(self) -> str:
        return f"{self.ask}-{self.call.replace(' ', '-')}-{self.strike}"


BLOWS = [
    Blow(name, call, strike) for name, ask in ASKS.items() for call in ask.calls for strike in INJECTIONS
]


@dataclass
class World:
    """The API, the first of two tasks, and what is in the tables."""

    api: ApiClient
    resources: Resources
    first: dict[str, Any]
    cursor: str

    def state(self) -> State:
        items = self.resources.dynamodb.scan(TableName=self.resources.table, ConsistentRead=True)["Items"]
        return {item["id"]["S"]: dict(item) for item in items}

    def send(self, ask: Ask) -> ApiResponse:
        url = ask.path.format(id=self.first["id"], cursor=self.cursor)
        body = {"title": "new"} if ask.method in ("POST", "PUT") else None
        return self.api(ask.method, url, body, headers=ask.headers)

    def strike(self, ask: Ask, call: str, strike: Injection) -> tuple[ApiResponse | None, float]:
        """Send a request under a strike; return its answer, if it lives to give one, and the seconds."""
        operation, _, on = call.partition(" ")
        client: AwsClient = clients.dynamodb(REGION) if on else clients.kms(REGION)
        about: str = getattr(self.resources, on) if on else ""
        answer = None
        dies: AbstractContextManager[object] = (
            pytest.raises(FunctionKilled) if strike.fault in KILLS else nullcontext()
        )
        with inject(strike.fault, client, operation, strike.times, about=about) as struck, dies:
            answer = self.send(ask)
        return answer, longest_duration(client, strike.fault, len(struck))

    def effects(self, ask: Ask, before: State) -> int:
        """How many times a request had its effect since then; nothing else may have changed."""
        after, first = self.state(), self.first["id"]
        others = {name: item for name, item in before.items() if name != first or ask.method == "POST"}
        assert others.items() <= after.items(), "a task is lost"
        match ask.method:
            case "POST":
                return len(after) - len(before)
            case "PUT":
                return int(after[first]["version"]["N"]) - int(before[first]["version"]["N"])
            case "DELETE":
                return len(before) - len(after)
        assert after == before
        return 0

    def in_progress(self) -> list[dict[str, Any]]:
        """The records that say that a request is in progress."""
        found = self.resources.dynamodb.scan(TableName=self.resources.records)["Items"]
        return [dict(item) for item in found if item["status"] == {"S": "INPROGRESS"}]

    def end(self, records: list[dict[str, Any]]) -> None:
        """Have the time be over that the function had for them."""
        for item in records:
            ended = {**item, "in_progress_expiration": {"N": "0"}}
            self.resources.dynamodb.put_item(TableName=self.resources.records, Item=ended)


@pytest.fixture
def world(make_api: MakeApi, resources: Resources, monkeypatch: pytest.MonkeyPatch) -> World:
    reset_clients(monkeypatch)
    api = make_api()
    first = create_task(api)
    create_task(api)
    return World(api, resources, first, api("GET", "/tasks?limit=1").json["next_cursor"])


@pytest.mark.parametrize("blow", BLOWS, ids=str)
def test_a_blow(world: World, blow: Blow) -> None:
    ask, before = ASKS[blow.ask], world.state()
    answer, seconds = world.strike(ask, blow.call, blow.strike)
    assert world.effects(ask, before) == blow.effect, "lost or doubled"
    assert seconds < TIMEOUT_SECONDS
    if blow.strike.recovered_by_retry:
        assert answer
        assert_right(world, ask, answer)
    elif answer:
        assert_problem(answer, 500)
        assert not INTERNAL.search(answer.json["detail"])
    assert_sent_again(world, blow, before)


def assert_right(world: World, ask: Ask, answer: ApiResponse) -> None:
    """Assert that an answer is the right one, and says what is in the table."""
    assert answer.status == ask.status
    state = world.state()
    if ask.method == "DELETE":
        assert (answer.body, world.first["id"] in state) == ("", False)
        return
    if "items" in answer.json:
        (task,) = answer.json["items"]
        assert (answer.json["next_cursor"] is None) == ("cursor=" in ask.path)
    else:
        task = answer.json
        assert answer.headers["ETag"] == f'"{task["version"]}"'
    assert "Idempotent-Replayed" not in answer.headers
    kept = {name: next(iter(value.values())) for name, value in state[task["id"]].items()}
    assert {**task, "version": str(task["version"]), "due_at": True} == {name: kept[name] for name in task}


def assert_sent_again(world: World, blow: Blow, before: State) -> None:
    """Assert what a client finds who sends the request again: with a key or If-Match, it counts once."""
    ask = ASKS[blow.ask]
    if pending := world.in_progress():
        assert_problem(world.send(ask), 409)
        world.end(pending)
    again = world.send(ask)
    if blow.effect and blow.ask in DONE_BEFORE:
        assert_problem(again, DONE_BEFORE[blow.ask])
    else:
        assert again.status == ask.status
    counts_each_time = blow.ask in ("post", "put")
    expected = blow.effect + 1 if counts_each_time else int(bool(ask.write))
    assert world.effects(ask, before) == expected, "lost or doubled by the client's own repetition"


@pytest.mark.parametrize("strike", INJECTIONS, ids=str)
def test_a_blow_to_a_replay(world: World, strike: Injection) -> None:
    ask, before = ASKS["post-key"], world.state()
    first = world.send(ask)
    answer, _ = world.strike(ask, "PutItem records", strike)
    if strike.recovered_by_retry:
        assert answer
        assert (answer.status, answer.json) == (201, first.json)
        assert answer.headers["Idempotent-Replayed"] == "true"
    elif answer:
        assert_problem(answer, 500)
    assert world.send(ask).json == first.json
    assert world.effects(ask, before) == 1


@pytest.mark.parametrize("strike", INJECTIONS, ids=str)
def test_a_blow_to_the_removal_of_the_record_of_what_failed(world: World, strike: Injection) -> None:
    ask, before = ASKS["post-key"], world.state()
    table = world.resources.table
    with inject(ERROR, clients.dynamodb(REGION), "PutItem", ALWAYS, about=table):
        answer, seconds = world.strike(ask, "DeleteItem records", strike)
    assert seconds + longest_duration(clients.dynamodb(REGION), ERROR, 2) < TIMEOUT_SECONDS
    if answer:
        assert_problem(answer, 500)
    assert world.effects(ask, before) == 0
    assert_sent_again(world, Blow("post-key", "PutItem records", Injection(ERROR, ALWAYS)), before)


@pytest.mark.parametrize("call", ASKS["post-key"].calls)
def test_an_answer_that_is_lost_does_not_make_a_request_its_own_rival(world: World, call: str) -> None:
    """While the function's time is not over, so that its record would keep others away."""
    answer, _ = world.strike(ASKS["post-key"], call, Injection(LOST_RESPONSE, 1))
    assert answer
    assert answer.status == 201
    again = world.send(ASKS["post-key"])
    assert (again.json, again.headers["Idempotent-Replayed"]) == (answer.json, "true")


@pytest.mark.parametrize("name", ["put-if-match", "delete-if-match"])
def test_a_lost_answer_does_not_hide_a_mismatch(world: World, name: str) -> None:
    ask = replace(ASKS[name], headers={"If-Match": '"7"'})
    before = world.state()
    answer, _ = world.strike(ask, ask.write, Injection(LOST_RESPONSE, 1))
    assert answer
    assert_problem(answer, 412)
    assert world.effects(ask, before) == 0
