"""The task API, as a client with an API key uses it."""

from http import HTTPStatus
from typing import Any

from sandbox.tour.guide import Guide

PAGE = 2
GET, PUT = "handlers.tasks.get.handler", "handlers.tasks.put.handler"
LOGGED = ("level", "message", "method", "route", "status", "duration_ms")


def show(guide: Guide) -> None:
    """Create, list, change and delete tasks; then read logs and metrics, and try what IAM denies."""
    guide.heading("Tasks: a REST API on API Gateway, Lambda and DynamoDB")
    key = {"x-api-key": api_key(guide)}
    guide.call("GET", "/tasks", expect=403, note="rejected: no API key")
    task = _create(guide, key)
    _read_pages(guide, key)
    _change(guide, key, f"/tasks/{task['id']}")
    guide.heading("Tasks: logs and metrics in CloudWatch")
    _read_logs_and_metrics(guide)
    guide.heading("Tasks: what IAM denies to the function that reads tasks")
    _try_denied_actions(guide, task["id"])


def api_key(guide: Guide) -> str:
    """Return the API key that API Gateway generated, from Systems Manager."""
    return guide.secret_parameter("api-key-parameter")


def _create(guide: Guide, key: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON
    headers, body = {**key, "idempotency-key": "tour"}, {"title": "Look"}
    created = "task created; the function starts cold"
    repeated = "same Idempotency-Key: the first response again, no second task"
    task = guide.call("POST", "/tasks", expect=201, note=created, headers=headers, body=body)
    guide.call("POST", "/tasks", expect=201, note=repeated, headers=headers, body=body)
    for title, note in {"Change": "second task created", "Ship": "third task created"}.items():
        guide.call("POST", "/tasks", expect=201, note=note, headers=key, body={"title": title})
    missing = "rejected: the title is missing"
    guide.call("POST", "/tasks", expect=400, note=missing, headers=key, body={"status": "open"})
    return task


def _read_pages(guide: Guide, key: dict[str, str]) -> None:
    page = guide.call("GET", f"/tasks?limit={PAGE}", expect=200, note="first page of two tasks", headers=key)
    next_page = f"/tasks?limit={PAGE}&cursor={page['next_cursor']}"
    guide.call("GET", next_page, expect=200, note="second page, by the signed cursor", headers=key)
    guide.call("GET", f"{next_page}A", expect=400, note="rejected: the cursor was altered", headers=key)


def _change(guide: Guide, key: dict[str, str], path: str) -> None:
    first_version = {**key, "if-match": '"1"'}
    body = {"title": "Look", "status": "done"}
    updated, outdated = 'updated with If-Match "1", to version 2', 'rejected: If-Match "1" is outdated'
    guide.call("PUT", path, expect=200, note=updated, headers=first_version, body=body)
    guide.call("PUT", path, expect=412, note=outdated, headers=first_version, body=body)
    guide.call("DELETE", path, expect=204, note="deleted", headers=key)
    guide.call("GET", path, expect=404, note="not found: it was deleted", headers=key)
    guide.call("PATCH", path, expect=405, note="rejected: the path has no such method", headers=key)


def _read_logs_and_metrics(guide: Guide) -> None:
    def log_of_rejection() -> str | None:
        records = (
            record
            for record in guide.log_records(PUT)
            if record.get("status") == HTTPStatus.PRECONDITION_FAILED
        )
        return next((" ".join(f"{name}={record[name]}" for name in LOGGED) for record in records), None)

    guide.wait_for("log record of the rejected PUT", log_of_rejection)
    # The embedded AWS counts direct invocations only.
    event = {"httpMethod": "GET", "resource": "/tasks"}
    guide.invoke(GET, event, note="a test event, as from the Lambda console")
    name = guide.function(GET)["FunctionName"]
    guide.wait_for(
        "metric Invocations of tasks.get",
        lambda: guide.metric_sum("AWS/Lambda", "Invocations", FunctionName=name),
    )


def _try_denied_actions(guide: Guide, task_id: str) -> None:
    role = guide.function(GET)["Role"]
    table, parameter = guide.outputs["dynamodb-table-name"], guide.outputs["api-key-parameter"]
    guide.expect_denied(
        "dynamodb:DeleteItem",
        lambda: guide.client("dynamodb", role=role).delete_item(TableName=table, Key={"id": {"S": task_id}}),
        note="of a task, with the role of tasks.get",
    )
    guide.expect_denied(
        "ssm:GetParameter",
        lambda: guide.client("ssm", role=role).get_parameter(Name=parameter, WithDecryption=True),
        note="of the API key, with the role of tasks.get",
    )
