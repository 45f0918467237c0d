"""Pages of tasks and their cursors."""

import pytest

from handlers.tasks import cursor
from handlers.tasks.cursor import Cursors
from sandbox.server.process import Server
from tests.api_events import ApiClient
from tests.integration.conftest import Resources, make_mac_key
from tests.integration.task_api import assert_problem, create_task


def fill(api: ApiClient, number: int) -> set[str]:
    return {create_task(api, title=f"task {index}")["id"] for index in range(number)}


def walk(api: ApiClient, limit: int) -> list[list[str]]:
    """Return the ids of the tasks by page."""
    pages, following = [], ""
    while True:
        response = api("GET", f"/tasks?limit={limit}{following}")
        assert response.status == 200
        pages.append([task["id"] for task in response.json["items"]])
        if response.json["next_cursor"] is None:
            return pages
        following = f"&cursor={response.json['next_cursor']}"


def test_empty_table_has_one_empty_page(api: ApiClient) -> None:
    assert api("GET", "/tasks").json == {"items": [], "next_cursor": None}


def test_pages_have_no_gaps_or_duplicates(api: ApiClient) -> None:
    tasks = fill(api, 23)
    for limit, sizes in [(1, [1] * 23), (5, [5, 5, 5, 5, 3]), (23, [23]), (100, [23])]:
        pages = walk(api, limit)
        assert [len(page) for page in pages] == sizes
        assert {task_id for page in pages for task_id in page} == tasks
    first = api("GET", "/tasks").json
    assert len(first["items"]) == 20
    assert first["next_cursor"]


def test_cursor_of_a_deleted_task_is_still_valid(api: ApiClient) -> None:
    tasks = fill(api, 4)
    first = api("GET", "/tasks?limit=2").json
    gone = first["items"][-1]["id"]
    assert api("DELETE", f"/tasks/{gone}").status == 204
    rest = api("GET", f"/tasks?cursor={first['next_cursor']}").json
    seen = {task["id"] for task in first["items"] + rest["items"]}
    assert seen == tasks
    assert rest["next_cursor"] is None


def test_pages_are_complete_if_dynamodb_returns_fewer_items(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = fill(api, 3)
    scan = api.modules["GET"].tasks._client.scan
    # DynamoDB stops at 1 MB. The embedded AWS does not, so make it return one item per call.
    monkeypatch.setattr(api.modules["GET"].tasks._client, "scan", lambda **call: scan(**{**call, "Limit": 1}))
    pages = walk(api, 100)
    assert {task_id for page in pages for task_id in page} == tasks


@pytest.mark.parametrize("limit", ["0", "101", "-1", "1.5", "", "x", "1e1", "٣", "007", " 5"])
def test_invalid_limit_is_rejected(api: ApiClient, limit: str) -> None:
    assert_problem(api("GET", f"/tasks?limit={limit}"), 400, "limit")


def test_changed_cursor_is_rejected(api: ApiClient) -> None:
    fill(api, 2)
    signed = api("GET", "/tasks?limit=1").json["next_cursor"]
    swapped = [
        signed[:at] + ("A" if signed[at] != "A" else "B") + signed[at + 1 :] for at in range(len(signed))
    ]
    others = [signed[:-1], signed[1:], signed + "A", signed + "=", signed * 20, "", "A", "x y", "é", "null"]
    for changed in [*swapped, *others, "A" * 64, "A" * 1024]:
        assert_problem(api("GET", f"/tasks?cursor={changed}"), 400, "cursor")
    assert api("GET", f"/tasks?cursor={signed}").status == 200


def test_cursor_signed_with_another_key_is_rejected(api: ApiClient, server: Server) -> None:
    (identifier,) = fill(api, 1)
    other = make_mac_key(server)
    foreign = Cursors(other, lambda: server.client("kms")).sign(identifier)
    assert_problem(api("GET", f"/tasks?cursor={foreign}"), 400, "cursor")


def test_mac_for_another_purpose_is_rejected_as_cursor(
    api: ApiClient, server: Server, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key may sign other data in the future."""
    (identifier,) = fill(api, 1)
    with monkeypatch.context() as patch:
        patch.setattr(cursor, "PURPOSE", b"something else\n")
        other = Cursors(resources.key_arn, lambda: server.client("kms")).sign(identifier)
    assert_problem(api("GET", f"/tasks?cursor={other}"), 400, "cursor")


def test_kms_failure_is_500(api: ApiClient, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(api, 2)
    kms = server.client("kms")
    key_arn = make_mac_key(server)
    monkeypatch.setattr(api.modules["GET"].cursors, "_key_arn", key_arn)
    signed = api("GET", "/tasks?limit=1").json["next_cursor"]
    kms.disable_key(KeyId=key_arn)
    assert_problem(api("GET", "/tasks?limit=1"), 500)
    assert_problem(api("GET", f"/tasks?cursor={signed}"), 500)
