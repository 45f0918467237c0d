"""Bodies, media types and keys that `receive` accepts or rejects (Q2, Q4)."""

import json
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.common import clients
from tests.api_events import FakeContext, api_event
from tests.generation import example_count
from tests.integration.entry_points import record_calls
from tests.integration.request_pipeline import Pipeline
from tests.integration.task_api import assert_problem
from tests.unit.handlers.strategies import anything, text

MEBIBYTE = 1024 * 1024


def sized(size: int) -> str:
    return json.dumps({"x": "x" * (size - len('{"x": ""}'))})


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (None, 400),
        ("", 400),
        (" ", 400),
        ("{", 400),
        ("[1]", 400),
        ('"x"', 400),
        ("null", 400),
        ("NaN", 400),
        ('{"a": Infinity}', 400),
        ('{"a": 1, "a": 2}', 400),
        ('{"a": "\\ud800"}', 400),
        ('{"a": 1}x', 400),
        ("[" * 100_000, 400),
        (b"\xff", 400),
        (b"", 400),
        (sized(MEBIBYTE + 1), 413),
        (sized(MEBIBYTE + 1).encode(), 413),
        ("x" * 5_000_000, 413),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_invalid_body_is_rejected(pipeline: Pipeline, body: str | bytes | None, status: int) -> None:
    with record_calls(clients.s3(), clients.dynamodb(), clients.stepfunctions()) as calls:
        assert_problem(pipeline.post(body), status)
    assert calls == []


@pytest.mark.parametrize("media_type", ["", "text/plain", "text/json", "application/jsonx"])
def test_other_media_type_is_rejected(pipeline: Pipeline, media_type: str) -> None:
    assert_problem(pipeline.post(headers={"Content-Type": media_type}), 415)
    assert pipeline.objects() == {}


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_invalid_idempotency_key_is_rejected(pipeline: Pipeline, key: str) -> None:
    assert_problem(pipeline.post(key=key), 400)
    assert pipeline.objects() == {}


def test_largest_body_is_accepted(pipeline: Pipeline) -> None:
    for body in (sized(MEBIBYTE), sized(MEBIBYTE).encode()):
        request_id = pipeline.post(body).json["request_id"]
        assert len(pipeline.objects()[f"requests/{request_id}.json"]) == MEBIBYTE


@pytest.fixture
def store_only(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Return a pipeline that stores requests but does not complete them."""
    monkeypatch.setattr(pipeline.receive.completion, "complete", lambda *_: "arn")
    return pipeline


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.hypothesis
def test_any_json_object_is_stored_unchanged(store_only: Pipeline) -> None:
    @settings(max_examples=example_count(few=10, many=200))
    @given(
        st.dictionaries(st.text(), json_values, max_size=4),
        st.sampled_from(("", " ", "\r\n")),
        st.booleans(),
        st.booleans(),
    )
    def post(document: object, blank: str, ascii_only: bool, encoded: bool) -> None:
        body = blank + json.dumps(document, ensure_ascii=ascii_only) + blank
        response = store_only.post(body.encode() if encoded else body)
        assert response.status == 200
        assert list(store_only.objects(response.json["request_id"]).values()) == [body.encode()]

    post()


@pytest.mark.hypothesis
def test_any_body_is_stored_unchanged_or_rejected(store_only: Pipeline) -> None:
    bodies = text | st.binary() | anything.map(json.dumps) | st.dictionaries(text, anything).map(json.dumps)

    @settings(max_examples=example_count(few=20, many=500))
    @given(bodies)
    def post(body: str | bytes) -> None:
        request_id = str(uuid4())
        response = store_only.post(body, request_id=request_id)
        sent = body.encode(errors="surrogatepass") if isinstance(body, str) else body
        if response.status == 200:
            assert isinstance(json.loads(sent), dict)
            assert list(store_only.objects(request_id).values()) == [sent]
        else:
            assert_problem(response, 400)
            assert store_only.objects(request_id) == {}

    post()


def test_broken_base64_body_is_rejected(pipeline: Pipeline) -> None:
    message = api_event("POST", "/", body="{}", headers={"Content-Type": "application/json"})
    response = pipeline.receive.handler({**message, "isBase64Encoded": True}, FakeContext())
    assert (response["statusCode"], pipeline.objects()) == (400, {})
