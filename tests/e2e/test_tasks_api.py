"""T3, T4 and T6: the task API over HTTPS."""

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


def _create(stack: LoadedStack, **fields: str) -> dict[str, object]:
    response = stack.with_key("POST", "/tasks", json={"title": "t", **fields})
    assert response.status_code == 201, response.text
    task: dict[str, object] = response.json()
    return task


def _assert_problem(response: requests.Response, status: int, field: str | None = None) -> None:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == PROBLEM
    assert response.headers["access-control-allow-origin"] == "*"
    problem = response.json()
    assert problem["request_id"]
    assert problem["title"]
    assert problem["status"] == status
    assert problem["detail"]
    for internal in ("Traceback", "botocore", "dynamodb", "/handlers/", "arn:aws"):
        assert internal not in response.text
    if field:
        assert field in [error["field"] for error in problem["errors"]]


def test_task_is_created_read_updated_and_deleted(stack: LoadedStack) -> None:
    created = stack.with_key("POST", "/tasks", json={"title": "Ship", "due_at": "2030-01-02T03:04:05+01:00"})
    task = created.json()
    location = urljoin(created.url, created.headers["location"])
    assert location == f"{created.url}/{task['id']}"
    assert created.headers["etag"] == '"1"'
    assert (task["status"], task["version"], task["description"]) == ("open", 1, "")

    path = f"/tasks/{task['id']}"
    assert stack.with_key("GET", path).json() == task
    first_version = {"If-Match": '"1"'}
    updated = stack.with_key("PUT", path, json={"title": "Shipped", "status": "done"}, headers=first_version)
    assert (updated.status_code, updated.headers["etag"], updated.json()["title"]) == (200, '"2"', "Shipped")
    _assert_problem(stack.with_key("PUT", path, json={"title": "x"}, headers=first_version), 412)
    updated_by_body = stack.with_key("PUT", "/tasks", json={"id": task["id"], "title": "Again"})
    assert updated_by_body.json()["version"] == 3

    _assert_problem(stack.with_key("DELETE", f"/tasks?id={task['id']}", headers=first_version), 412)
    deleted = stack.with_key("DELETE", f"/tasks?id={task['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    _assert_problem(stack.with_key("GET", path), 404)
    _assert_problem(stack.with_key("DELETE", path), 404)


def test_pages_contain_every_task_once(stack: LoadedStack) -> None:
    created = {_create(stack)["id"] for _ in range(5)}
    seen: list[str] = []
    cursor = ""
    while True:
        response = stack.with_key("GET", f"/tasks?limit=2{cursor}")
        assert response.status_code == 200, response.text
        page = response.json()
        assert len(page["items"]) <= 2
        seen += [task["id"] for task in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert len(seen) == len(set(seen))
    assert created <= set(seen)


def test_idempotency_key_creates_one_task(stack: LoadedStack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    first = stack.with_key("POST", "/tasks", json={"title": "once"}, headers=key)
    again = stack.with_key("POST", "/tasks", json={"title": "once"}, headers=key)
    assert first.json() == again.json()
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    _assert_problem(stack.with_key("POST", "/tasks", json={"title": "other"}, headers=key), 422)


def test_failed_request_does_not_use_up_its_idempotency_key(stack: LoadedStack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    table = f"arn:aws:dynamodb:*:*:table/{stack.loaded.outputs['dynamodb-table-name']}"
    with denied(stack, "dynamodb:PutItem", "post-handler", resource=table):
        _assert_problem(stack.with_key("POST", "/tasks", json={"title": "late"}, headers=key), 500)
    again = stack.with_key("POST", "/tasks", json={"title": "late"}, headers=key)
    assert again.status_code == 201
    assert "idempotent-replayed" not in again.headers


def test_concurrent_requests_with_one_idempotency_key_create_one_task(stack: LoadedStack) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    with ThreadPoolExecutor(8) as pool:
        responses = list(
            pool.map(
                lambda _: stack.with_key("POST", "/tasks", json={"title": "race"}, headers=key), range(8)
            )
        )
    assert {response.status_code for response in responses} <= {201, 409}
    assert len({response.json()["id"] for response in responses if response.status_code == 201}) == 1


def test_concurrent_updates_of_one_version_update_once(stack: LoadedStack) -> None:
    path = f"/tasks/{_create(stack)['id']}"

    def update(number: int) -> requests.Response:
        return stack.with_key("PUT", path, json={"title": str(number)}, headers={"If-Match": '"1"'})

    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(update, range(8)))
    (updated,) = (response.json() for response in responses if response.status_code == 200)
    assert [response.status_code for response in responses].count(412) == 7
    assert stack.with_key("GET", path).json() == updated


@pytest.mark.parametrize("headers", [{}, {"x-api-key": "nonsense"}, {"x-api-key": ""}])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_calls_without_a_valid_api_key_are_rejected(
    stack: LoadedStack, method: str, headers: dict[str, str]
) -> None:
    _assert_problem(stack.call(method, "/tasks", headers=headers, json={"title": "t"}), 403)


@pytest.mark.parametrize("path", ["", "/", "/task", "/tasks/a/b", "/Tasks"])
def test_unknown_paths_are_not_found(stack: LoadedStack, path: str) -> None:
    _assert_problem(stack.with_key("GET", path), 404)


@pytest.mark.parametrize(("method", "path"), [("PATCH", "/tasks"), ("POST", "/tasks/x")])
def test_unknown_methods_are_not_allowed(stack: LoadedStack, method: str, path: str) -> None:
    response = stack.with_key(method, path)
    assert response.status_code == 405
    assert response.headers["content-type"] == PROBLEM
    assert set(response.headers["allow"].split(", ")) <= {"DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"}


def test_head_has_the_headers_of_get_without_a_body(stack: LoadedStack) -> None:
    path = f"/tasks/{_create(stack)['id']}"
    head = stack.with_key("HEAD", path)
    assert (head.status_code, head.headers["etag"], head.content) == (200, '"1"', b"")
    assert stack.call("HEAD", path).status_code == 403
    assert stack.with_key("HEAD", f"/tasks/{UUID}").status_code == 404


def test_task_that_the_client_has_is_not_modified(stack: LoadedStack) -> None:
    path = f"/tasks/{_create(stack)['id']}"
    response = stack.with_key("GET", path, headers={"If-None-Match": '"1"'})
    assert (response.status_code, response.content) == (304, b"")
    _assert_problem(stack.with_key("PUT", path, json={"title": "t"}, headers={"If-None-Match": "*"}), 412)


def test_cors_preflight_is_allowed(stack: LoadedStack) -> None:
    headers = {"Origin": "https://example.com", "Access-Control-Request-Method": "PUT"}
    response = stack.call("OPTIONS", "/tasks", headers=headers)
    assert response.status_code == 204
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-methods"] == "DELETE,GET,HEAD,POST,PUT"
    assert "If-Match" in response.headers["access-control-allow-headers"]


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
def test_invalid_bodies_are_rejected(
    stack: LoadedStack, body: bytes, content_type: str, status: int, field: str | None
) -> None:
    headers = {"Content-Type": content_type}
    _assert_problem(stack.with_key("POST", "/tasks", data=body, headers=headers), status, field)


@pytest.mark.parametrize("title", ["ß — 漢字 🚀 é", "\u202egnitirw", "a'b\"c\\d", "{{7*7}}", "<script>"])
def test_unicode_title_is_returned_unchanged(stack: LoadedStack, title: str) -> None:
    task = _create(stack, title=title)
    assert task["title"] == title
    assert stack.with_key("GET", f"/tasks/{task['id']}").json()["title"] == title


@pytest.mark.parametrize(
    "identifier",
    ["1", "a" * 36, "%00", UUID.upper(), f"{UUID}%20", "%F0%9F%9A%80"],
)
def test_invalid_ids_are_rejected(stack: LoadedStack, identifier: str) -> None:
    _assert_problem(stack.with_key("GET", f"/tasks/{identifier}"), 400, "id")


@pytest.mark.parametrize("path", ["/tasks/..%2f..%2fetc", "/tasks/%2e%2e"])
def test_path_traversal_is_rejected(stack: LoadedStack, path: str) -> None:
    response = stack.with_key("GET", path)
    _assert_problem(response, response.status_code)
    assert response.status_code in {400, 404}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x", "cursor=", "page=2"])
def test_invalid_query_parameters_are_rejected(stack: LoadedStack, query: str) -> None:
    _assert_problem(stack.with_key("GET", f"/tasks?{query}"), 400, query.partition("=")[0])


@pytest.mark.parametrize("if_match", ["1", '"1', "", "W/1"])
def test_invalid_if_match_headers_are_rejected(stack: LoadedStack, if_match: str) -> None:
    path = f"/tasks/{_create(stack)['id']}"
    _assert_problem(stack.with_key("PUT", path, json={"title": "x"}, headers={"If-Match": if_match}), 400)
