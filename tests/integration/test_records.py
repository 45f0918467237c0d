"""The writer and the reader of records, with a real table (R1, R4)."""

import json
from types import ModuleType
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.server.process import Server
from tests.api_events import FakeContext
from tests.integration.entry_points import EntryPoints, capture_log, record_calls

REQUEST_ID = "11111111-2222-4333-8444-555555555555"  # of the context


def invoke(entry: ModuleType, event: object) -> Any:  # noqa: ANN401 - any JSON
    """Invoke a function, which must respond with 200, and return the response's body."""
    response = entry.handler(event, FakeContext())
    assert {**response, "body": ""} == {"statusCode": 200, "body": ""}
    return json.loads(response["body"])


def test_exact_responses(entries: EntryPoints, server: Server, table: str) -> None:
    record = {"id": "x", "source": "lambda1", "requestId": REQUEST_ID}
    assert invoke(entries["reader"], {"id": "x"}) == {"missing": True}
    assert entries["writer"].handler({"id": "x"}, FakeContext()) == {
        "statusCode": 200,
        "body": json.dumps({"written": record}),
    }
    assert invoke(entries["reader"], {"id": "x"}) == record
    assert server.client("dynamodb").scan(TableName=table)["Items"] == [
        {name: {"S": value} for name, value in record.items()}
    ]


@pytest.mark.parametrize("event", [{}, {"id": None}, None, [], "x", {"ID": "x"}])
def test_default_id_is_used(entries: EntryPoints, event: object) -> None:
    assert invoke(entries["writer"], event)["written"]["id"] == "default-1"
    assert invoke(entries["reader"], event)["id"] == "default-1"


@pytest.mark.parametrize("name", ["a b+c", "é😀", "100%", "'\"", "x" * 2048, "{}", "a\x00b", " "])
def test_unusual_ids_are_stored_unchanged(entries: EntryPoints, name: str) -> None:
    event = {"id": name, "source": "mine", "requestId": "mine", "extra": [1]}
    written = invoke(entries["writer"], event)["written"]
    assert written == {"id": name, "source": "lambda1", "requestId": REQUEST_ID}
    assert invoke(entries["reader"], event) == written


@pytest.mark.parametrize("name", ["writer", "reader"])
@pytest.mark.parametrize("value", [1, False, [], {}, "", "x" * 2049, "\ud800"])
def test_invalid_id_is_rejected(
    entries: EntryPoints, server: Server, table: str, name: str, value: object
) -> None:
    log = capture_log(entries[name])
    response = entries[name].handler({"id": value}, FakeContext())
    assert response["statusCode"] == 400
    document = json.loads(response["body"])
    assert list(document) == ["error"]
    assert document["error"].startswith("id is ")
    assert document["error"].endswith("allowed is a string of 1 to 2048 bytes in UTF-8")
    assert server.client("dynamodb").scan(TableName=table)["Count"] == 0
    assert json.loads(log.getvalue())["reason"] == document["error"]


def test_request_id_is_unknown_without_a_context(entries: EntryPoints) -> None:
    body = json.loads(entries["writer"].handler({}, None)["body"])
    assert body["written"]["requestId"] == "unknown"


def test_last_write_wins(entries: EntryPoints) -> None:
    entries["writer"].handler({"id": "x"}, None)
    invoke(entries["writer"], {"id": "x"})
    assert invoke(entries["reader"], {"id": "x"})["requestId"] == REQUEST_ID


@pytest.mark.parametrize("name", ["writer", "reader"])
def test_dynamodb_error_is_raised(entries: EntryPoints, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entries[name], "environment", type("E", (), {"dynamodb_table_name": "none"}))
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        entries[name].handler({"id": "x"}, FakeContext())


@pytest.mark.parametrize(
    ("name", "operation", "message"), [("writer", "PutItem", "written"), ("reader", "GetItem", "read")]
)
def test_invocation_makes_one_call_and_logs_one_line(
    entries: EntryPoints, table: str, name: str, operation: str, message: str
) -> None:
    log = capture_log(entries[name])
    with record_calls(entries[name].dynamodb) as calls:
        invoke(entries[name], {"id": "x"})
    assert [(name, parameters["TableName"]) for name, parameters in calls] == [(operation, table)]
    line = json.loads(log.getvalue())
    shown = ("level", "message", "service", "request_id", "record_id")
    assert [line[field] for field in shown] == ["INFO", message, "records", REQUEST_ID, "x"]
