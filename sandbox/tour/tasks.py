"""The task API, as a client with an API key sees it."""

from http import HTTPStatus
from typing import Any

from sandbox.tour.guide import Guide

PAGE = 2
GET, PUT = "handlers.tasks.get.handler", "handlers.tasks.put.handler"
LOGGED = ("level", "message", "method", "route", "status", "duration_ms")


def show(guide: Guide) -> None:
    """Create, list, change and delete tasks; then what CloudWatch and IAM say."""
    guide.title("Tasks, through API Gateway and Lambda")
    key = {"x-api-key": api_key(guide)}
    guide.call("GET", "/tasks", expect=403, note="without an API key")
    task = _create(guide, key)
    _page_through(guide, key)
    _change(guide, key, f"/tasks/{task['id']}")
    guide.title("What CloudWatch saw of it")
    _look_back(guide)
    guide.title("What the functions' roles may not do")
    _try_what_is_not_granted(guide, task["id"])


def api_key(guide: Guide) -> str:
    """The API key that API Gateway made, from SSM."""
    return guide.secret_parameter("api-key-parameter")


def _create(guide: Guide, key: dict[str, str]) -> Any:  # noqa: ANN401 - any JSON
    once = {**key, "idempotency-key": "tour"}
    task = guide.call("POST", "/tasks", expect=201, note="cold start", headers=once, body={"title": "Look"})
    guide.call(
        "POST",
        "/tasks",
        expect=201,
        note="same Idempotency-Key: replayed",
        headers=once,
        body={"title": "Look"},
    )
    for title in ("Change", "Ship"):
        guide.call("POST", "/tasks", expect=201, note="another", headers=key, body={"title": title})
    guide.call("POST", "/tasks", expect=400, note="a title is missing", headers=key, body={"status": "open"})
    return task


def _page_through(guide: Guide, key: dict[str, str]) -> None:
    first = guide.call("GET", f"/tasks?limit={PAGE}", expect=200, note="the first page", headers=key)
    rest = f"/tasks?limit={PAGE}&cursor={first['next_cursor']}"
    guide.call("GET", rest, expect=200, note="the next, by its signed cursor", headers=key)
    guide.call("GET", f"{rest}A", expect=400, note="a cursor that was tampered with", headers=key)


def _change(guide: Guide, key: dict[str, str], path: str) -> None:
    first = {**key, "if-match": '"1"'}
    done = {"title": "Look", "status": "done"}
    guide.call("PUT", path, expect=200, note='If-Match "1"', headers=first, body=done)
    guide.call("PUT", path, expect=412, note="again: it is version 2 by now", headers=first, body=done)
    guide.call("DELETE", path, expect=204, note="done with it", headers=key)
    guide.call("GET", path, expect=404, note="it is gone", headers=key)
    guide.call("PATCH", path, expect=405, note="a method that the path does not have", headers=key)


def _look_back(guide: Guide) -> None:
    def line() -> str | None:
        refused = (
            each for each in guide.log_lines(PUT) if each.get("status") == HTTPStatus.PRECONDITION_FAILED
        )
        return next((" ".join(f"{name}={each[name]}" for name in LOGGED) for each in refused), None)

    guide.found("log line of the 412", line)
    # The embedded AWS counts direct invocations alone, so here is one, as from the console.
    guide.invoke(GET, {"httpMethod": "GET", "resource": "/tasks"}, note="a test event, as from the console")
    name = guide.function(GET)["FunctionName"]
    guide.found(
        "metric Invocations", lambda: guide.metric_sum("AWS/Lambda", "Invocations", FunctionName=name)
    )


def _try_what_is_not_granted(guide: Guide, identifier: str) -> None:
    role = guide.function(GET)["Role"]
    table = guide.outputs["dynamodb-table-name"]
    item = {"id": {"S": identifier}}
    guide.refused(
        "get-handler's role deletes a task",
        lambda: guide.client("dynamodb", role=role).delete_item(TableName=table, Key=item),
    )
    guide.refused(
        "get-handler's role reads the API key",
        lambda: guide.client("ssm", role=role).get_parameter(
            Name=guide.outputs["api-key-parameter"], WithDecryption=True
        ),
    )
