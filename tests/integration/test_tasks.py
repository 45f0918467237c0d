"""The task API (T3, T4): entry points, in this process, on the embedded AWS."""

import json
from urllib.parse import urljoin
from uuid import uuid4

import pytest

from tests.api_events import ApiClient
from tests.integration.conftest import MakeApi, Resources, capture_tasks_log
from tests.integration.task_api import assert_problem, create_task

UNKNOWN_ID = "0b7f6b1e-7c1d-4f6e-9a52-3f1d2c4b5a60"
TWO_MEGABYTES = json.dumps({"title": "t", "description": "x" * 2_000_000})


def test_life_of_a_task(api: ApiClient) -> None:
    fields = {
        "title": "Ünïcode 😀",
        "description": "a\n\tb",
        "status": "open",
        "due_at": "2026-12-01T09:00:00+01:00",
    }
    created = api("POST", "/tasks", fields)
    task = created.json
    url = f"/tasks/{task['id']}"
    assert created.status == 201
    assert (urljoin("/tasks", created.headers["Location"]), created.headers["ETag"]) == (url, '"1"')
    assert {name: task[name] for name in fields} == fields
    assert task["version"] == 1
    assert task["created_at"] == task["updated_at"]

    read = api("GET", url)
    assert (read.status, read.json, read.headers["ETag"]) == (200, task, '"1"')

    assert_problem(api("PUT", url, {"title": "weak"}, headers={"If-Match": 'W/"1"'}), 412)
    changed = api("PUT", url, {"title": "new", "status": "done"}, headers={"if-match": '"1"'})
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    assert changed.json == {
        **task,
        "title": "new",
        "description": "",
        "status": "done",
        "due_at": None,
        "updated_at": changed.json["updated_at"],
        "version": 2,
    }
    assert changed.json["updated_at"] >= task["updated_at"]
    assert api("GET", url).json == changed.json

    assert_problem(api("PUT", url, {"title": "late"}, headers={"If-Match": '"1"'}), 412)
    assert_problem(api("DELETE", url, headers={"If-Match": 'W/"2"'}), 412)
    assert api("GET", url).json == changed.json

    removed = api("DELETE", url, headers={"If-Match": '"1", "2"'})
    assert (removed.status, removed.body) == (204, "")
    for method, document in (("GET", None), ("PUT", {"title": "x"}), ("DELETE", None)):
        assert_problem(api(method, url, document), 404)
        assert_problem(api(method, url, document, headers={"If-Match": '"2"'}), 404)


def test_put_and_delete_accept_the_id_in_body_and_query(api: ApiClient) -> None:
    task = create_task(api)
    assert api("PUT", "/tasks", {"id": task["id"], "title": "new"}).json["version"] == 2
    assert api("PUT", "/tasks", {"id": task["id"], "title": "newer"}).json["version"] == 3
    assert api("DELETE", f"/tasks?id={task['id']}").status == 204
    assert_problem(api("DELETE", f"/tasks?id={task['id']}"), 404)


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ({}, ["title"]),
        ({"title": 1}, ["title"]),
        ({"title": None}, ["title"]),
        ({"title": ["a"]}, ["title"]),
        ({"title": ""}, ["title"]),
        ({"title": " \u2003 "}, ["title"]),
        ({"title": "x" * 201}, ["title"]),
        ({"title": "a\u0000b"}, ["title"]),
        ({"title": "t", "description": "x" * 4001}, ["description"]),
        ({"title": "t", "status": "later"}, ["status"]),
        ({"title": "t", "due_at": "2026-02-30T00:00:00Z"}, ["due_at"]),
        ({"title": "t", "id": UNKNOWN_ID}, ["id"]),
        ({"title": "t", "created_at": "2026-01-01T00:00:00Z"}, ["created_at"]),
        ({"title": "", "status": 1, "due_at": "x", "x": 1}, ["x", "title", "status", "due_at"]),
    ],
)
def test_invalid_fields_are_rejected(api: ApiClient, document: dict[str, object], fields: list[str]) -> None:
    assert_problem(api("POST", "/tasks", document), 400, *fields)
    assert api("GET", "/tasks").json["items"] == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 400),
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("null", 400),
        ('{"title": NaN}', 400),
        ('{"title": "a", "title": "b"}', 400),
        ('{"title": "\\ud800"}', 400),
        ("[" * 60_000, 400),
        (b'{"title": "\xff"}', 400),
        (TWO_MEGABYTES, 413),
        (TWO_MEGABYTES.encode(), 413),
    ],
)
def test_invalid_body_is_rejected(api: ApiClient, body: str | bytes | None, status: int) -> None:
    assert_problem(api("POST", "/tasks", body=body), status)
    assert_problem(api("PUT", f"/tasks/{UNKNOWN_ID}", body=body), status)


@pytest.mark.parametrize("media_type", ["text/plain", "", "application/x-www-form-urlencoded"])
def test_other_media_type_is_rejected(api: ApiClient, media_type: str) -> None:
    headers = {"Content-Type": media_type}
    assert_problem(api("POST", "/tasks", {"title": "t"}, headers=headers), 415)


def test_base64_body_is_decoded(api: ApiClient) -> None:
    response = api("POST", "/tasks", body='{"title": "é"}'.encode())
    assert response.json["title"] == "é"


@pytest.mark.parametrize("identifier", ["x", UNKNOWN_ID.upper(), "..", "%00", UNKNOWN_ID + "x"])
def test_invalid_id_is_rejected(api: ApiClient, identifier: str) -> None:
    assert_problem(api("GET", f"/tasks/{identifier}"), 400, "id")
    assert_problem(api("PUT", f"/tasks/{identifier}", {"title": "t"}), 400, "id")
    assert_problem(api("PUT", "/tasks", {"title": "t", "id": identifier}), 400, "id")
    assert_problem(api("DELETE", f"/tasks/{identifier}"), 400, "id")
    assert_problem(api("DELETE", f"/tasks?id={identifier}"), 400, "id")


def test_missing_or_different_id_is_rejected(api: ApiClient) -> None:
    assert_problem(api("DELETE", "/tasks"), 400, "id")
    assert_problem(api("PUT", "/tasks", {"title": "t"}), 400, "id")
    assert_problem(api("PUT", f"/tasks/{UNKNOWN_ID}", {"title": "t", "id": str(uuid4())}), 400, "id")


@pytest.mark.parametrize("if_match", ["1", "", '"1', '"1" "2"'])
def test_malformed_precondition_is_400(api: ApiClient, if_match: str) -> None:
    url = f"/tasks/{create_task(api)['id']}"
    assert_problem(api("PUT", url, {"title": "t"}, headers={"If-Match": if_match}), 400)
    assert_problem(api("DELETE", url, headers={"If-Match": if_match}), 400)


def test_precondition_with_a_matching_tag_holds(api: ApiClient) -> None:
    url = f"/tasks/{create_task(api)['id']}"
    for number, if_match in enumerate(["*", '"2"', '"x", W/"9", "3"'], start=2):
        response = api("PUT", url, {"title": "t"}, headers={"If-Match": if_match})
        assert (response.status, response.json["version"]) == (200, number)
    assert_problem(api("PUT", url, {"title": "t"}, headers={"If-Match": '"99"'}), 412)
    assert_problem(api("DELETE", url, headers={"If-Match": '"another"'}), 412)
    assert api("DELETE", url, headers={"If-Match": "*"}).status == 204


def test_if_none_match_prevents_a_change_of_these_versions(api: ApiClient) -> None:
    url = f"/tasks/{create_task(api)['id']}"
    for tags in ("*", '"1"', 'W/"7", W/"1"'):
        assert_problem(api("PUT", url, {"title": "t"}, headers={"If-None-Match": tags}), 412)
        assert_problem(api("DELETE", url, headers={"If-None-Match": tags}), 412)
    assert_problem(api("PUT", f"/tasks/{UNKNOWN_ID}", {"title": "t"}, headers={"If-None-Match": "*"}), 404)
    changed = api("PUT", url, {"title": "t"}, headers={"If-Match": '"1"', "If-None-Match": '"7"'})
    assert (changed.status, changed.headers["ETag"]) == (200, '"2"')
    assert api("DELETE", url, headers={"If-None-Match": '"1"'}).status == 204


@pytest.mark.parametrize("tags", ["*", '"1"', 'W/"1"', '"x", "1"'])
def test_read_of_a_version_that_the_client_has_is_304(api: ApiClient, tags: str) -> None:
    url = f"/tasks/{create_task(api)['id']}"
    response = api("GET", url, headers={"If-None-Match": tags})
    assert (response.status, response.body, response.headers["ETag"]) == (304, "", '"1"')
    assert api("PUT", url, {"title": "new"}).status == 200
    assert api("GET", url, headers={"If-None-Match": '"1"'}).status == 200


def test_missing_precondition_is_428_if_required(make_api: MakeApi) -> None:
    api = make_api(REQUIRE_IF_MATCH="true")
    url = f"/tasks/{create_task(api)['id']}"
    assert_problem(api("PUT", url, {"title": "t"}), 428)
    assert_problem(api("DELETE", url), 428)
    assert api("PUT", url, {"title": "t"}, headers={"If-Match": '"1"'}).status == 200
    assert api("DELETE", url, headers={"If-Match": "*"}).status == 204


def test_unknown_parameters_are_rejected(api: ApiClient) -> None:
    url = f"/tasks/{create_task(api)['id']}"
    assert_problem(api("GET", "/tasks?colour=red&limit=1"), 400, "colour")
    assert_problem(api("GET", f"{url}?limit=1"), 400, "limit")
    assert_problem(api("POST", "/tasks?dry_run=1", {"title": "t"}), 400, "dry_run")
    assert_problem(api("PUT", f"{url}?x=1", {"title": "t"}), 400, "x")
    assert_problem(api("DELETE", f"{url}?x="), 400, "x")
    assert_problem(api("DELETE", "/tasks?id=a&id=b"), 400, "id")


def test_unknown_method_and_path_are_rejected(api: ApiClient) -> None:
    assert_problem(ApiClient({"PATCH": api.modules["PUT"]})("PATCH", "/tasks", {}), 405)
    assert_problem(api("GET", "/other"), 404)


def test_cors_headers_allow_only_configured_origins(make_api: MakeApi) -> None:
    api = make_api(CORS_ORIGINS="https://a.example,https://b.example")
    task = create_task(api)
    for method, url, document in [
        ("GET", "/tasks", None),
        ("GET", "/tasks/x", None),
        ("POST", "/tasks", {}),
        ("PUT", f"/tasks/{task['id']}", {"title": "t"}),
        ("DELETE", f"/tasks/{task['id']}", None),
    ]:
        headers = api(method, url, document, headers={"Origin": "https://b.example"}).headers
        assert headers["Access-Control-Allow-Origin"] == "https://b.example"
        assert headers["Vary"] == "Origin"
        assert "ETag" in headers["Access-Control-Expose-Headers"]
    assert (
        "Access-Control-Allow-Origin"
        not in api("GET", "/tasks", headers={"Origin": "https://c.example"}).headers
    )


def test_cors_allows_all_origins_by_default(api: ApiClient) -> None:
    assert api("GET", "/tasks").headers["Access-Control-Allow-Origin"] == "*"


def test_failing_service_is_500_without_internals(make_api: MakeApi) -> None:
    api = make_api(DYNAMODB_TABLE="no-such-table")
    for method, url, document in [
        ("GET", "/tasks", None),
        ("GET", f"/tasks/{UNKNOWN_ID}", None),
        ("POST", "/tasks", {"title": "t"}),
        ("PUT", f"/tasks/{UNKNOWN_ID}", {"title": "t"}),
        ("DELETE", f"/tasks/{UNKNOWN_ID}", None),
    ]:
        response = api(method, url, document)
        assert_problem(response, 500)
        assert "table" not in response.body.lower()
        assert "ResourceNotFound" not in response.body


def test_internal_attributes_are_not_in_responses(api: ApiClient, resources: Resources) -> None:
    task = create_task(api)
    assert set(api("PUT", f"/tasks/{task['id']}", {"title": "t"}).json) == set(task)
    item = resources.dynamodb.get_item(TableName=resources.table, Key={"id": {"S": task["id"]}})["Item"]
    assert set(item) - set(task) == {"last_write"}


def test_logs_contain_no_data_of_requests(api: ApiClient) -> None:
    log = capture_tasks_log()
    secret = "correct-horse"
    for number in range(2):
        create_task(api, title=f"{secret}-{number}", description=secret)
    cursor = api("GET", "/tasks?limit=1").json["next_cursor"]
    api("GET", f"/tasks?limit=1&cursor={cursor}", headers={"x-api-key": secret})
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["status"] for line in lines] == [201, 201, 200, 200]
    assert all(line["request_id"] for line in lines)
    assert secret not in log.getvalue()
    assert cursor not in log.getvalue()


def test_debug_setting_logs_more(make_api: MakeApi) -> None:
    api = make_api(DEBUG_ENABLED="true")
    log = capture_tasks_log()
    api("GET", "/tasks")
    assert [json.loads(line)["level"] for line in log.getvalue().splitlines()] == ["DEBUG", "INFO"]
