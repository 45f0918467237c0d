from contextlib import suppress
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common.s3_events import Created, EventError, created_of, records_of
from tests.unit.handlers.strategies import anything, text

BUCKET = "files"
TIME = "2026-01-01T00:00:00.000Z"
PADDED = "0A" + 30 * "0"


def record(key: object, *, bucket: object = BUCKET, **more: object) -> dict[str, Any]:
    return {
        "eventName": "ObjectCreated:Put",
        "eventTime": TIME,
        "s3": {"bucket": {"name": bucket}, "object": {"key": key, "sequencer": "0A", **more}},
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
    assert created_of(record(encoded), BUCKET) == Created(key, None, PADDED, TIME)


@given(st.text(min_size=1), st.sampled_from(("", "/")), st.sampled_from((quote, quote_plus)))
def test_any_key_comes_back(key: str, safe: str, encode: Any) -> None:  # noqa: ANN401
    assert created_of(record(encode(key, safe=safe)), BUCKET).key == key


def test_the_version_counts_when_there_is_one() -> None:
    assert created_of(record("a", versionId="v1"), BUCKET) == Created("a", "v1", PADDED, TIME)
    assert created_of(record("a", versionId=None), BUCKET) == Created("a", None, PADDED, TIME)


@pytest.mark.parametrize(
    ("malformed", "said"),
    [
        (None, "has no time"),
        ({}, "has no time"),
        ({"s3": {}}, "has no time"),
        ({"s3": {"bucket": {"name": BUCKET}}}, "has no time"),
        ({"s3": {"bucket": BUCKET, "object": {"key": "a"}}}, "has no time"),
        (record(1), "has no time"),
        (record(None), "has no time"),
        (record("a", bucket=None), "has no time"),
        (record(""), "an empty key"),
        (record("%ff"), "'%ff' is not UTF-8"),
        (record("\ud800"), "is not UTF-8"),
        (record("a", versionId=1), "the version id of 'a' is no text"),
        (record("a", versionId=""), "the version id of 'a' is no text"),
        (record("a", sequencer=None), "has no time"),
        (record("a", sequencer="x"), "the sequencer of 'a' is no hexadecimal"),
        ({**record("a"), "eventTime": None}, "has no time"),
        (record("a", bucket="other"), "'a' is in another bucket, 'other'"),
    ],
)
def test_malformed_records_are_refused(malformed: object, said: str) -> None:
    with pytest.raises(EventError, match=said):
        created_of(malformed, BUCKET)


def test_records() -> None:
    assert records_of({"Records": [record("a"), 1]}) == [record("a"), 1]
    assert records_of({"Records": []}) == []
    assert records_of({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": BUCKET}) == []


@pytest.mark.parametrize(
    "event", [None, [], "Records", {}, {"Records": None}, {"Records": {}}, {"Event": "x"}]
)
def test_events_that_are_none_of_s3(event: object) -> None:
    with pytest.raises(EventError, match="no list of Records"):
        records_of(event)


@given(anything)
def test_any_event_has_records_or_is_refused(event: object) -> None:
    for each in (event, {"Records": event}):
        with suppress(EventError):
            assert isinstance(records_of(each), list)


@given(
    anything | st.builds(record, text | anything, versionId=text | anything, bucket=text | st.just(BUCKET))
)
def test_any_record_is_an_upload_or_refused(record: object) -> None:
    try:
        upload = created_of(record, BUCKET)
        assert upload.key.encode()
        assert upload.version is None or upload.version
    except EventError as error:
        str(error).encode()  # the log takes it
