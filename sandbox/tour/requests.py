"""Requests: an API with signed calls, a bucket, a table and a state machine."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.tour.guide import Guide, TourError

API = "requests-api-url"
RECEIVE = "handlers.requests.receive.handler"


def show(guide: Guide) -> None:
    """Send requests with and without a signature; then one whose item cannot be written at first."""
    guide.heading("Requests: a signed API, S3, DynamoDB and a Step Functions state machine")
    role = guide.function(RECEIVE)["Role"]
    _post(guide, 403, note="rejected: no signature")
    _post(guide, 403, note="rejected: the role that signed it may not call the API", signer=role)
    headers = {"idempotency-key": "tour"}
    first = _post(guide, 200, note="accepted; the function starts cold", signer="root", headers=headers)
    again = _post(guide, 200, note="same Idempotency-Key: same request", signer="root", headers=headers)
    if again != first:
        raise TourError(f"the same Idempotency-Key returned {again}, expected {first}")
    guide.wait_for("item in DynamoDB", lambda: _completed(guide, first["request_id"], "the state machine"))

    deny, allow = _tables_denied(guide, role)
    deny()
    stored = _post(guide, 503, note="stored in S3; a policy denies writing the item", signer="root")
    allow()
    guide.wait_for("item in DynamoDB", lambda: _completed(guide, stored["request_id"], "the S3 event"))


def _post(guide: Guide, expect: int, *, note: str, **options: Any) -> Any:  # noqa: ANN401 - any JSON
    return guide.call("POST", "/", expect=expect, note=note, api=API, body={"order": 1}, **options)


def _completed(guide: Guide, request_id: str, by: str) -> str | None:
    item = (
        guide.client("dynamodb")
        .get_item(TableName=guide.outputs["requests-table-name"], Key={"request_id": {"S": request_id}})
        .get("Item", {})
    )
    is_completed = item.get("status") == {"S": "completed"}
    return f"request {request_id[:4]}… is completed, by {by}" if is_completed else None


def _tables_denied(guide: Guide, role: str) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """Return a function that denies all tables to a role, and one that allows them again."""
    iam = guide.client("iam")
    statement = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}
    policy = {"RoleName": role.rpartition("/")[2], "PolicyName": "tour"}
    return (
        lambda: iam.put_role_policy(
            **policy, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        ),
        lambda: iam.delete_role_policy(**policy),
    )
