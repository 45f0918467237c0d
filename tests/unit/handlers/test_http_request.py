"""HTTP requests as API Gateway passes them."""

import json
from urllib.parse import urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common.http_request import MAX_BODY_BYTES, HttpRequest
from handlers.common.problems import HttpError
from tests.api_events import FakeContext, api_event

ROLE = "arn:aws:sts::123456789012:assumed-role/orders"
PERSON = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developer_0123456789abcdef"
USER, FEDERATED = "arn:aws:iam::123456789012:user/a/u", "arn:aws:sts::123456789012:federated-user/u"


def request(**given_event: object) -> HttpRequest:
    return HttpRequest.from_event({**api_event("POST", "/tasks"), **given_event}, FakeContext())


def with_body(body: str | bytes, media_type: str = "application/json") -> HttpRequest:
    return HttpRequest.from_event(
        api_event("POST", "/tasks", body=body, headers={"content-type": media_type}), FakeContext()
    )


def error_of(http_request: HttpRequest) -> HttpError:
    with pytest.raises(HttpError) as caught:
        http_request.json_object()
    return caught.value


def test_event_is_read() -> None:
    http_request = HttpRequest.from_event(
        api_event("PUT", "/tasks/x?a=1&a=2", body="{}", headers={"If-MATCH": '"1"', "X": "y"}), FakeContext()
    )
    assert (http_request.method, http_request.resource, http_request.path) == (
        "PUT",
        "/tasks/{id}",
        {"id": "x"},
    )
    assert http_request.query == {"a": ["1", "2"]}
    assert http_request.headers == {"if-match": '"1"', "x": "y"}


def test_empty_event_is_read() -> None:
    http_request = HttpRequest.from_event({}, FakeContext())
    assert (
        http_request.method,
        http_request.resource,
        http_request.path,
        http_request.query,
        http_request.headers,
    ) == ("", "", {}, {}, {})
    assert http_request.id == FakeContext().aws_request_id


def test_repeated_headers_are_joined() -> None:
    http_request = request(multiValueHeaders={"If-Match": ['"1"', '"2"']})
    assert http_request.headers["if-match"] == '"1", "2"'


def test_single_value_members_are_read_without_multi_value_members() -> None:
    http_request = HttpRequest.from_event(
        {"headers": {"A": "1"}, "queryStringParameters": {"b": "2"}}, FakeContext()
    )
    assert (http_request.headers, http_request.query) == ({"a": "1"}, {"b": ["2"]})


@pytest.mark.parametrize(
    ("identity", "caller"),
    [
        ({"apiKeyId": "id", "apiKey": "secret", "userArn": None}, "id"),
        ({"apiKeyId": "id", "userArn": f"{ROLE}/pod-1"}, "id"),
        ({"userArn": USER}, USER),
        ({"userArn": f"{ROLE}/pod-1"}, ROLE),
        ({"userArn": f"{ROLE}/pod-2"}, ROLE),
        ({"userArn": ROLE.replace("aws", "aws-us-gov") + "/s"}, ROLE.replace("aws", "aws-us-gov")),
        ({"userArn": f"{ROLE}2/pod-1"}, f"{ROLE}2"),
        ({"userArn": f"{PERSON}/anna@example.com"}, f"{PERSON}/anna@example.com"),
        ({"userArn": FEDERATED}, FEDERATED),
        ({"sourceIp": "127.0.0.1"}, "anonymous"),
    ],
)
def test_caller_is_stable(identity: dict[str, str], caller: str) -> None:
    assert request(requestContext={"identity": identity}).caller == caller


@pytest.mark.parametrize(
    ("identity", "headers", "key"),
    [
        ({"apiKey": "secret"}, {"X-API-Key": "other"}, "secret"),
        ({"apiKey": None}, {"X-API-Key": "secret"}, "secret"),
        ({}, {"x-api-key": "secret"}, "secret"),
        ({"apiKeyId": "id"}, {}, None),
    ],
)
def test_api_key_is_read_from_identity_or_header_and_not_in_repr(
    identity: dict[str, str], headers: dict[str, str], key: str | None
) -> None:
    http_request = HttpRequest.from_event(
        api_event("GET", "/tasks", headers=headers, identity=identity, body="hidden"), FakeContext()
    )
    assert http_request.api_key == key
    for secret in ("secret", "other", "hidden"):
        assert secret not in repr(http_request)


def test_unknown_and_repeated_parameters_are_rejected() -> None:
    http_request = HttpRequest.from_event(api_event("GET", "/tasks?limit=5&cursor="), FakeContext())
    assert http_request.parameters(("limit", "cursor")) == {"limit": "5", "cursor": ""}
    with pytest.raises(HttpError) as caught:
        HttpRequest.from_event(api_event("GET", "/tasks?limit=5&limit=6&a=1"), FakeContext()).parameters(
            ("limit",)
        )
    assert caught.value.status == 400
    assert caught.value.errors == [("a", "Unknown parameter."), ("limit", "Must not be repeated.")]


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "APPLICATION/JSON; charset=utf-8",
        'application/json;charset="UTF-8"',
        "application/json; version=1; charset=us-ascii",
    ],
)
def test_json_media_type_is_accepted(media_type: str) -> None:
    assert with_body('{"a": 1}', media_type).json_object() == {"a": 1}


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/jsonp", "application/problem+json"])
def test_other_media_type_is_415(media_type: str) -> None:
    assert error_of(with_body("{}", media_type)).status == 415


@pytest.mark.parametrize("charset", ["ISO-8859-1", '"utf-16"', "windows-1252", "", "x"])
def test_charset_other_than_utf8_is_415(charset: str) -> None:
    error = error_of(with_body('{"title": "\ufffd"}', f"application/json; charset={charset}"))
    assert (error.status, error.detail) == (415, "The charset of Content-Type must be utf-8.")


@given(st.text())
def test_any_media_type_is_accepted_or_415(parameters: str) -> None:
    for media_type in (parameters, f"application/json{parameters}", f"application/json; charset{parameters}"):
        try:
            assert with_body("{}", media_type).json_object() == {}
        except HttpError as error:
            assert error.status == 415  # noqa: PT017 - either result is right


def test_missing_media_type_is_415() -> None:
    assert error_of(request(body="{}")).status == 415


def test_size_is_counted_in_bytes_of_the_decoded_body() -> None:
    frame = len('{"a":""}')
    assert with_body(json.dumps({"a": "x" * (MAX_BODY_BYTES - frame)}, separators=(",", ":"))).json_object()
    largest = '{"a":"' + "é" * ((MAX_BODY_BYTES - frame) // 2) + '"}'
    assert with_body(largest).json_object()
    assert with_body(largest.encode()).json_object()
    assert error_of(with_body(largest + "  ")).status == 413
    assert error_of(with_body((largest + "  ").encode())).status == 413


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "{'a': 1}",
        "[]",
        "null",
        '"text"',
        "1",
        "nan",
        '{"a": NaN}',
        '{"a": -Infinity}',
        '{"a": 1, "a": 1}',
        '{"x": {"a": 1, "a": 2}}',
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        '{"a": "\ud800"}',
        '\ufeff{"a": 1}',
        '{"a": ' + "9" * 5000 + "}",
        "[" * 60_000,
        '{"a":' * 10_000 + "1" + "}" * 10_000,
        b"\xff\xfe",
        b'{"a": "\xc3"}',
        '{"a": 1} {"b": 2}',
    ],
)
def test_body_that_is_not_a_json_object_is_400(body: str | bytes) -> None:
    assert error_of(with_body(body)).status == 400


def test_invalid_base64_is_400() -> None:
    headers = {"Content-Type": ["application/json"]}
    http_request = request(body="{}", isBase64Encoded=True, multiValueHeaders=headers)
    assert error_of(http_request).status == 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize("event", [None, [], "text", 1, {"requestContext": []}, {"headers": "x", "path": 1}])
def test_event_of_another_form_is_read_as_an_empty_one(event: object) -> None:
    context = FakeContext()
    assert HttpRequest.from_event(event, context) == HttpRequest.from_event({}, context)


def test_null_values_are_read_as_absent() -> None:
    http_request = request(
        multiValueHeaders={"A": None, "B": [None], "C": ["1", None]},
        multiValueQueryStringParameters={"a": None, "b": [None, "2"]},
        pathParameters={"id": None},
        body=None,
    )
    assert http_request.headers == {"c": "1"}
    assert (http_request.query, http_request.path, http_request.body) == ({"b": ["2"]}, {}, "")


members = st.none() | st.integers() | st.text() | st.lists(st.none() | st.text())


@given(
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(api_event("GET", "/tasks"), members | st.dictionaries(st.text(), members))
    )
)
def test_any_event_is_read(event: dict[str, object]) -> None:
    http_request = HttpRequest.from_event(event, FakeContext())
    assert all(isinstance(value, str) for value in http_request.headers.values())


@pytest.mark.parametrize("path", ["/tasks", "/tasks/"])
def test_location_is_relative_to_the_url_of_the_request(path: str) -> None:
    assert urljoin(f"/dev{path}", request(path=path).location("tasks", "x")) == "/dev/tasks/x"


@given(st.binary() | st.text(st.characters(exclude_categories=())) | json_values.map(json.dumps))
def test_any_body_is_parsed_or_400(body: str | bytes) -> None:
    try:
        assert isinstance(with_body(body).json_object(), dict)
    except HttpError as error:
        assert error.status == 400  # noqa: PT017 - either result is right
