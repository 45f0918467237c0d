"""Repeated, concurrent and reordered events: only the newest takes effect, and only once (F3).

A file of the API has a single object: once its upload is processed, it is final.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any
from uuid import uuid4

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.common.s3_events import EventError
from handlers.files.read_result import ReadResult
from tests.generation import example_count
from tests.integration.entry_points import record_calls
from tests.integration.fault_injection import KILL_BEFORE, FunctionKilled, inject
from tests.integration.file_pipeline import KEY, Files, before_call, csv, data_pipeline, row_count
from tests.waiting import BOUND_SECONDS

Record = dict[str, Any]
pytestmark = pytest.mark.usefixtures("repeated_events")


def test_repeated_event_changes_nothing(files: Files) -> None:
    record = files.put(KEY, csv(1))
    files.process(record, record)
    row = files.row(KEY)
    with record_calls(data_pipeline(files)._s3, data_pipeline(files)._table._client) as calls:
        files.process(record)
    assert [operation for operation, _ in calls] == ["UpdateItem"]
    assert files.row(KEY) == row


def test_older_event_after_a_newer_event_is_ignored(files: Files) -> None:
    first, second = files.put(KEY, csv(1)), files.put(KEY, csv(2))
    files.process(second)
    row = files.row(KEY)
    files.process(first)
    assert files.row(KEY) == row
    assert row_count(files) == 2


def test_event_of_a_replaced_version_leaves_the_row_to_the_newer_event(files: Files) -> None:
    first, second = files.put(KEY, csv(1)), files.put(KEY, csv(2))
    files.process(first)
    row = files.row(KEY)
    assert (row["status"], row.get("error"), row.get("finished_at")) == ("processing", None, None)
    files.process(second)
    assert row_count(files) == 2


def test_newer_event_replaces_a_failure(files: Files) -> None:
    files.process(files.put(KEY, b"\x00"))
    assert files.row(KEY)["status"] == "failed"
    files.process(files.put(KEY, csv(1)))
    assert row_count(files) == 1
    files.process(files.put(KEY, b"\x00"))
    row = files.row(KEY)
    assert (row["status"], row.get("result"), row["size"]) == ("failed", None, 1)


@pytest.mark.parametrize("operation", ["HeadObject", "GetObject"])
def test_newer_event_during_processing_wins(files: Files, operation: str) -> None:
    first = files.put(KEY, csv(1))

    def replace() -> None:
        files.process(files.put(KEY, csv(2)))

    with before_call(data_pipeline(files)._s3, operation, replace):
        files.process(first)
    assert row_count(files) == 2


@pytest.mark.parametrize("fails", [False, True], ids=["ends", "fails"])
def test_older_event_that_ends_during_a_newer_event_changes_nothing(
    files: Files, monkeypatch: pytest.MonkeyPatch, *, fails: bool
) -> None:
    first, later = files.put(KEY, csv(1)), []
    pipeline = data_pipeline(files)
    read = pipeline._read

    def read_beside(*of: Any) -> ReadResult:  # noqa: ANN401 - as the reader takes them
        later.append(files.put(KEY, csv(2)))
        with inject(KILL_BEFORE, pipeline._s3, "HeadObject", arranges=True), pytest.raises(FunctionKilled):
            files.process(later[0])
        if fails:
            raise MemoryError
        result: ReadResult = read(*of)
        return result

    monkeypatch.setattr(pipeline, "_read", read_beside)
    with pytest.raises(EventError) if fails else nullcontext():
        files.process(first)
    row = files.row(KEY)
    assert (row["status"], row["version"]) == ("processing", later[0]["s3"]["object"]["versionId"])
    assert not {"error", "result", "finished_at"} & set(row)
    monkeypatch.setattr(pipeline, "_read", read)
    files.process(later[0])
    assert row_count(files) == 2


@pytest.mark.parametrize("operation", ["HeadObject", "GetObject"])
def test_repeated_event_during_processing_changes_nothing(files: Files, operation: str) -> None:
    record = files.put(KEY, csv(1))
    with before_call(data_pipeline(files)._s3, operation, lambda: files.process(record)):
        files.process(record)
    assert row_count(files) == 1


def test_concurrent_repeated_events_end_with_the_newest(files: Files) -> None:
    first, second = files.put(KEY, csv(1)), files.put(KEY, csv(2))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(files.process, [first, second] * 4))
    assert row_count(files) == 2


def upload(files: Files, file: dict[str, Any], content: bytes) -> Record:
    """Submit the form of a file and return the event of the upload."""
    assert files.upload(file["upload"], content).status_code == 204
    return files.newest_record(file["upload"]["fields"]["key"])


def link(files: Files, file: dict[str, Any]) -> bytes:
    """Return what the link to a file serves."""
    url = files.send("GET", f"/files/{file['id']}").json["url"]
    return requests.get(url, verify=str(files.server.ca_bundle), timeout=BOUND_SECONDS).content


def test_upload_after_the_file_is_processed_is_neither_processed_nor_linked(files: Files) -> None:
    file = files.create()
    key = file["upload"]["fields"]["key"]
    files.process(upload(files, file, csv(1)))
    row = files.row(key)
    later = upload(files, file, b"<script>")
    assert link(files, file) == csv(1)
    with record_calls(data_pipeline(files)._s3, data_pipeline(files)._table._client) as calls:
        files.process(later)
    assert [operation for operation, _ in calls] == ["UpdateItem"]
    assert files.row(key) == row
    assert link(files, file) == csv(1)


def test_invalid_upload_is_final_too(files: Files) -> None:
    file = files.create()
    files.process(upload(files, file, b"\x00"))
    files.process(upload(files, file, csv(1)))
    assert files.send("GET", f"/files/{file['id']}/metadata").json["status"] == "failed"
    assert link(files, file) == b"\x00"


def test_form_that_is_sent_again_before_its_upload_is_processed_gives_the_newest(files: Files) -> None:
    file = files.create()
    first, second = (upload(files, file, csv(rows)) for rows in (1, 2))
    files.process(first)
    files.process(second)
    files.process(first)
    assert row_count(files, file["upload"]["fields"]["key"]) == 2
    assert link(files, file) == csv(2)


def test_upload_while_another_is_read_is_processed_instead(files: Files) -> None:
    file, later = files.create(), []
    first = upload(files, file, csv(1))
    with before_call(
        data_pipeline(files)._s3, "GetObject", lambda: later.append(upload(files, file, csv(2)))
    ):
        files.process(first)
    files.process(*later)
    assert link(files, file) == csv(2)


@pytest.mark.hypothesis
def test_any_order_of_events_ends_with_the_newest(files: Files) -> None:
    """Versions are uploaded while their events are delivered in any order, repeatedly and nested."""
    pipeline = data_pipeline(files)
    moments = st.sampled_from([None, "HeadObject", "GetObject"])

    @settings(max_examples=example_count(few=8, many=200))
    @given(st.data())
    def deliver(data: st.DataObject) -> None:
        key = f"{uuid4()}.csv"
        records = [files.put(key, csv(1))]
        for _ in range(data.draw(st.integers(0, 8))):
            if data.draw(st.booleans()):
                records.append(files.put(key, csv(len(records) + 1)))
            record, moment = data.draw(st.sampled_from(records)), data.draw(moments)
            done: list[Any] = []
            if moment:
                inner = data.draw(st.sampled_from(records))
                client = pipeline._s3
                event = f"before-send.s3.{moment}"

                def nested(inner: Record = inner, done: list[Any] = done, **_: object) -> None:
                    if not done:
                        done.append(inner)
                        files.process(inner)

                client.meta.events.register(event, nested)
                files.process(record)
                client.meta.events.unregister(event, nested)
            else:
                files.process(record)
        files.process(records[-1])
        assert row_count(files, key) == len(records)
        assert files.row(key)["version"] == records[-1]["s3"]["object"]["versionId"]

    deliver()
