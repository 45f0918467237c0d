"""R1 and R4: invocations of the functions, and calls with the role of each."""

import json
from typing import Any
from uuid import uuid4

import pytest

from assurance.loaded_stack import LoadedStack
from tests.e2e.test_iam import is_denied


def _invoke(stack: LoadedStack, name: str, event: object) -> Any:  # noqa: ANN401 - any JSON
    function = stack.loaded.outputs[f"records-{name}-function-name"]
    response = stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    assert "FunctionError" not in response, response["Payload"].read()
    payload = json.load(response["Payload"])
    return payload["statusCode"], json.loads(payload["body"])


def test_written_record_is_read(stack: LoadedStack) -> None:
    identifier = str(uuid4())
    status, body = _invoke(stack, "writer", {"id": identifier})
    record = body["written"]
    assert (status, record["id"], record["source"]) == (200, identifier, "lambda1")
    assert set(record) == {"id", "source", "requestId"}
    assert _invoke(stack, "reader", {"id": identifier}) == (200, record)


def test_unknown_record_is_missing(stack: LoadedStack) -> None:
    assert _invoke(stack, "reader", {"id": str(uuid4())}) == (200, {"missing": True})


def test_default_id_is_used_without_an_id(stack: LoadedStack) -> None:
    _, body = _invoke(stack, "writer", {})
    assert body["written"]["id"] == "default-1"
    assert _invoke(stack, "reader", {}) == (200, body["written"])


@pytest.mark.parametrize("identifier", [1, True, [], {}, ""])
def test_invalid_id_is_rejected_with_an_error(stack: LoadedStack, identifier: object) -> None:
    status, body = _invoke(stack, "writer", {"id": identifier})
    assert status == 400
    assert "id" in body["error"]


@pytest.mark.parametrize(("name", "allowed"), [("writer", {"put_item"}), ("reader", {"get_item"})])
def test_role_is_limited_to_the_calls_of_its_function(
    stack: LoadedStack, name: str, allowed: set[str]
) -> None:
    role = str(stack.loaded.outputs[f"records-{name}-role-arn"])
    client = stack.client("dynamodb", role_arn=role)
    table = stack.loaded.outputs["records-table-name"]
    key = {"id": {"S": str(uuid4())}}
    calls = {
        "put_item": lambda: client.put_item(TableName=table, Item=key),
        "get_item": lambda: client.get_item(TableName=table, Key=key),
        "delete_item": lambda: client.delete_item(TableName=table, Key=key),
        "update_item": lambda: client.update_item(TableName=table, Key=key),
        "scan": lambda: client.scan(TableName=table),
    }
    assert {name for name, call in calls.items() if not is_denied(call)} == allowed
