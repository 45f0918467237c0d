"""Whatever happens to the one call of the writer or the reader: what it answers is so, or it raises."""

import json
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.server.process import Server
from tests.events import Context
from tests.integration.entries import Entries, imported
from tests.integration.faults import (
    KILLS,
    STRIKES,
    Killed,
    Strike,
    fresh_clients,
    seconds_at_most,
    struck_by,
)

TIMEOUT_SECONDS = 30  # of the functions (R1)
OPERATIONS = {"writer": "PutItem", "reader": "GetItem"}
BEFORE = {"id": "x", "source": "lambda1", "requestId": "of the writer before"}
WRITTEN = {**BEFORE, "requestId": Context().aws_request_id}
ANSWERS = {"writer": {"written": WRITTEN}, "reader": BEFORE}


class Blow(NamedTuple):
    """A strike at the call of an entry point."""

    entry: str
    strike: Strike

    def __str__(self) -> str:
        return f"{self.entry}-{OPERATIONS[self.entry]}-{self.strike}"


@pytest.fixture
def entries(server: Server, table: str, monkeypatch: pytest.MonkeyPatch) -> Entries:
    fresh_clients(monkeypatch)
    variables = {"DYNAMODB_TABLE_NAME": table, "LOG_LEVEL": "INFO"}
    return {
        name: imported(monkeypatch, server, f"handlers.records.{name}", "records", variables)
        for name in OPERATIONS
    }


@pytest.mark.parametrize("blow", [Blow(each, strike) for each in OPERATIONS for strike in STRIKES], ids=str)
def test_a_blow(entries: Entries, server: Server, table: str, blow: Blow) -> None:
    dynamodb: Any = server.client("dynamodb")
    dynamodb.put_item(TableName=table, Item={name: {"S": value} for name, value in BEFORE.items()})
    entry, (fault, times) = entries[blow.entry], blow.strike
    with struck_by(fault, entry.dynamodb, OPERATIONS[blow.entry], times) as struck:
        if blow.strike.overcome:
            answer = entry.handler({"id": "x"}, Context())
            assert (answer["statusCode"], json.loads(answer["body"])) == (200, ANSWERS[blow.entry])
        else:  # so that who invokes it is told of an error
            with pytest.raises(Killed if fault in KILLS else (ClientError, BotoCoreError)):
                entry.handler({"id": "x"}, Context())
    assert seconds_at_most(entry.dynamodb, fault, len(struck)) < TIMEOUT_SECONDS
    written = blow.entry == "writer" and (blow.strike.overcome or fault.reaches_aws)
    (item,) = dynamodb.scan(TableName=table)["Items"]
    assert {name: value["S"] for name, value in item.items()} == (WRITTEN if written else BEFORE)
    answer = entry.handler({"id": "x"}, Context())
    assert json.loads(answer["body"]) == ANSWERS[blow.entry]
