import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common.problems import RequestError
from handlers.common.requests import Request
from handlers.files.upload import SUFFIXES, Upload, disposition, owner_of, upload_of
from tests.events import Context, event

names = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="/\\"), max_size=250)


def request(**identity: str) -> Request:
    return Request.of(event("GET", "/files", identity=identity), Context())


@given(names, st.sampled_from([(kind, suffix) for kind, all_ in SUFFIXES.items() for suffix in all_]))
def test_any_name_with_the_right_suffix(name: str, kind: tuple[str, str]) -> None:
    content_type, suffix = kind
    for whole in (name + suffix, name + suffix.upper()):
        assert upload_of({"name": whole, "content_type": content_type}) == Upload(
            name=whole, content_type=content_type
        )


@given(st.dictionaries(st.sampled_from(["name", "content_type", "x"]), st.text() | st.none() | st.integers()))
def test_any_body_is_an_upload_or_refused(body: dict[str, object]) -> None:
    try:
        upload = upload_of(body)
    except RequestError as error:
        assert (error.status, bool(error.errors)) == (400, True)  # noqa: PT017 - either outcome is right
    else:
        assert body == {"name": upload.name, "content_type": upload.content_type}


def test_a_suffix_that_another_content_type_has() -> None:
    with pytest.raises(RequestError) as caught:
        upload_of({"name": "a.png", "content_type": "image/jpeg"})
    assert caught.value.errors == [("name", "Does not end in .jpg or .jpeg, as image/jpeg has to.")]


@pytest.mark.parametrize("content_type", SUFFIXES)
def test_a_key_has_nothing_of_the_client(content_type: str) -> None:
    upload = Upload(name="../x.exe", content_type=content_type)
    assert upload.key("ID") == f"files/ID{SUFFIXES[content_type][0]}"


@given(names)
def test_a_name_comes_back_from_its_header(name: str) -> None:
    found = re.fullmatch(r"attachment; filename=\"([^\"]*)\"; filename\*=UTF-8''(\S*)", disposition(name))
    assert found
    plain, encoded = found.groups()
    assert unquote(encoded) == name
    assert re.fullmatch(r"([A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})*", encoded)  # RFC 5987, section 3.2.1
    assert len(plain) == len(name)
    assert all("\x20" <= character <= "\x7e" and character not in '"%\\' for character in plain)


def test_a_header_as_browsers_know_it() -> None:
    assert disposition('a "1" 100%é.csv') == (
        "attachment; filename=\"a _1_ 100__.csv\"; filename*=UTF-8''a%20%221%22%20100%25%C3%A9.csv"
    )


def test_an_owner_is_a_hash() -> None:
    owner = owner_of(request(apiKey="key-1"))
    assert re.fullmatch("[0-9a-f]{64}", owner)
    assert owner == owner_of(request(apiKey="key-1"))
    assert owner != owner_of(request(apiKey="key-2"))
    assert owner_of(request(apiKey="\ud800"))
    with pytest.raises(RequestError) as caught:
        owner_of(request())
    assert caught.value.status == 403
