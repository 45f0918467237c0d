"""The request pipeline, as whoever signs a call sees it."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.tour.guide import Guide, TourError

API = "requests-api-url"
RECEIVE = "handlers.requests.receive.handler"


def show(guide: Guide) -> None:
    """Send requests, signed and not; then one whose row cannot be written at once."""
    guide.title("Requests, through API Gateway, S3, DynamoDB and Step Functions")
    role = guide.function(RECEIVE)["Role"]
    _post(guide, 403, note="without a signature")
    _post(guide, 403, note="signed by a role that may not", signer=role)
    once = {"idempotency-key": "tour"}
    made = _post(guide, 200, note="signed; cold start", signer="root", headers=once)
    again = _post(guide, 200, note="same Idempotency-Key", signer="root", headers=once)
    if again != made:
        raise TourError(f"the same Idempotency-Key made another request: {again}, after {made}")
    guide.found("the state machine's mark", lambda: _completed(guide, made["request_id"]))

    lock, unlock = _without_table(guide, role)
    lock()
    late = _post(guide, 503, note="stored, but the row cannot be written", signer="root")
    unlock()
    guide.found("completed by the object's event", lambda: _completed(guide, late["request_id"]))


def _post(guide: Guide, expect: int, **more: Any) -> Any:  # noqa: ANN401 - any JSON
    return guide.call("POST", "/", expect=expect, api=API, body={"order": 1}, **more)


def _completed(guide: Guide, request_id: str) -> str | None:
    row = (
        guide.client("dynamodb")
        .get_item(TableName=guide.outputs["requests-table-name"], Key={"request_id": {"S": request_id}})
        .get("Item", {})
    )
    done = row.get("status") == {"S": "completed"}
    return f"status completed: {request_id[:4]}…" if done else None


def _without_table(guide: Guide, role: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """What denies a role every table, and what takes that back."""
    iam = guide.client("iam")
    policy = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}
    name = {"RoleName": role.rpartition("/")[2], "PolicyName": "tour"}
    return (
        lambda: iam.put_role_policy(
            **name, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [policy]})
        ),
        lambda: iam.delete_role_policy(**name),
    )
