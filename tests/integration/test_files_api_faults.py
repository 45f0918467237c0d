"""Whatever happens to the one call of each request to the API of files: a row is made once, or not at all."""

from typing import Any, NamedTuple

import pytest

from sandbox.server.process import Server
from tests.api_events import ApiResponse
from tests.integration.fault_injection import (
    INJECTIONS,
    KILLS,
    FunctionKilled,
    Injection,
    inject,
    longest_duration,
    reset_clients,
)
from tests.integration.file_pipeline import Files, csv, make_files
from tests.integration.task_api import assert_problem

TIMEOUT_SECONDS = 29  # of the function (F2)
NEW = {"name": "a.csv", "content_type": "text/csv"}
OPERATIONS = {"post": "PutItem", "link": "GetItem", "metadata": "GetItem"}


class Blow(NamedTuple):
    """A strike at the call of a request."""

    request: str
    strike: Injection

    def __str__(self) -> str:
        return f"{self.request}-{OPERATIONS[self.request]}-{self.strike}"


@pytest.fixture
def files(server: Server, monkeypatch: pytest.MonkeyPatch) -> Files:
    reset_clients(monkeypatch)
    return make_files(server, monkeypatch)


def ask(files: Files, request: str, identifier: str) -> ApiResponse:
    match request:
        case "post":
            return files.ask("POST", "/files", NEW)
        case "link":
            return files.ask("GET", f"/files/{identifier}")
    return files.ask("GET", f"/files/{identifier}/metadata")


@pytest.mark.parametrize(
    "blow", [Blow(each, strike) for each in OPERATIONS for strike in INJECTIONS], ids=str
)
def test_a_blow(files: Files, blow: Blow) -> None:
    identifier = uploaded(files)
    client, (fault, times) = files.entries["api"].files._client, blow.strike
    answer = None
    with inject(fault, client, OPERATIONS[blow.request], times) as struck:
        if fault in KILLS:
            with pytest.raises(FunctionKilled):
                ask(files, blow.request, identifier)
        else:
            answer = ask(files, blow.request, identifier)
    assert longest_duration(client, fault, len(struck)) < TIMEOUT_SECONDS
    rows = rows_in(files)
    made = blow.request == "post" and (blow.strike.recovered_by_retry or fault.reaches_aws)
    assert len(rows) == 1 + made, "lost or doubled"
    if blow.strike.recovered_by_retry:
        assert answer
        assert answer.status == (201 if blow.request == "post" else 200)
        assert answer.json["id"] in rows
        assert (answer.json["id"] == identifier) == (blow.request != "post")
    elif answer:
        assert_problem(answer, 500)
    assert ask(files, blow.request, identifier).status < 300


def uploaded(files: Files) -> str:
    """A file that the API has made, and that is uploaded and processed."""
    made = files.made()
    key = made["upload"]["fields"]["key"]
    files.process(files.put(key, csv(1)))
    return str(made["id"])


def rows_in(files: Files) -> set[str]:
    client: Any = files.server.client("dynamodb")
    return {item["id"]["S"] for item in client.scan(TableName=files.table)["Items"]}
