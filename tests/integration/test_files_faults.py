"""Whatever happens to a call of the functions of files: after the next event the row is right (F3)."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import Any, BinaryIO

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from handlers.common.clients import Client
from handlers.common.s3_events import EventError
from handlers.files.read_result import ReadResult
from sandbox.server.process import Server
from tests.integration.fault_injection import (
    ALWAYS,
    ERROR,
    FAILURES,
    KILLS,
    LOST_RESPONSE,
    TIMEOUT,
    Fault,
    FunctionKilled,
    canned_response,
    inject,
    reset_clients,
)
from tests.integration.file_pipeline import BY_SUFFIX, KEY, Files, csv, make_files, pipeline_of, rows_of
from tests.integration.task_api import assert_problem


@pytest.fixture
def files(server: Server, monkeypatch: pytest.MonkeyPatch) -> Files:
    reset_clients(monkeypatch)
    return make_files(server, monkeypatch)


@contextmanager
def struck_at(site: str, fault: Fault, times: int, files: Files) -> Iterator[None]:
    """Have a fault strike at one of the four calls that process an object."""
    pipeline = pipeline_of(files)
    s3, dynamodb = pipeline._s3, pipeline._table._client
    if site != "close":
        client, operation = {
            "claim": (dynamodb, "UpdateItem"),
            "open": (s3, "HeadObject"),
            "read": (s3, "GetObject"),
        }[site]
        with inject(fault, client, operation, times):
            yield
        return
    with ExitStack() as later, pytest.MonkeyPatch.context() as patch:
        read = pipeline._read

        def read_and_arm(stream: BinaryIO, name: str) -> ReadResult:
            outcome: ReadResult = read(stream, name)
            later.enter_context(inject(fault, dynamodb, "UpdateItem", times))
            return outcome

        patch.setattr(pipeline, "_read", read_and_arm)
        yield


SITES = ("claim", "open", "read", "close")


def closed(files: Files) -> bool:
    client: Any = files.server.client("dynamodb")
    items = client.scan(TableName=files.table)["Items"]
    return any("finished_at" in item for item in items)


@pytest.mark.parametrize("fault", FAILURES, ids=str)
@pytest.mark.parametrize("site", SITES)
def test_the_sdk_gets_over_what_fails_once(files: Files, site: str, fault: Fault) -> None:
    record = files.put(KEY, csv(1))
    with struck_at(site, fault, 1, files):
        files.process(record)
    assert rows_of(files) == 1


@pytest.mark.parametrize("fault", FAILURES, ids=str)
@pytest.mark.parametrize("site", SITES)
def test_the_next_delivery_gets_over_what_fails_always(files: Files, site: str, fault: Fault) -> None:
    record = files.put(KEY, csv(1))
    for _ in range(2):
        with struck_at(site, fault, ALWAYS, files), pytest.raises(EventError):
            files.process(record)
        if (site, fault) == ("close", LOST_RESPONSE):
            break  # it is closed all the same, and whoever comes next sees that
        assert not closed(files)
        if site in {"open", "read"}:
            row = files.row(KEY)
            assert (row["status"], row["error"]) == (
                "failed",
                "The processing was interrupted and is to be tried again.",
            )
    files.process(record)
    assert rows_of(files) == 1


@pytest.mark.parametrize("fault", KILLS, ids=str)
@pytest.mark.parametrize("site", SITES)
def test_the_next_delivery_gets_over_a_death(files: Files, site: str, fault: Fault) -> None:
    record = files.put(KEY, csv(1))
    with struck_at(site, fault, 1, files), pytest.raises(FunctionKilled):
        files.process(record)
    if not fault.reaches_aws:
        assert not closed(files)
    files.process(record)
    assert rows_of(files) == 1
    row = files.row(KEY)
    files.process(record)
    assert files.row(KEY) == row


@pytest.mark.parametrize("fault", [*FAILURES, *KILLS], ids=str)
@pytest.mark.parametrize("site", SITES)
def test_a_newer_event_gets_over_all_of_it(files: Files, site: str, fault: Fault) -> None:
    first = files.put(KEY, csv(1))
    with struck_at(site, fault, ALWAYS, files), pytest.raises((EventError, FunctionKilled)):
        files.process(first)
    files.process(files.put(KEY, csv(2)))
    row = files.row(KEY)
    files.process(first)
    assert files.row(KEY) == row
    assert rows_of(files) == 2


@pytest.mark.parametrize("fault", FAILURES, ids=str)
def test_the_api_when_a_call_fails(files: Files, fault: Fault) -> None:
    new = {"name": "a.csv", "content_type": "text/csv"}
    client: Any = files.entries["api"].files._client
    with inject(fault, client, "PutItem"):
        made = files.ask("POST", "/files", new)
    assert made.status == 201
    url = f"/files/{made.json['id']}/metadata"
    with inject(fault, client, "GetItem"):
        assert files.ask("GET", url).json["name"] == "a.csv"
    with inject(fault, client, "PutItem", ALWAYS):
        assert_problem(files.ask("POST", "/files", new), 500)
    with inject(fault, client, "GetItem", ALWAYS):
        assert_problem(files.ask("GET", url), 500)


COMMENT = b"\xff\xfe\xff\xff" + bytes(0xFFFD)
LARGE = {
    "large.csv": b"a,b\n" + (b"x" * 999 + b",y\n") * 3_000,
    "large.json": b"[" + b",".join([b'{"a": "' + b"x" * 990 + b'"}'] * 3_000) + b"]",
    "large.txt": b"words in a line\n" * 200_000,
    "large.pdf": b"%PDF-1.4\n" + b"%" * 3_000_000,
    "large.jpg": b"\xff\xd8" + COMMENT * 46 + b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0" + b"\xff\xd9",
}
"""Of three blocks each, and all of them are read: up to the size of the image, to the end of the rest."""

FOUND_IN: dict[str, dict[str, Any]] = {
    "large.csv": {"rows": 3_000},
    "large.json": {"rows": 3_000},
    "large.txt": {"lines": 200_000},
    "large.pdf": {},  # it is no more than long
    "large.jpg": {"width": 1, "height": 1},
}


CUT_OFF = canned_response("cut-off", b"1,2\n", 206, {"Content-Length": "1000"})


@contextmanager
def struck_from(block: int, fault: Fault, client: Client) -> Iterator[None]:
    """Have a fault strike at every GetObject from that of a block on."""
    calls = count()

    def strike(request: AWSPreparedRequest, **_: object) -> AWSResponse | None:
        return fault.respond(client, request) if next(calls) >= block else None

    client.meta.events.register("before-send.s3.GetObject", strike)
    try:
        yield
    finally:
        client.meta.events.unregister("before-send.s3.GetObject", strike)


@pytest.mark.parametrize("fault", [ERROR, TIMEOUT, CUT_OFF], ids=str)
@pytest.mark.parametrize("key", LARGE)
def test_no_file_is_to_blame_for_what_s3_does(files: Files, key: str, fault: Fault) -> None:
    entry: Any = files.entries[BY_SUFFIX[f".{key.partition('.')[2]}"]]
    record = files.put(key, LARGE[key])
    for block in range(3):
        with struck_from(block, fault, entry.pipeline._s3), pytest.raises(EventError):
            files.process(record)
        assert not closed(files)
    files.process(record)
    assert FOUND_IN[key].items() <= files.row(key).get("result", {}).items()
    assert closed(files)
