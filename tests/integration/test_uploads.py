"""The upload processor, with real objects (U2)."""

import pytest
from botocore.exceptions import ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.common.s3_events import EventError, ObjectCreated
from tests.api_events import FakeContext
from tests.generation import example_count
from tests.integration.entry_points import record_calls
from tests.integration.upload_processor import Uploads, done, log_lines
from tests.unit.handlers.strategies import anything


@pytest.mark.parametrize(
    "name",
    [
        "plain.txt",
        "a b.txt",
        "a+b.txt",
        "100%.txt",
        "%25.txt",
        "é😀.txt",
        '"quoted".txt',
        "it's.txt",
        "a//b",
        "&x=y",
    ],
)
def test_unusual_names_are_processed(uploads: Uploads, name: str) -> None:
    content = name.encode() * 3
    (line,) = log_lines(uploads, uploads.put(f"uploads/{name}", content))
    assert (line["message"], line["key"], line["bytes"]) == (
        "file processed",
        f"uploads/{name}",
        len(content),
    )
    assert line["service"] == "uploads"
    assert uploads.metrics == [
        {
            "InvocationCount": [1],
            "ProcessingErrors": [0],
            "LambdaErrors": [0],
            "ProcessedFileSize": [len(content)],
        }
    ]


def test_response_counts_processed_records(uploads: Uploads) -> None:
    assert uploads.process(uploads.put("uploads/a"), uploads.put("uploads/b")) == done(2)
    assert uploads.process() == done(0)
    assert uploads.module.handler({"Event": "s3:TestEvent"}, FakeContext()) == done(0)


def test_repeated_event_has_the_same_response(uploads: Uploads) -> None:
    record = uploads.put("uploads/a")
    assert uploads.process(record) == uploads.process(record) == done(1)
    assert uploads.metrics[0] == uploads.metrics[1]


def test_version_of_the_event_is_read(uploads: Uploads) -> None:
    s3 = uploads.server.client("s3")
    s3.put_bucket_versioning(Bucket=uploads.bucket, VersioningConfiguration={"Status": "Enabled"})
    first, second = uploads.put("uploads/a", b"1"), uploads.put("uploads/a", b"22")
    s3.delete_object(Bucket=uploads.bucket, Key="uploads/a")
    assert uploads.process(first, second) == done(2)
    assert uploads.metrics[0]["ProcessedFileSize"] == [1, 2]
    (line,) = log_lines(uploads, uploads.record("uploads/a"))
    assert line["reason"] == "'uploads/a' was deleted: NoSuchKey"


def test_other_records_are_processed_if_some_fail(uploads: Uploads) -> None:
    s3 = uploads.server.client("s3")
    gone = uploads.put("uploads/gone")
    s3.delete_object(Bucket=uploads.bucket, Key="uploads/gone")
    lines = log_lines(
        uploads,
        gone,
        uploads.put("uploads/empty", b""),
        uploads.put("uploads/good", b"12345"),
        uploads.record("uploads/good", bucket="another"),
        uploads.record("uploads/good", version="0" * 32),
        {"s3": "malformed"},
        None,
        uploads.put("uploads/last", b"1"),
    )
    assert [line.get("reason", line.get("bytes")) for line in lines] == [
        "'uploads/gone' was deleted: NoSuchKey",
        0,
        5,
        "'uploads/good' is in another bucket, 'another'",
        "'uploads/good' was deleted: NoSuchVersion",
        "the record lacks a time, a bucket name, an object key or a sequencer",
        "the record lacks a time, a bucket name, an object key or a sequencer",
        1,
    ]
    assert [line["record"] for line in lines if line["level"] == "ERROR"] == [0, 3, 4, 5, 6]
    assert uploads.metrics == [
        {"InvocationCount": [1], "ProcessingErrors": [5], "LambdaErrors": [1], "ProcessedFileSize": [0, 5, 1]}
    ]


def test_invocation_with_a_failed_record_fails(uploads: Uploads) -> None:
    with pytest.raises(EventError, match=r"^1 of 2 records failed; see the log for details$"):
        uploads.process(uploads.put("uploads/a"), uploads.record("uploads/none"))


def test_event_that_is_not_from_s3_fails(uploads: Uploads) -> None:
    with (
        record_calls(uploads.module.cloudwatch) as calls,
        pytest.raises(EventError, match="no list of Records"),
    ):
        uploads.module.handler({"detail-type": "Object Created"}, FakeContext())
    assert [operation for operation, _ in calls] == ["PutMetricData"]


def test_missing_bucket_is_logged_as_reason(uploads: Uploads) -> None:
    uploads.server.client("s3").delete_bucket(Bucket=uploads.bucket)
    (line,) = log_lines(uploads, uploads.record("uploads/a"))
    assert line["reason"] == "'uploads/a' cannot be read: NoSuchBucket"


def test_timeout_of_s3_is_logged_as_reason(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    def time_out(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://example.com")

    record = uploads.put("uploads/a")
    monkeypatch.setattr(uploads.module, "s3", type("S3", (), {"get_object": staticmethod(time_out)}))
    (line,) = log_lines(uploads, record)
    assert line["reason"].startswith("'uploads/a' cannot be read: Read timeout")


def test_unexpected_error_fails_only_its_record(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    def size_of(_client: object, _bucket: str, upload: ObjectCreated) -> int:
        if upload.key == "uploads/a":
            raise MemoryError
        return 7

    monkeypatch.setattr(uploads.module, "size_of", size_of)
    lines = log_lines(uploads, uploads.record("uploads/a"), uploads.record("uploads/b"))
    assert [line["message"] for line in lines] == ["record failed", "file processed"]
    assert "MemoryError" in lines[0]["exception"]
    assert uploads.metrics[0]["ProcessingErrors"] == [1]


@pytest.mark.hypothesis
def test_any_event_is_processed_or_fails_clearly(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads.module, "size_of", lambda *_: 1)
    monkeypatch.setattr(uploads.module, "publish", lambda *_: None)
    good = st.builds(uploads.record, st.text(min_size=1))

    @settings(max_examples=example_count(few=20, many=500))
    @given(anything | st.fixed_dictionaries({"Records": st.lists(good | anything)}))
    def process(event: object) -> None:
        try:
            response = uploads.module.handler(event, FakeContext())
        except EventError as error:
            assert str(error)  # noqa: PT017 - it need not fail
        else:
            assert isinstance(event, dict)
            assert response == done(len(event["Records"]))

    process()
