"""S3 event notifications."""

from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common.s3_events import EventError, ObjectCreated, event_records, parse_record
from tests.unit.handlers.strategies import anything, text

BUCKET = "files"
TIME = "2026-01-01T00:00:00.000Z"
PADDED = "0A" + 30 * "0"


def record(key: object, *, bucket: object = BUCKET, **attributes: object) -> dict[str, Any]:
    return {
        "eventName": "ObjectCreated:Put",
        "eventTime": TIME,
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "sequencer": "0A", **attributes}},
    }


@pytest.mark.parametrize(
    ("encoded", "key"),
    [
        ("uploads/a.txt", "uploads/a.txt"),
        ("uploads/a+b.txt", "uploads/a b.txt"),
        ("uploads/a%2Bb.txt", "uploads/a+b.txt"),
        ("uploads/100%25.txt", "uploads/100%.txt"),
        ("uploads/%2525.txt", "uploads/%25.txt"),
        ("uploads/%C3%A9%F0%9F%98%80", "uploads/é😀"),
        ("uploads/%22%27%3Cx%3E%26", "uploads/\"'<x>&"),
        ("uploads/é", "uploads/é"),
        ("uploads/%zz", "uploads/%zz"),
        ("uploads/", "uploads/"),
        ("uploads/../..%2Fx", "uploads/../../x"),
        ("%00", "\0"),
    ],
)
def test_keys_are_decoded(encoded: str, key: str) -> None:
    assert parse_record(record(encoded), BUCKET) == ObjectCreated(key, None, PADDED, TIME)


@given(st.text(min_size=1), st.sampled_from(("", "/")), st.sampled_from((quote, quote_plus)))
def test_any_key_is_decoded(key: str, safe: str, encode: Any) -> None:  # noqa: ANN401
    assert parse_record(record(encode(key, safe=safe)), BUCKET).key == key


def test_version_is_optional() -> None:
    assert parse_record(record("a", versionId="v1"), BUCKET) == ObjectCreated("a", "v1", PADDED, TIME)
    assert parse_record(record("a", versionId=None), BUCKET) == ObjectCreated("a", None, PADDED, TIME)


@pytest.mark.parametrize(
    ("malformed", "message"),
    [
        (None, "lacks a time"),
        ({}, "lacks a time"),
        ({"s3": {}}, "lacks a time"),
        ({"s3": {"bucket": {"name": BUCKET}}}, "lacks a time"),
        ({"s3": {"bucket": BUCKET, "object": {"key": "a"}}}, "lacks a time"),
        (record(1), "lacks a time"),
        (record(None), "lacks a time"),
        (record("a", bucket=None), "lacks a time"),
        (record(""), "an empty key"),
        (record("%ff"), "'%ff' is not UTF-8"),
        (record("\ud800"), "is not UTF-8"),
        (record("a", versionId=1), "the version id of 'a' is not a string"),
        (record("a", versionId=""), "the version id of 'a' is not a string"),
        (record("a", sequencer=None), "lacks a time"),
        (record("a", sequencer="x"), "the sequencer of 'a' is not a hexadecimal"),
        ({**record("a"), "eventTime": None}, "lacks a time"),
        (record("a", bucket="other"), "'a' is in another bucket, 'other'"),
        ({**record("a"), "eventName": "ObjectRemoved:Delete"}, "is about ObjectRemoved:Delete"),
        ({**record("a"), "eventName": "ObjectRestore:Completed"}, "is about ObjectRestore:Completed"),
    ],
)
def test_malformed_record_is_rejected(malformed: object, message: str) -> None:
    with pytest.raises(EventError, match=message):
        parse_record(malformed, BUCKET)


@pytest.mark.parametrize(
    ("key", "size", "is_folder"), [("a/", 0, True), ("a/", 1, False), ("a/", None, False), ("a", 0, False)]
)
def test_empty_object_whose_key_ends_with_a_slash_is_a_folder(
    key: str, size: int | None, *, is_folder: bool
) -> None:
    assert parse_record(record(key, size=size), BUCKET).is_folder is is_folder


def test_records_of_an_event_are_returned() -> None:
    assert event_records({"Records": [record("a"), 1]}) == [record("a"), 1]
    assert event_records({"Records": []}) == []
    assert event_records({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET}) == []


@pytest.mark.parametrize(
    "event", [None, [], "Records", {}, {"Records": None}, {"Records": {}}, {"Event": "x"}]
)
def test_event_that_is_not_from_s3_is_rejected(event: object) -> None:
    with pytest.raises(EventError, match="no list of Records"):
        event_records(event)


@given(anything)
def test_any_event_has_records_or_is_rejected(event: object) -> None:
    for candidate in (event, {"Records": event}):
        with suppress(EventError):
            assert isinstance(event_records(candidate), list)


@given(
    anything | st.builds(record, text | anything, versionId=text | anything, bucket=text | st.just(BUCKET))
)
def test_any_record_is_an_upload_or_rejected(record: object) -> None:
    try:
        upload = parse_record(record, BUCKET)
        assert upload.key.encode()
        assert upload.version is None or upload.version
    except EventError as error:
        str(error).encode()  # can be logged
