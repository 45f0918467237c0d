"""Faults of the AWS calls that process files: after the next event, the row is correct (F3)."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, BinaryIO

import pytest

from handlers.common.s3_events import EventError
from handlers.files.read_result import ReadResult
from sandbox.server.process import Server
from tests.integration.fault_injection import (
    ALWAYS,
    ERROR,
    KILLS,
    LOST_RESPONSE,
    TIMEOUT,
    TRANSIENT_FAULTS,
    Fault,
    FunctionKilled,
    canned_response,
    inject,
    reset_clients,
)
from tests.integration.file_pipeline import (
    FUNCTION_BY_SUFFIX,
    KEY,
    Files,
    csv,
    data_pipeline,
    make_files,
    row_count,
)

STEPS = ("claim", "open", "read", "finish")
"""The calls that process an object, in order: of DynamoDB, S3, S3 and DynamoDB."""


@pytest.fixture
def files(server: Server, monkeypatch: pytest.MonkeyPatch) -> Files:
    reset_clients(monkeypatch)
    return make_files(server, monkeypatch)


@contextmanager
def inject_at(step: str, fault: Fault, times: int, files: Files) -> Iterator[None]:
    """Inject a fault into the call of a step."""
    pipeline = data_pipeline(files)
    s3, dynamodb = pipeline._s3, pipeline._table._client
    if step != "finish":
        client, operation = {
            "claim": (dynamodb, "UpdateItem"),
            "open": (s3, "HeadObject"),
            "read": (s3, "GetObject"),
        }[step]
        with inject(fault, client, operation, times):
            yield
        return
    with ExitStack() as stack, pytest.MonkeyPatch.context() as patch:
        read = pipeline._read

        def read_then_inject(stream: BinaryIO, name: str) -> ReadResult:
            result: ReadResult = read(stream, name)
            stack.enter_context(inject(fault, dynamodb, "UpdateItem", times))
            return result

        patch.setattr(pipeline, "_read", read_then_inject)
        yield


def any_finished(files: Files) -> bool:
    client: Any = files.server.client("dynamodb")
    items = client.scan(TableName=files.table)["Items"]
    return any("finished_at" in item for item in items)


@pytest.mark.parametrize("fault", TRANSIENT_FAULTS, ids=str)
@pytest.mark.parametrize("step", STEPS)
def test_sdk_recovers_from_a_single_fault(files: Files, step: str, fault: Fault) -> None:
    record = files.put(KEY, csv(1))
    with inject_at(step, fault, 1, files):
        files.process(record)
    assert row_count(files) == 1


@pytest.mark.parametrize("fault", TRANSIENT_FAULTS, ids=str)
@pytest.mark.parametrize("step", STEPS)
def test_next_delivery_recovers_from_a_lasting_fault(files: Files, step: str, fault: Fault) -> None:
    record = files.put(KEY, csv(1))
    for _ in range(2):
        with inject_at(step, fault, ALWAYS, files), pytest.raises(EventError):
            files.process(record)
        if (step, fault) == ("finish", LOST_RESPONSE):
            break  # the row is finished nevertheless, and the next delivery sees that
        assert not any_finished(files)
        if step in {"open", "read"}:
            row = files.row(KEY)
            assert (row["status"], row["error"]) == (
                "failed",
                "The processing was interrupted and will be retried.",
            )
    files.process(record)
    assert row_count(files) == 1


@pytest.mark.parametrize("fault", KILLS, ids=str)
@pytest.mark.parametrize("step", STEPS)
def test_next_delivery_recovers_from_a_killed_function(files: Files, step: str, fault: Fault) -> None:
    record = files.put(KEY, csv(1))
    with inject_at(step, fault, 1, files), pytest.raises(FunctionKilled):
        files.process(record)
    if not fault.reaches_aws:
        assert not any_finished(files)
    files.process(record)
    assert row_count(files) == 1
    row = files.row(KEY)
    files.process(record)
    assert files.row(KEY) == row


@pytest.mark.parametrize("fault", [*TRANSIENT_FAULTS, *KILLS], ids=str)
@pytest.mark.parametrize("step", STEPS)
def test_newer_event_recovers_from_every_fault(files: Files, step: str, fault: Fault) -> None:
    first = files.put(KEY, csv(1))
    with inject_at(step, fault, ALWAYS, files), pytest.raises((EventError, FunctionKilled)):
        files.process(first)
    files.process(files.put(KEY, csv(2)))
    row = files.row(KEY)
    files.process(first)
    assert files.row(KEY) == row
    assert row_count(files) == 2


COMMENT = b"\xff\xfe\xff\xff" + bytes(0xFFFD)
LARGE_FILES = {
    "large.csv": b"a,b\n" + (b"x" * 999 + b",y\n") * 3_000,
    "large.json": b"[" + b",".join([b'{"a": "' + b"x" * 990 + b'"}'] * 3_000) + b"]",
    "large.txt": b"words in a line\n" * 200_000,
    "large.pdf": b"%PDF-1.4\n" + b"%" * 3_000_000,
    "large.jpg": b"\xff\xd8" + COMMENT * 46 + b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0" + b"\xff\xd9",
}
"""Files of three blocks each, which are all read: the image up to its size, the others to their end."""

RESULTS: dict[str, dict[str, Any]] = {
    "large.csv": {"rows": 3_000},
    "large.json": {"rows": 3_000},
    "large.txt": {"lines": 200_000},
    "large.pdf": {},  # an invalid PDF, which is only long
    "large.jpg": {"width": 1, "height": 1},
}

CUT_OFF = canned_response("cut-off", b"1,2\n", 206, {"Content-Length": "1000"})


@pytest.mark.parametrize("fault", [ERROR, TIMEOUT, CUT_OFF], ids=str)
@pytest.mark.parametrize("key", LARGE_FILES)
def test_fault_of_any_block_is_retried_and_not_blamed_on_the_file(
    files: Files, key: str, fault: Fault
) -> None:
    entry: Any = files.entries[FUNCTION_BY_SUFFIX[f".{key.partition('.')[2]}"]]
    record = files.put(key, LARGE_FILES[key])
    for block in range(3):
        with (
            inject(fault, entry.pipeline._s3, "GetObject", ALWAYS, after=block),
            pytest.raises(EventError),
        ):
            files.process(record)
        assert not any_finished(files)
    files.process(record)
    assert RESULTS[key].items() <= files.row(key).get("result", {}).items()
    assert any_finished(files)
