"""Processing of uploaded objects, and the resulting rows (F2, F3)."""

import json
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.common.s3_events import EventError, ObjectCreated
from handlers.common.times import now, timestamp
from handlers.files import pipeline, store
from handlers.files.pipeline import MAX_RESULT_BYTES, file_id, require_storable
from handlers.files.read_result import ContentError, ReadResult
from handlers.files.source import BLOCK, RESERVED_MS
from handlers.files.store import FileTable
from tests.api_events import FakeContext
from tests.generation import example_count
from tests.integration.entry_points import capture_log
from tests.integration.file_pipeline import (
    FUNCTION_BY_SUFFIX,
    KEY,
    Files,
    before_call,
    csv,
    data_pipeline,
    row_count,
)
from tests.unit.handlers.strategies import anything


@pytest.mark.parametrize("suffix", FUNCTION_BY_SUFFIX)
@pytest.mark.parametrize("change", [str.lower, str.upper], ids=["lower", "upper"])
def test_invalid_content_is_failed(files: Files, suffix: str, change: Callable[[str], str]) -> None:
    key = f"a b/{uuid4()}{change(suffix)}"
    record = files.put(key, b"\x00\x01\x02")
    files.process(record)
    row = files.row(key)
    assert (row["status"], row["size"], row.get("result")) == ("failed", 3, None)
    assert row["error"]
    assert row["finished_at"]
    files.process(record)
    assert files.row(key) == row


def test_deleted_object_is_failed(files: Files) -> None:
    record = files.put(KEY, csv(1))
    files.delete(KEY)
    files.process(record)
    row = files.row(KEY)
    assert (row["status"], row["error"], row.get("size")) == ("failed", "The object was deleted.", None)
    assert row["finished_at"]


def test_object_over_the_size_limit_is_failed(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 1024**2
    monkeypatch.setattr(pipeline, "MAX_BYTES", size)
    for content, status in ((b"a\n" * (size // 2), "completed"), (b"a\n" * (size // 2) + b"a", "failed")):
        files.process(files.put(KEY, content))
        row = files.row(KEY)
        assert (row["status"], row["size"]) == (status, len(content))
    assert row["error"] == "The file has more than 1 MiB."


def test_object_that_takes_too_long_to_read_is_failed(files: Files) -> None:
    """Otherwise the function would reach its timeout in each attempt."""
    content = b"a,b\n" * (BLOCK // 2)
    pipeline = data_pipeline(files)
    for remaining_ms, status in ((RESERVED_MS, "completed"), (RESERVED_MS - 1, "failed")):
        context = FakeContext(300_000)
        record = files.put(KEY, content)
        with before_call(pipeline._s3, "GetObject", partial(setattr, context, "remaining_ms", remaining_ms)):
            files.process(record, context=context)
        row = files.row(KEY)
        assert (row["status"], row["size"]) == (status, len(content))
    assert row["error"] == "The file takes too long to read."
    assert row["finished_at"]


def test_object_deleted_during_reading_is_failed(files: Files) -> None:
    record = files.put(KEY, csv(1))
    pipeline = data_pipeline(files)

    def vanish() -> None:
        version = record["s3"]["object"]["versionId"]
        files.server.client("s3").delete_object(Bucket=files.bucket, Key=KEY, VersionId=version)

    with before_call(pipeline._s3, "GetObject", vanish):
        files.process(record)
    assert files.row(KEY)["error"] == "The object was deleted."


def test_object_uploaded_again_after_deletion_is_processed(files: Files) -> None:
    first = files.put(KEY, csv(1))
    files.delete(KEY)
    files.process(first)
    files.process(files.put(KEY, csv(2)))
    assert row_count(files) == 2
    files.process(first)
    assert row_count(files) == 2


def test_key_that_the_api_did_not_create_gets_a_derived_id(files: Files) -> None:
    identifier = str(uuid4())
    assert file_id(f"files/{identifier}.csv") == identifier
    keys = [
        "a.csv",
        f"files/{identifier}.CSV",
        f"files/{identifier.upper()}.csv",
        f"files/{identifier}.csv.csv",
        f"files/x/{identifier}.csv",
        f"xfiles/{identifier}.csv",
        f"{identifier}.csv",
        f"files/{identifier}x.csv",
        f"files/{identifier}.csv\n",
    ]
    ids = [file_id(key) for key in keys]
    assert ids == [str(uuid5(NAMESPACE_URL, key)) for key in keys]
    assert len({*ids, identifier}) == len(keys) + 1
    for key in keys[:3]:
        files.process(files.put(key, csv(3)))
        assert row_count(files, key) == 3


def test_row_of_another_object_is_not_changed(files: Files) -> None:
    file = files.create()
    key = file["upload"]["fields"]["key"]
    other = files.put(key.replace(".csv", ".json"), b"[]")
    log = capture_log(files.entries["data"])
    with pytest.raises(EventError):
        files.process(other)
    assert "another object's row" in log.getvalue()
    assert files.row(key)["status"] == "pending"
    files.process(files.put(key, csv(1)))
    assert row_count(files, key) == 1
    with pytest.raises(EventError):
        files.process(other)
    assert row_count(files, key) == 1


def test_processing_keeps_the_attributes_of_the_api(files: Files) -> None:
    file = files.create("Mine.CSV")
    key = file["upload"]["fields"]["key"]
    created = files.row(key)
    del created["expires_at"]
    for rows in (1, 2):
        files.process(files.put(key, csv(rows)))
        row = files.row(key)
        assert {name: row[name] for name in created} == {**created, "status": "completed"}


def test_unexpected_error_is_retried(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    record = files.put(KEY, csv(1))
    pipeline = data_pipeline(files)
    read = pipeline._read

    def fail(*_: object) -> ReadResult:
        raise MemoryError

    monkeypatch.setattr(pipeline, "_read", fail)
    for _ in range(2):
        with pytest.raises(EventError):
            files.process(record)
        row = files.row(KEY)
        assert (row["status"], row.get("finished_at")) == ("failed", None)
        assert row["error"] == "The processing was interrupted and will be retried."
    monkeypatch.setattr(pipeline, "_read", read)
    files.process(record)
    assert row_count(files) == 1


def test_failed_delivery_does_not_overwrite_a_concurrent_one(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = files.put(KEY, csv(1))
    pipeline = data_pipeline(files)
    read = pipeline._read

    def fail_beside(*of: Any) -> ReadResult:  # noqa: ANN401 - as the reader takes them
        monkeypatch.setattr(pipeline, "_read", lambda *_: 1 / 0)
        with pytest.raises(EventError):
            files.process(record)
        result: ReadResult = read(*of)
        return result

    monkeypatch.setattr(pipeline, "_read", fail_beside)
    files.process(record)
    assert row_count(files) == 1


def test_failure_after_another_delivery_finished_changes_nothing(
    files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = files.put(KEY, csv(1))
    pipeline = data_pipeline(files)
    read = pipeline._read

    def finish_beside(*_: object) -> ReadResult:
        monkeypatch.setattr(pipeline, "_read", read)
        files.process(record)
        raise MemoryError

    monkeypatch.setattr(pipeline, "_read", finish_beside)
    with pytest.raises(EventError):
        files.process(record)
    assert row_count(files) == 1


def test_times_are_those_of_the_delivery_that_finishes(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another delivery of the same event may have claimed the row meanwhile."""
    created = ObjectCreated(KEY, None, "01".ljust(32, "0"), "2026-01-01T00:00:00.000Z")
    table = FileTable(files.server.client("dynamodb"), files.table)
    first = table.claim(file_id(KEY), created, single_object=False)
    assert first
    with monkeypatch.context() as patch:
        patch.setattr(store, "now", lambda: now() + timedelta(hours=1))
        assert table.claim(file_id(KEY), created, single_object=False)
    assert table.finish(first, {"status": "completed"})
    row = files.row(KEY)
    assert row["started_at"] == timestamp(first.started_at) <= row["finished_at"]
    assert 0 <= row["duration_ms"] < 3_600_000


def test_other_records_are_processed_if_one_fails(files: Files) -> None:
    broken = files.put("b.csv", csv(1))
    broken["s3"]["bucket"]["name"] = "another"
    with pytest.raises(EventError, match=r"^1 of 3 records failed"):
        files.process(files.put("a.csv", csv(1)), broken, files.put("c.csv", csv(3)))
    assert (row_count(files, "a.csv"), row_count(files, "c.csv")) == (1, 3)


def test_result_size_is_limited(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    result: dict[str, Any] = {"rows": 1, "x": ""}
    result["x"] = "x" * (MAX_RESULT_BYTES - len(json.dumps(result)))
    assert require_storable(result) is result
    with pytest.raises(ContentError, match="too large to be stored"):
        require_storable({**result, "y": None})
    with pytest.raises(ContentError, match="not Unicode text"):
        require_storable({"columns": [{"name": "\ud800"}]})
    monkeypatch.setattr(data_pipeline(files), "_read", lambda *_: ReadResult(result))
    files.process(files.put(KEY, csv(1)))
    assert files.row(KEY)["result"] == result
    monkeypatch.setattr(data_pipeline(files), "_read", lambda *_: ReadResult({**result, "y": None}))
    files.process(files.put(KEY, csv(1)))
    assert files.row(KEY)["error"] == "The properties of the file are too large to be stored."


def test_each_record_logs_one_line_without_content(files: Files) -> None:
    log = capture_log(files.entries["data"])
    first = files.put(KEY, b"secret,content\n1,2\n")
    files.process(first, first)
    second, _third = files.put(KEY, csv(1)), files.put(KEY, csv(2))
    files.process(second)
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["message"] for line in lines] == [
        "file processed",
        "file skipped: processed or replaced",
        "file skipped: replaced",
    ]
    assert (lines[0]["status"], lines[0]["bytes"], lines[0]["key"]) == ("completed", 19, KEY)
    assert "secret" not in log.getvalue()


@pytest.mark.hypothesis
def test_any_event_is_processed_or_fails_clearly(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_pipeline(files), "_process", lambda *_: None)

    @settings(max_examples=example_count(few=20, many=500))
    @given(anything | st.fixed_dictionaries({"Records": st.lists(anything)}))
    def process(event: object) -> None:
        try:
            files.entries["data"].handler(event, FakeContext())
        except EventError as error:
            assert str(error)  # noqa: PT017 - it need not fail

    process()
