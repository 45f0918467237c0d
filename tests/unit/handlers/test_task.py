"""Tasks, and validation of their fields (T4)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common.problems import HttpError
from handlers.common.times import timestamp
from handlers.tasks.task import (
    STATUSES,
    Draft,
    Task,
    new_task,
    parse_draft,
    parse_replacement,
)

ID = "0b7f6b1e-7c1d-4f6e-9a52-3f1d2c4b5a60"
OTHER = "0b7f6b1e-7c1d-4f6e-9a52-3f1d2c4b5a61"
CONTROL_FREE = st.characters(exclude_categories=("Cc", "Cs"))

drafts = st.builds(
    Draft,
    title=st.text(CONTROL_FREE, min_size=1, max_size=200).filter(str.strip),
    description=st.text(CONTROL_FREE | st.sampled_from("\n\t"), max_size=4000),
    status=st.sampled_from(STATUSES),
    due_at=st.none() | st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat("T", "seconds")),
)


def errors(body: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(HttpError) as caught:
        parse_draft(body)
    assert caught.value.status == 400
    return dict(caught.value.errors)


def test_defaults() -> None:
    assert parse_draft({"title": "t"}) == Draft(title="t", description="", status="open", due_at=None)


def test_new_task_has_version_1() -> None:
    task = new_task(parse_draft({"title": "t"}), ID)
    assert (task.id, task.version, task.etag) == (ID, 1, '"1"')
    assert task.created_at == task.updated_at
    assert task.created_at.endswith("Z")
    assert timestamp() >= task.created_at
    assert next(iter(task.document())) == "id"


@given(drafts, st.integers(min_value=1))
def test_task_converts_to_an_item_and_back(draft: Draft, version: int) -> None:
    task = Task(**{**new_task(draft, ID).document(), "version": version})
    assert Task.from_item({**task.item(), "internal": {"S": "x"}}) == task


@given(
    st.dictionaries(st.sampled_from(["title", "description", "status", "due_at", "x"]), st.text() | st.none())
)
def test_any_body_is_a_draft_or_rejected(body: dict[str, Any]) -> None:
    try:
        parse_draft(body)
    except HttpError as error:
        assert error.status == 400  # noqa: PT017 - either outcome is right
        assert error.errors  # noqa: PT017


@pytest.mark.parametrize(
    "title", ["t", "x" * 200, "\U0001f600" * 200, " é ", "\u202eright-to-left", "a\u200bb"]
)
def test_title_is_stored_as_sent(title: str) -> None:
    assert parse_draft({"title": title}).title == title


@pytest.mark.parametrize(
    "title", ["", " ", "   ", "x" * 201, "a\nb", "a\tb", "a\x00", "\x7f", "\x85", None, 1, True, [], {}]
)
def test_invalid_title_is_rejected(title: object) -> None:
    assert list(errors({"title": title})) == ["title"]


def test_description_allows_line_feeds_and_tabs_only() -> None:
    assert parse_draft({"title": "t", "description": "a\n\tb" * 800}).description == "a\n\tb" * 800
    for wrong in ("x" * 4001, "a\rb", "\x1b[0m", None, 5):
        assert list(errors({"title": "t", "description": wrong})) == ["description"]


@pytest.mark.parametrize("status", ["", "Open", "closed", None, 1, ["open"]])
def test_invalid_status_is_rejected(status: object) -> None:
    assert list(errors({"title": "t", "status": status})) == ["status"]


@pytest.mark.parametrize(
    "due_at",
    [
        "2026-02-28T12:00:00Z",
        "2024-02-29T23:59:59.123456789+14:00",
        "2026-01-01t00:00:00z",
        "0001-01-01T00:00:00+23:59",
        "1990-12-31T15:59:60-08:00",  # RFC 3339, section 5.8
        "2016-12-31T23:59:60.5Z",
        None,
    ],
)
def test_due_date_is_stored_as_sent(due_at: str | None) -> None:
    assert parse_draft({"title": "t", "due_at": due_at}).due_at == due_at


@pytest.mark.parametrize(
    "due_at",
    [
        "",
        "tomorrow",
        "2026-02-28",
        "2026-02-28T12:00:00",
        "2026-02-28T12:00Z",
        "2026-02-28 12:00:00Z",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-01-01T24:00:01Z",
        "2026-01-01T12:00:00+24:00",
        "2026-01-01T12:00:00.1234567890Z",
        "2026-01-01T12:00:00.Z",
        "2026-01-01T12:00:61Z",
        "2026-01-01T12:00:60Z",
        "1990-12-31T23:59:60-08:00",
        "9999-12-31T23:59:60Z",
        "0001-01-01T00:59:60+01:00",
        "20260101T120000Z",
        "2026-01-01T12:00:00Z\n",
        "٢٠٢٦-01-01T12:00:00Z",
        0,
        1767225600,
    ],
)
def test_invalid_due_date_is_rejected(due_at: object) -> None:
    assert list(errors({"title": "t", "due_at": due_at})) == ["due_at"]


def test_all_errors_are_reported_together() -> None:
    body = {"status": "x", "due_at": "x", "description": 1, "id": ID, "version": 3, "colour": "red"}
    assert set(errors(body)) == {"title", "status", "due_at", "description", "id", "version", "colour"}


def test_replacement_takes_its_id_from_the_body_or_the_path() -> None:
    draft = parse_draft({"title": "t"})
    assert parse_replacement({"title": "t", "id": ID}, None) == (ID, draft)
    assert parse_replacement({"title": "t", "id": ID}, ID) == (ID, draft)
    assert parse_replacement({"title": "t"}, ID) == (ID, draft)


@pytest.mark.parametrize(
    ("body_id", "path_id"),
    [({}, None), ({"id": "x"}, None), ({"id": ID.upper()}, None), ({"id": None}, ID), ({"id": OTHER}, ID)],
)
def test_replacement_without_a_valid_id_is_rejected(body_id: dict[str, Any], path_id: str | None) -> None:
    with pytest.raises(HttpError) as caught:
        parse_replacement({"title": "t", **body_id}, path_id)
    assert [name for name, _ in caught.value.errors] == ["id"]
