"""Faults of the records functions' one AWS call: the response is true, or the function raises an error."""

import json
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.server.process import Server
from tests.api_events import FakeContext
from tests.integration.entry_points import EntryPoints, import_records
from tests.integration.fault_injection import (
    INJECTIONS,
    KILLS,
    FunctionKilled,
    Injection,
    inject,
    longest_duration,
    reset_clients,
)

TIMEOUT_SECONDS = 30  # of the functions (R1)
OPERATIONS = {"writer": "PutItem", "reader": "GetItem"}
OLD_RECORD = {"id": "x", "source": "lambda1", "requestId": "of an earlier invocation"}
NEW_RECORD = {**OLD_RECORD, "requestId": FakeContext().aws_request_id}
BODIES = {"writer": {"written": NEW_RECORD}, "reader": OLD_RECORD}


@pytest.fixture
def entries(server: Server, table: str, monkeypatch: pytest.MonkeyPatch) -> EntryPoints:
    reset_clients(monkeypatch)
    return import_records(monkeypatch, server, table)


@pytest.mark.parametrize("injection", INJECTIONS, ids=str)
@pytest.mark.parametrize("name", OPERATIONS)
def test_fault_is_recovered_or_raised(
    entries: EntryPoints, server: Server, table: str, name: str, injection: Injection
) -> None:
    dynamodb: Any = server.client("dynamodb")
    dynamodb.put_item(TableName=table, Item={name: {"S": value} for name, value in OLD_RECORD.items()})
    entry, (fault, times) = entries[name], injection
    with inject(fault, entry.dynamodb, OPERATIONS[name], times) as urls:
        if injection.recovered_by_retry:
            response = entry.handler({"id": "x"}, FakeContext())
            assert (response["statusCode"], json.loads(response["body"])) == (200, BODIES[name])
        else:  # an error of the invocation, so that its caller sees it
            with pytest.raises(FunctionKilled if fault in KILLS else (ClientError, BotoCoreError)):
                entry.handler({"id": "x"}, FakeContext())
    assert longest_duration(entry.dynamodb, fault, len(urls)) < TIMEOUT_SECONDS
    written = name == "writer" and (injection.recovered_by_retry or fault.reaches_aws)
    (item,) = dynamodb.scan(TableName=table)["Items"]
    assert {name: value["S"] for name, value in item.items()} == (NEW_RECORD if written else OLD_RECORD)
    response = entry.handler({"id": "x"}, FakeContext())
    assert json.loads(response["body"]) == BODIES[name]
