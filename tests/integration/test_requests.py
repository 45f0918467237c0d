"""The contract of the request API: `receive`, in this process, on the embedded AWS (Q2, Q4)."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.common import clients
from handlers.common.clients import Client
from handlers.common.times import timestamp
from tests.events import Context, event
from tests.integration.entries import calls_of, log_of
from tests.integration.faults import LOST_ANSWER, TIMEOUT, refusal, struck_by
from tests.integration.requests import BODY, MakePipeline, Pipeline, assert_one_result, client_of
from tests.integration.test_tasks import refused
from tests.unit.handlers.strategies import anything, text

ID = "0b7f6b1e-7c1d-4f6e-9a52-3f1d2c4b5a60"
MEBIBYTE = 1024 * 1024
LATE = 5_499  # ms; a millisecond more is time enough for a call


class Waning(Context):
    """A context in which so much time remains, one call after the other."""

    def __init__(self, *remaining_ms: int) -> None:
        super().__init__()
        self.times = list(remaining_ms)

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # Powertools' is static
        return self.times.pop(0)


def sized(size: int) -> str:
    return json.dumps({"x": "x" * (size - len('{"x": ""}'))})


def test_an_accepted_request(pipeline: Pipeline) -> None:
    before, request_id = timestamp(), str(uuid4())
    answer = pipeline.post(request_id=request_id)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in answer.headers
    (row,) = pipeline.rows()
    assert answer.json == {
        "message": "The request is accepted.",
        "request_id": request_id,
        "execution_arn": row["step_function_execution_arn"],
    }
    assert before <= row["timestamp"] <= timestamp()
    assert_one_result(pipeline, request_id, row["timestamp"])
    stored = client_of(pipeline.server, "s3").head_object(
        Bucket=pipeline.bucket, Key=f"requests/{request_id}.json"
    )
    assert stored["ContentType"] == "application/json"
    assert stored["Metadata"] == {"sha256": sha256(BODY.encode()).hexdigest()}


def test_the_row_is_there_before_its_execution(pipeline: Pipeline) -> None:
    with struck_by(TIMEOUT, clients.stepfunctions(), "StartExecution", 2):
        refused(pipeline.post(), 503)
    (row,) = pipeline.rows()
    assert row["status"] == "processing"
    assert pipeline.executions() == []


def test_a_request_that_is_sent_again(pipeline: Pipeline) -> None:
    first = pipeline.post(key="k")
    assert UUID(first.json["request_id"]).version == 5
    (row,) = pipeline.rows()
    for _ in range(2):  # while its execution runs, and when it has ended
        again = pipeline.post(key="k")
        assert (again.status, again.json) == (200, first.json)
        assert again.headers == {**first.headers, "Idempotent-Replayed": "true"}
        assert_one_result(pipeline, first.json["request_id"], row["timestamp"])


def test_a_key_with_another_body(pipeline: Pipeline) -> None:
    first = pipeline.post(key="k")
    for body in ('{"order": 8}', BODY + " "):
        other = pipeline.post(body, key="k")
        refused(other, 422)
        assert other.json["detail"] == "This Idempotency-Key was used with another body before."
        assert other.json["request_id"] == first.json["request_id"]
    (row,) = pipeline.rows()
    assert_one_result(pipeline, first.json["request_id"], row["timestamp"])


def test_callers_and_keys_do_not_meet(pipeline: Pipeline) -> None:
    sent = [("a", "1"), ("a", "2"), ("b", "1"), ("b", None), ("b", None), ('a", "1', "1")]
    answers = [pipeline.post(caller=caller, key=key) for caller, key in sent]
    assert [answer.status for answer in answers] == [200] * len(sent)
    assert len({answer.json["request_id"] for answer in answers}) == len(pipeline.objects()) == len(sent)
    assert len(pipeline.rows()) == len(pipeline.executions()) == len(sent)


def test_a_request_that_is_sent_many_times_at_once(pipeline: Pipeline) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: pipeline.post(key="k"), range(8)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1
    (row,) = pipeline.rows()
    assert_one_result(pipeline, answers[0].json["request_id"], row["timestamp"])


def test_the_time_of_a_request_whose_row_is_made_by_a_later_one(pipeline: Pipeline) -> None:
    with struck_by(TIMEOUT, clients.dynamodb(), "PutItem", 2):
        request_id = pipeline.post(key="k").json["request_id"]
    stored = client_of(pipeline.server, "s3").head_object(
        Bucket=pipeline.bucket, Key=f"requests/{request_id}.json"
    )
    assert pipeline.post(key="k").status == 200
    assert_one_result(pipeline, request_id, timestamp(stored["LastModified"]))


def test_its_own_second_attempt_is_no_replay_without_a_key(pipeline: Pipeline) -> None:
    with struck_by(LOST_ANSWER, clients.s3(), "PutObject"):
        answer = pipeline.post()
    assert (answer.status, "Idempotent-Replayed" in answer.headers) == (200, False)


def test_a_key_that_is_being_stored(pipeline: Pipeline) -> None:
    conflict = refusal("conflict", "ConditionalRequestConflict", 409)
    with struck_by(conflict, clients.s3(), "PutObject"):
        answer = pipeline.post(key="k")
    refused(answer, 409)
    assert answer.headers["Retry-After"] == "1"
    assert UUID(answer.json["request_id"]).version == 5
    with struck_by(conflict, clients.s3(), "PutObject"):  # with its own first attempt
        refused(pipeline.post(), 503)
    assert pipeline.rows() == []


@pytest.mark.parametrize("chosen", ["x", "", "../../x", ID.upper(), f"{ID} ", ID.replace("-", "")])
def test_ids_of_the_gateway_that_clients_have_chosen(pipeline: Pipeline, chosen: str) -> None:
    answer = pipeline.post(request_id=chosen)
    assert (answer.status, answer.json["request_id"]) == (200, Context().aws_request_id)
    assert list(pipeline.objects()) == [f"requests/{Context().aws_request_id}.json"]


def test_an_id_that_another_request_has(pipeline: Pipeline) -> None:
    request_id = str(uuid4())
    first = pipeline.post(request_id=request_id)
    assert pipeline.post(request_id=request_id, caller="b").json == first.json
    other = pipeline.post('{"order": 8}', request_id=request_id)
    refused(other, 422)
    assert other.json["detail"] == "This request id was used with another body before."
    (row,) = pipeline.rows()
    assert_one_result(pipeline, request_id, row["timestamp"])


def test_an_object_that_somebody_else_has_put_there(pipeline: Pipeline) -> None:
    request_id = str(uuid4())
    pipeline.put(request_id)  # without the hash of its body
    refused(pipeline.post(request_id=request_id), 422)


def test_an_object_that_goes_while_it_is_looked_at(pipeline: Pipeline) -> None:
    with struck_by(refusal("there", "PreconditionFailed", 412), clients.s3(), "PutObject"):
        answer = pipeline.post(key="k")
    refused(answer, 503)
    assert "may not be stored" in answer.json["detail"]


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
def test_bodies_that_are_refused(pipeline: Pipeline, body: str | bytes | None, status: int) -> None:
    with calls_of(clients.s3(), clients.dynamodb(), clients.stepfunctions()) as calls:
        refused(pipeline.post(body), status)
    assert calls == []


@pytest.mark.parametrize("media_type", ["", "text/plain", "text/json", "application/jsonx"])
def test_media_types_that_are_refused(pipeline: Pipeline, media_type: str) -> None:
    refused(pipeline.post(headers={"Content-Type": media_type}), 415)
    assert pipeline.objects() == {}


@pytest.mark.parametrize("key", ["", "x" * 256, "é", "a\tb"])
def test_keys_that_are_refused(pipeline: Pipeline, key: str) -> None:
    refused(pipeline.post(key=key), 400)
    assert pipeline.objects() == {}


def test_the_largest_body(pipeline: Pipeline) -> None:
    for body in (sized(MEBIBYTE), sized(MEBIBYTE).encode()):
        request_id = pipeline.post(body).json["request_id"]
        assert len(pipeline.objects()[f"requests/{request_id}.json"]) == MEBIBYTE


@pytest.fixture
def store_only(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """A pipeline that completes nothing."""
    monkeypatch.setattr(pipeline.receive.completion, "complete", lambda *_: "arn")
    return pipeline


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_any_json_object_is_stored_as_it_was_sent(store_only: Pipeline) -> None:
    @settings(deadline=None, database=None, max_examples=40)
    @given(
        st.dictionaries(st.text(), json_values, max_size=4),
        st.sampled_from(("", " ", "\r\n")),
        st.booleans(),
        st.booleans(),
    )
    def post(document: object, blank: str, ascii_only: bool, encoded: bool) -> None:
        body = blank + json.dumps(document, ensure_ascii=ascii_only) + blank
        answer = store_only.post(body.encode() if encoded else body)
        assert answer.status == 200
        assert list(store_only.objects(answer.json["request_id"]).values()) == [body.encode()]

    post()


def test_any_body_is_stored_as_it_was_sent_or_refused(store_only: Pipeline) -> None:
    bodies = text | st.binary() | anything.map(json.dumps) | st.dictionaries(text, anything).map(json.dumps)

    @settings(deadline=None, database=None)
    @given(bodies)
    def post(body: str | bytes) -> None:
        request_id = str(uuid4())
        answer = store_only.post(body, request_id=request_id)
        sent = body.encode(errors="surrogatepass") if isinstance(body, str) else body
        if answer.status == 200:
            assert isinstance(json.loads(sent), dict)
            assert list(store_only.objects(request_id).values()) == [sent]
        else:
            refused(answer, 400)
            assert store_only.objects(request_id) == {}

    post()


def test_a_body_in_broken_base64(pipeline: Pipeline) -> None:
    message = event("POST", "/", body="{}", headers={"Content-Type": "application/json"})
    answer = pipeline.receive.handler({**message, "isBase64Encoded": True}, Context())
    assert (answer["statusCode"], pipeline.objects()) == (400, {})


def test_what_the_api_does_not_have(pipeline: Pipeline) -> None:
    for method, path, status in (("GET", "/", 405), ("POST", "/x", 404), ("POST", "/?x=1", 400)):
        message = event(method, path, body=BODY, headers={"Content-Type": "application/json"})
        assert pipeline.receive.handler(message, Context())["statusCode"] == status
    assert pipeline.objects() == {}


@pytest.mark.parametrize(
    ("remaining", "stored"),
    [([LATE], False), ([LATE + 1, LATE], True), ([LATE + 1, LATE + 1, LATE], True)],
    ids=["at-once", "stored", "with-its-row"],
)
def test_no_call_is_begun_that_may_take_too_long(
    pipeline: Pipeline,
    remaining: list[int],
    stored: bool,
) -> None:
    answer = pipeline.post(context=Waning(*remaining))
    refused(answer, 503)
    assert ("is stored" in answer.json["detail"], bool(pipeline.objects())) == (stored, stored)
    assert (len(pipeline.rows()), pipeline.executions()) == (len(remaining) // 3, [])


def test_nor_when_it_was_there(pipeline: Pipeline) -> None:
    pipeline.post(key="k")
    late = pipeline.post(key="k", context=Waning(LATE + 1, LATE))
    refused(late, 503)
    assert "may not be stored" in late.json["detail"]
    assert pipeline.post(key="k", context=Waning(*[LATE + 1] * 4)).status == 200


def test_nor_the_last_one_of_express(make_requests: MakePipeline) -> None:
    pipeline = make_requests("EXPRESS")
    refused(pipeline.post(context=Waning(*[LATE + 1] * 3, LATE)), 503)
    assert "step_function_execution_arn" not in pipeline.rows()[0]
    assert pipeline.post(context=Waning(*[LATE + 1] * 4)).status == 200


@pytest.mark.parametrize(
    ("operation", "client", "code"),
    [
        ("PutObject", clients.s3, "AccessDenied"),
        ("PutObject", clients.s3, "NoSuchBucket"),
        ("PutItem", clients.dynamodb, "ResourceNotFoundException"),
        ("StartExecution", clients.stepfunctions, "StateMachineDoesNotExist"),
        ("StartExecution", clients.stepfunctions, "ExecutionLimitExceeded"),
    ],
)
def test_a_refusal_of_aws_is_logged_by_its_name_alone(
    pipeline: Pipeline, operation: str, client: Callable[[], Client], code: str
) -> None:
    log, request_id = log_of(pipeline.receive), str(uuid4())
    with struck_by(refusal("refused", code, 400), client(), operation):
        answer = pipeline.post('{"secret": "s3cret"}', key="k3y", request_id=request_id)
    refused(answer, 503)
    error, line = (json.loads(line) for line in log.getvalue().splitlines())
    assert (error["level"], error["cause"]) == ("ERROR", f"{operation}: {code}")
    for each in (error, line):
        assert (each["request_id"], each["submission_id"]) == (request_id, answer.json["request_id"])
    assert line["status"] == 503
    for hidden in ("s3cret", "k3y", "made by a test", "Traceback"):
        assert hidden not in log.getvalue()
    assert code not in answer.body


def test_a_timeout_is_logged(pipeline: Pipeline) -> None:
    log = log_of(pipeline.receive)
    with struck_by(TIMEOUT, clients.dynamodb(), "PutItem", 2):
        pipeline.post()
    assert json.loads(log.getvalue().splitlines()[0])["cause"] == "ReadTimeoutError"


def test_a_bug_is_a_bug(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline.receive.completion, "_machine", None)
    log = log_of(pipeline.receive)
    refused(pipeline.post(), 500)
    assert "AttributeError" in log.getvalue()
