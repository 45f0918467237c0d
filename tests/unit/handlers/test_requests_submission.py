"""Submissions and their ids (Q2)."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common.http_request import HttpRequest
from handlers.common.problems import HttpError
from handlers.common.s3_events import EventError
from handlers.requests.submission import object_key, parse_submission, request_id_from_key
from tests.api_events import FakeContext, api_event
from tests.unit.handlers.strategies import text

GATEWAY_ID = "0b7f6b1e-7c1d-4f6e-9a52-3f1d2c4b5a60"
keys = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=255)


def request(
    caller: str = "anna", key: str | None = None, body: str = "{}", request_id: str = GATEWAY_ID
) -> HttpRequest:
    headers = {"Content-Type": "application/json"} | ({} if key is None else {"Idempotency-Key": key})
    sent = api_event("POST", "/", body=body, headers=headers, identity={"userArn": caller})
    sent["requestContext"]["requestId"] = request_id
    return HttpRequest.from_event(sent, FakeContext())


@given(st.uuids().filter(lambda value: value.version != 5).map(str))
def test_request_id_without_a_key_is_the_gateways(request_id: str) -> None:
    submission = parse_submission(request(request_id=request_id))
    assert (submission.request_id, submission.body, submission.keyed) == (request_id, b"{}", False)


@given(text.filter(bool), keys)
def test_derived_id_cannot_be_chosen_by_a_client(caller: str, key: str) -> None:
    derived = parse_submission(request(caller, key)).request_id
    assert parse_submission(request("eve", request_id=derived)).request_id == FakeContext().aws_request_id


@given(text.filter(bool), keys)
def test_request_id_with_a_key_is_derived_from_caller_and_key(caller: str, key: str) -> None:
    first, second = parse_submission(request(caller, key)), parse_submission(request(caller, key, '{"a": 1}'))
    assert first.keyed
    assert first.request_id == second.request_id == str(UUID(first.request_id))
    assert first.request_id != parse_submission(request(f"{caller}x", key)).request_id
    assert first.request_id != parse_submission(request(caller, key[1:] or "ab")).request_id


def test_request_id_of_a_key_never_changes() -> None:
    """A key still identifies the same request after a new version of the code is deployed."""
    assert parse_submission(request("anna", "k")).request_id == "465f3273-ad2d-5d83-852e-e5f3d1c055a7"


@given(st.uuids().map(str))
def test_request_id_is_read_from_the_object_key(request_id: str) -> None:
    assert request_id_from_key(object_key(request_id)) == request_id


@given(text | st.from_regex(r"requests/[0-9a-fA-F-]{30,40}\.json"))
def test_other_object_keys_have_no_request_id(key: str) -> None:
    try:
        request_id = request_id_from_key(key)
    except EventError as error:
        assert str(error).encode()  # noqa: PT017 - it need not fail; the message can be logged
    else:
        assert object_key(request_id) == key
        assert request_id == str(UUID(request_id))


def test_problem_contains_the_request_id_of_the_error() -> None:
    gateway, own = str(uuid4()), str(uuid4())
    assert HttpError(409, "x", request_id=own).document(gateway)["request_id"] == own
    assert HttpError(409, "x").document(gateway)["request_id"] == gateway


@pytest.mark.parametrize(("body", "status"), [("[]", 400), ('{"a": "' + "x" * 1024 * 1024 + '"}', 413)])
def test_invalid_body_is_rejected(body: str, status: int) -> None:
    with pytest.raises(HttpError) as caught:
        parse_submission(request(body=body))
    assert caught.value.status == status
