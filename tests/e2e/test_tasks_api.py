"""T3, T4 and T6 as a client sees them."""

import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin
from uuid import uuid4

import pytest
import requests

from assurance.loaded_stack import LoadedStack
from tests.e2e.events import denied

PROBLEM = "application/problem+json"
UUID = "1b4e28ba-2fa1-4d2e-883f-0016d3cca427"


def _make(stack: LoadedStack, **fields: str) -> dict[str, object]:
    made = stack.with_key("POST", "/tasks", json={"title": "t", **fields})
    assert made.status_code == 201, made.text
    task: dict[str, object] = made.json()
    return task


def _refused(answer: requests.Response, status: int, field: str | None = None) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == PROBLEM
    assert answer.headers["access-control-allow-origin"] == "*"
    problem = answer.json()
    assert problem["request_id"]
    assert problem["title"]
    for internal in ("Traceback", "botocore", "dynamodb", "/handlers/", "arn:aws"):
        assert internal not in answer.text
    if field:
        assert field in [error["field"] for error in problem["errors"]]


def test_a_task_lives_and_dies(stack: LoadedStack) -> None:
    made = stack.with_key("POST", "/tasks", json={"title": "Ship", "due_at": "2030-01-02T03:04:05+01:00"})
    task = made.json()
    location = urljoin(made.url, made.headers["location"])
    assert location == f"{made.url}/{task['id']}"
    assert made.headers["etag"] == '"1"'
    assert (task["status"], task["version"], task["description"]) == ("open", 1, "")

    path = f"/tasks/{task['id']}"
    assert stack.with_key("GET", path).json() == task
    first = {"If-Match": '"1"'}
    done = stack.with_key("PUT", path, json={"title": "Shipped", "status": "done"}, headers=first)
    assert (done.status_code, done.headers["etag"], done.json()["title"]) == (200, '"2"', "Shipped")
    _refused(stack.with_key("PUT", path, json={"title": "x"}, headers=first), 412)
    by_body = stack.with_key("PUT", "/tasks", json={"id": task["id"], "title": "Again"})
    assert by_body.json()["version"] == 3

    _refused(stack.with_key("DELETE", f"/tasks?id={task['id']}", headers=first), 412)
    gone = stack.with_key("DELETE", f"/tasks?id={task['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    _refused(stack.with_key("GET", path), 404)
    _refused(stack.with_key("DELETE", path), 404)


def test_pages_have_every_task_once(stack: LoadedStack) -> None:
    made = {_make(stack)["id"] for _ in range(5)}
    seen: list[str] = []
    cursor = ""
    while True:
        answer = stack.with_key("GET", f"/tasks?limit=2{cursor}")
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) <= 2
        seen += [task["id"] for task in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_an_idempotency_key_makes_one_task(stack: LoadedStack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = stack.with_key("POST", "/tasks", json={"title": "once"}, headers=key)
    again = stack.with_key("POST", "/tasks", json={"title": "once"}, headers=key)
    assert first.json() == again.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    _refused(stack.with_key("POST", "/tasks", json={"title": "other"}, headers=key), 422)


def test_a_request_that_failed_leaves_its_idempotency_key_free(stack: LoadedStack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    table = f"arn:aws:dynamodb:*:*:table/{stack.loaded.outputs['dynamodb-table-name']}"
    with denied(stack, "dynamodb:PutItem", "post-handler", resource=table):
        _refused(stack.with_key("POST", "/tasks", json={"title": "late"}, headers=key), 500)
    again = stack.with_key("POST", "/tasks", json={"title": "late"}, headers=key)
    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers


def test_of_many_at_once_with_one_key_one_makes_the_task(stack: LoadedStack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: stack.with_key("POST", "/tasks", json={"title": "race"}, headers=key), range(8)
            )
        )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["id"] for answer in answers if answer.status_code == 201}) == 1


def test_of_many_changes_to_one_version_one_is_made(stack: LoadedStack) -> None:
    path = f"/tasks/{_make(stack)['id']}"

    def change(number: int) -> requests.Response:
        return stack.with_key("PUT", path, json={"title": str(number)}, headers={"If-Match": '"1"'})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(change, range(8)))
    (won,) = (answer.json() for answer in answers if answer.status_code == 200)
    assert [answer.status_code for answer in answers].count(412) == 7
    assert stack.with_key("GET", path).json() == won


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "nonsense"}, {"x-api-key": ""}])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_without_the_key_nothing_is_served(stack: LoadedStack, method: str, headers: dict[str, str]) -> None:
    _refused(stack.call(method, "/tasks", headers=headers, json={"title": "t"}), 403)


@pytest.mark.parametrize("path", ["", "/", "/task", "/tasks/a/b", "/Tasks"])
def test_unknown_paths(stack: LoadedStack, path: str) -> None:
    _refused(stack.with_key("GET", path), 404)


@pytest.mark.parametrize(("method", "path"), [("PATCH", "/tasks"), ("HEAD", "/tasks"), ("POST", "/tasks/x")])
def test_unknown_methods(stack: LoadedStack, method: str, path: str) -> None:
    answer = stack.with_key(method, path)
    assert answer.status_code == 405
    assert answer.headers["content-type"] == PROBLEM
    assert set(answer.headers["allow"].split(", ")) <= {"DELETE", "GET", "OPTIONS", "POST", "PUT"}


def test_a_browser_is_answered_before_it_calls(stack: LoadedStack) -> None:
    asks = {"Origin": "https://example.com", "Access-Control-Request-Method": "PUT"}
    answer = stack.call("OPTIONS", "/tasks", headers=asks)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "DELETE,GET,POST,PUT"
    assert "If-Match" in answer.headers["access-control-allow-headers"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "field"),
    [
        (b'{"title": 1}', "application/json", 400, "title"),
        (b"{}", "application/json", 400, "title"),
        (b'{"title": ""}', "application/json", 400, "title"),
        (json.dumps({"title": "x" * 201}).encode(), "application/json", 400, "title"),
        (
            json.dumps({"title": "x", "description": "y" * 4001}).encode(),
            "application/json",
            400,
            "description",
        ),
        (b'{"title": "x", "status": "started"}', "application/json", 400, "status"),
        (b'{"title": "x", "due_at": "tomorrow"}', "application/json", 400, "due_at"),
        (b'{"title": "x", "color": "red"}', "application/json", 400, "color"),
        (b'{"title": "x", "id": "mine"}', "application/json", 400, "id"),
        (b'{"title": ', "application/json", 400, None),
        (b"", "application/json", 400, None),
        (b"[]", "application/json", 400, None),
        (b"null", "application/json", 400, None),
        (b'{"title": NaN}', "application/json", 400, None),
        (b'{"title": "a", "title": "b"}', "application/json", 400, None),
        (b'{"title": "\\ud800"}', "application/json", 400, None),
        (b'{"title": "a\\u0000b"}', "application/json", 400, "title"),
        (b"[" * 30_000, "application/json", 400, None),
        (json.dumps({"title": "x" * 2_000_000}).encode(), "application/json", 413, None),
        (b'{"title": "x"}', "text/plain", 415, None),
        (b"title=x", "application/x-www-form-urlencoded", 415, None),
        (b'{"title": "x"}', "", 415, None),
    ],
)
def test_bodies_that_are_refused(
    stack: LoadedStack, body: bytes, content_type: str, status: int, field: str | None
) -> None:
    sent = {"Content-Type": content_type}
    _refused(stack.with_key("POST", "/tasks", data=body, headers=sent), status, field)


@pytest.mark.parametrize("title", ["ß — 漢字 🚀 é", "\u202egnitirw", "a'b\"c\\d", "{{7*7}}", "<script>"])
def test_odd_unicode_comes_back_as_it_was_sent(stack: LoadedStack, title: str) -> None:
    made = _make(stack, title=title)
    assert made["title"] == title
    assert stack.with_key("GET", f"/tasks/{made['id']}").json()["title"] == title


@pytest.mark.parametrize(
    "identifier",
    ["1", "a" * 36, "%00", UUID.upper(), f"{UUID}%20", "%F0%9F%9A%80"],
)
def test_ids_that_are_refused(stack: LoadedStack, identifier: str) -> None:
    _refused(stack.with_key("GET", f"/tasks/{identifier}"), 400, "id")


@pytest.mark.parametrize("path", ["/tasks/..%2f..%2fetc", "/tasks/%2e%2e"])
def test_paths_that_climb_find_nothing(stack: LoadedStack, path: str) -> None:
    answer = stack.with_key("GET", path)
    _refused(answer, answer.status_code)
    assert answer.status_code in {400, 404}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=", "page=2"])
def test_queries_that_are_refused(stack: LoadedStack, query: str) -> None:
    _refused(stack.with_key("GET", f"/tasks?{query}"), 400, query.partition("=")[0])


@pytest.mark.parametrize("if_match", ["1", '"1', "", "W/1"])
def test_preconditions_that_are_refused(stack: LoadedStack, if_match: str) -> None:
    path = f"/tasks/{_make(stack)['id']}"
    _refused(stack.with_key("PUT", path, json={"title": "x"}, headers={"If-Match": if_match}), 400)
