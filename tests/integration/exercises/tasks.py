"""Make each function of the tasks workload perform all its AWS calls."""

import pytest

from tests.integration.task_api import assert_problem, create_task

Request = pytest.FixtureRequest


def get(request: Request) -> None:
    api = request.getfixturevalue("api")
    create_task(api)
    url = f"/tasks/{create_task(api)['id']}"
    cursor = api("GET", "/tasks?limit=1").json["next_cursor"]
    assert api("GET", f"/tasks?cursor={cursor}").status == 200
    assert api("GET", url).status == 200


def post(request: Request) -> None:
    api, key = request.getfixturevalue("api"), {"Idempotency-Key": "k"}
    for _ in range(2):
        assert api("POST", "/tasks", {"title": "t"}, headers=key).status == 201
    assert_problem(api("POST", "/tasks", {"title": "u"}, headers=key), 422)
    with pytest.MonkeyPatch.context() as patch:  # a failed request deletes its record
        patch.setattr(api.modules["POST"].tasks, "create", lambda task: 1 / 0)  # noqa: ARG005
        assert_problem(api("POST", "/tasks", {"title": "t"}, headers={"Idempotency-Key": "l"}), 500)


def put(request: Request) -> None:
    api = request.getfixturevalue("api")
    url = f"/tasks/{create_task(api)['id']}"
    assert api("PUT", url, {"title": "t"}, headers={"If-Match": '"1"'}).status == 200
    assert_problem(api("PUT", url, {"title": "t"}, headers={"If-Match": '"1"'}), 412)


def delete(request: Request) -> None:
    api = request.getfixturevalue("api")
    url = f"/tasks/{create_task(api)['id']}"
    assert api("DELETE", url).status == 204
    assert_problem(api("DELETE", url), 404)
