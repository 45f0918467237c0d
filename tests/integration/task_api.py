"""Helpers for tests of the task API and of other APIs with problem documents."""

from typing import Any

from tests.api_events import ApiClient, ApiResponse


def assert_problem(response: ApiResponse, status: int, *fields: str) -> None:
    """Assert that a response is a problem document with errors for exactly these fields."""
    problem = response.json
    assert (response.status, problem["status"]) == (status, status)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem["request_id"]
    assert [error["field"] for error in problem.get("errors", [])] == list(fields)


def create_task(api: ApiClient, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any field
    """Create a task and return it."""
    response = api("POST", "/tasks", {"title": "t", **fields})
    assert response.status == 201
    task: dict[str, Any] = response.json
    return task
