"""Faults of the files API's one AWS call per request: a row is created exactly once, or not at all."""

from typing import Any

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
NEW_FILE = {"name": "a.csv", "content_type": "text/csv"}
OPERATIONS = {"post": "PutItem", "link": "GetItem", "metadata": "GetItem"}


@pytest.fixture
def files(server: Server, monkeypatch: pytest.MonkeyPatch) -> Files:
    reset_clients(monkeypatch)
    return make_files(server, monkeypatch)


def send(files: Files, request: str, identifier: str) -> ApiResponse:
    match request:
        case "post":
            return files.send("POST", "/files", NEW_FILE)
        case "link":
            return files.send("GET", f"/files/{identifier}")
    return files.send("GET", f"/files/{identifier}/metadata")


@pytest.mark.parametrize("injection", INJECTIONS, ids=str)
@pytest.mark.parametrize("request_name", OPERATIONS)
def test_no_fault_loses_or_repeats_a_row(files: Files, request_name: str, injection: Injection) -> None:
    identifier = upload_file(files)
    client, (fault, times) = files.entries["api"].files._client, injection
    response = None
    with inject(fault, client, OPERATIONS[request_name], times) as urls:
        if fault in KILLS:
            with pytest.raises(FunctionKilled):
                send(files, request_name, identifier)
        else:
            response = send(files, request_name, identifier)
    assert longest_duration(client, fault, len(urls)) < TIMEOUT_SECONDS
    rows = row_ids(files)
    created = request_name == "post" and (injection.recovered_by_retry or fault.reaches_aws)
    assert len(rows) == 1 + created, "lost or repeated"
    if injection.recovered_by_retry:
        assert response
        assert response.status == (201 if request_name == "post" else 200)
        assert response.json["id"] in rows
        assert (response.json["id"] == identifier) == (request_name != "post")
        assert request_name != "metadata" or response.json["name"] == NEW_FILE["name"]
    elif response:
        assert_problem(response, 500)
    assert send(files, request_name, identifier).status < 300


def upload_file(files: Files) -> str:
    """Create a file by the API, upload and process it, and return its id."""
    file = files.create()
    key = file["upload"]["fields"]["key"]
    files.process(files.put(key, csv(1)))
    return str(file["id"])


def row_ids(files: Files) -> set[str]:
    client: Any = files.server.client("dynamodb")
    return {item["id"]["S"] for item in client.scan(TableName=files.table)["Items"]}
