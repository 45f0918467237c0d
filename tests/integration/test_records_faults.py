"""Whatever happens to the one call of the writer or the reader: what it answers is so, or it raises."""

import json
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.server.process import Server
from tests.api_events import FakeContext
from tests.integration.entry_points import EntryPoints, import_entry_point
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
BEFORE = {"id": "x", "source": "lambda1", "requestId": "of the writer before"}
WRITTEN = {**BEFORE, "requestId": FakeContext().aws_request_id}
ANSWERS = {"writer": {"written": WRITTEN}, "reader": BEFORE}


class Blow(NamedTuple):
    """A strike at the call of an entry point."""

    entry: str
    strike: Injection

    def __str__(self) -> str:
        return f"{self.entry}-{OPERATIONS[self.entry]}-{self.strike}"


@pytest.fixture
def entries(server: Server, table: str, monkeypatch: pytest.MonkeyPatch) -> EntryPoints:
    reset_clients(monkeypatch)
    variables = {"DYNAMODB_TABLE_NAME": table, "LOG_LEVEL": "INFO"}
    return {
        name: import_entry_point(monkeypatch, server, f"handlers.records.{name}", "records", variables)
        for name in OPERATIONS
    }


@pytest.mark.parametrize(
    "blow", [Blow(each, strike) for each in OPERATIONS for strike in INJECTIONS], ids=str
)
def test_a_blow(entries: EntryPoints, server: Server, table: str, blow: Blow) -> None:
    dynamodb: Any = server.client("dynamodb")
    dynamodb.put_item(TableName=table, Item={name: {"S": value} for name, value in BEFORE.items()})
    entry, (fault, times) = entries[blow.entry], blow.strike
    with inject(fault, entry.dynamodb, OPERATIONS[blow.entry], times) as struck:
        if blow.strike.recovered_by_retry:
            answer = entry.handler({"id": "x"}, FakeContext())
            assert (answer["statusCode"], json.loads(answer["body"])) == (200, ANSWERS[blow.entry])
        else:  # so that who invokes it is told of an error
            with pytest.raises(FunctionKilled if fault in KILLS else (ClientError, BotoCoreError)):
                entry.handler({"id": "x"}, FakeContext())
    assert longest_duration(entry.dynamodb, fault, len(struck)) < TIMEOUT_SECONDS
    written = blow.entry == "writer" and (blow.strike.recovered_by_retry or fault.reaches_aws)
    (item,) = dynamodb.scan(TableName=table)["Items"]
    assert {name: value["S"] for name, value in item.items()} == (WRITTEN if written else BEFORE)
    answer = entry.handler({"id": "x"}, FakeContext())
    assert json.loads(answer["body"]) == ANSWERS[blow.entry]
