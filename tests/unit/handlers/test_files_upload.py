"""Validation of uploads, and headers of downloads (F4)."""

import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common.http_request import HttpRequest
from handlers.common.problems import HttpError
from handlers.files.upload import (
    SUFFIXES,
    Upload,
    content_disposition,
    hashed_owner,
    object_key,
    parse_upload,
)
from tests.api_events import FakeContext, api_event

names = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/\\"), max_size=250)


def request(**identity: str) -> HttpRequest:
    return HttpRequest.from_event(api_event("GET", "/files", identity=identity), FakeContext())


@given(
    names,
    st.sampled_from(
        [(content_type, suffix) for content_type, suffixes in SUFFIXES.items() for suffix in suffixes]
    ),
)
def test_any_name_with_the_right_suffix_is_accepted(name: str, type_and_suffix: tuple[str, str]) -> None:
    content_type, suffix = type_and_suffix
    for whole in (name + suffix, name + suffix.upper()):
        assert parse_upload({"name": whole, "content_type": content_type}) == Upload(
            name=whole, content_type=content_type
        )


@given(st.dictionaries(st.sampled_from(["name", "content_type", "x"]), st.text() | st.none() | st.integers()))
def test_any_body_is_an_upload_or_rejected(body: dict[str, object]) -> None:
    try:
        upload = parse_upload(body)
    except HttpError as error:
        assert (error.status, bool(error.errors)) == (400, True)  # noqa: PT017 - either result is right
    else:
        assert body == {"name": upload.name, "content_type": upload.content_type}


def test_suffix_of_another_content_type_is_rejected() -> None:
    with pytest.raises(HttpError) as caught:
        parse_upload({"name": "a.png", "content_type": "image/jpeg"})
    assert caught.value.errors == [("name", "Must end with .jpg or .jpeg for image/jpeg.")]


@pytest.mark.parametrize("content_type", SUFFIXES)
def test_object_key_contains_no_text_from_the_client(content_type: str) -> None:
    assert object_key("ID", content_type) == f"files/ID{SUFFIXES[content_type][0]}"


@given(names)
def test_content_disposition_preserves_any_name(name: str) -> None:
    match = re.fullmatch(
        r"attachment; filename=\"([^\"]*)\"; filename\*=UTF-8''(\S*)", content_disposition(name)
    )
    assert match
    plain, encoded = match.groups()
    assert unquote(encoded) == name
    assert re.fullmatch(r"([A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})*", encoded)  # RFC 5987, section 3.2.1
    assert len(plain) == len(name)
    assert all("\x20" <= character <= "\x7e" and character not in '"%\\' for character in plain)


def test_content_disposition_has_an_ascii_and_an_encoded_name() -> None:
    assert content_disposition('a "1" 100%é.csv') == (
        "attachment; filename=\"a _1_ 100__.csv\"; filename*=UTF-8''a%20%221%22%20100%25%C3%A9.csv"
    )


def test_owner_is_a_hash_of_the_api_key() -> None:
    owner = hashed_owner(request(apiKey="key-1"))
    assert re.fullmatch("[0-9a-f]{64}", owner)
    assert owner == hashed_owner(request(apiKey="key-1"))
    assert owner != hashed_owner(request(apiKey="key-2"))
    assert hashed_owner(request(apiKey="\ud800"))
    with pytest.raises(HttpError) as caught:
        hashed_owner(request())
    assert caught.value.status == 403
