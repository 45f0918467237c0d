"""The requests API: `receive`, in this process, on the embedded AWS (Q2, Q4)."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

import pytest

from handlers.common import clients
from handlers.common.times import timestamp
from tests.api_events import FakeContext, api_event
from tests.integration.fault_injection import LOST_RESPONSE, TIMEOUT, error_response, inject
from tests.integration.request_pipeline import BODY, CALLER, Pipeline, assert_one_result
from tests.integration.task_api import assert_problem

ID = "0b7f6b1e-7c1d-4f6e-9a52-3f1d2c4b5a60"


def test_accepted_request_is_stored_and_executed(pipeline: Pipeline) -> None:
    before, request_id = timestamp(), str(uuid4())
    response = pipeline.post(request_id=request_id)
    assert response.status == 200
    assert response.headers["Content-Type"] == "application/json"
    assert "Idempotent-Replayed" not in response.headers
    (row,) = pipeline.rows()
    assert response.json == {
        "message": "The request is accepted.",
        "request_id": request_id,
        "execution_arn": row["step_function_execution_arn"],
    }
    assert before <= row["timestamp"] <= timestamp()
    assert_one_result(pipeline, request_id, row["timestamp"])
    stored = pipeline.server.client("s3").head_object(
        Bucket=pipeline.bucket, Key=f"requests/{request_id}.json"
    )
    assert stored["ContentType"] == "application/json"
    assert stored["Metadata"] == {"sha256": sha256(BODY.encode()).hexdigest()}


def test_row_is_created_before_the_execution_starts(pipeline: Pipeline) -> None:
    with inject(TIMEOUT, clients.stepfunctions(), "StartExecution", 2):
        assert_problem(pipeline.post(), 503)
    (row,) = pipeline.rows()
    assert row["status"] == "processing"
    assert pipeline.executions() == []


def test_request_with_the_same_key_is_replayed(pipeline: Pipeline) -> None:
    first = pipeline.post(key="k")
    assert UUID(first.json["request_id"]).version == 5
    (row,) = pipeline.rows()
    for _ in range(2):  # during its execution, and afterwards
        again = pipeline.post(key="k")
        assert (again.status, again.json) == (200, first.json)
        assert again.headers == {**first.headers, "Idempotent-Replayed": "true"}
        assert_one_result(pipeline, first.json["request_id"], row["timestamp"])


def test_key_with_another_body_is_422(pipeline: Pipeline) -> None:
    first = pipeline.post(key="k")
    for body in ('{"order": 8}', BODY + " "):
        other = pipeline.post(body, key="k")
        assert_problem(other, 422)
        assert other.json["detail"] == "This Idempotency-Key was used with another body before."
        assert other.json["request_id"] == first.json["request_id"]
    (row,) = pipeline.rows()
    assert_one_result(pipeline, first.json["request_id"], row["timestamp"])


def test_keys_of_different_callers_are_different(pipeline: Pipeline) -> None:
    sent = [("a", "1"), ("a", "2"), ("b", "1"), ("b", None), ("b", None), ('a", "1', "1")]
    responses = [pipeline.post(caller=caller, key=key) for caller, key in sent]
    assert [response.status for response in responses] == [200] * len(sent)
    assert (
        len({response.json["request_id"] for response in responses}) == len(pipeline.objects()) == len(sent)
    )
    assert len(pipeline.rows()) == len(pipeline.executions()) == len(sent)


def test_idempotency_key_is_valid_across_sessions_of_a_role(pipeline: Pipeline) -> None:
    role = "arn:aws:sts::123456789012:assumed-role/orders"
    first, again = (pipeline.post(caller=f"{role}/pod-{number}", key="k") for number in range(2))
    assert (again.status, again.json) == (200, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"


def test_concurrent_requests_with_the_same_key_are_one_request(pipeline: Pipeline) -> None:
    with ThreadPoolExecutor(4) as pool:
        responses = list(pool.map(lambda _: pipeline.post(key="k"), range(8)))
    assert {response.status for response in responses} == {200}
    assert len({response.body for response in responses}) == 1
    assert sum("Idempotent-Replayed" not in response.headers for response in responses) == 1
    (row,) = pipeline.rows()
    assert_one_result(pipeline, responses[0].json["request_id"], row["timestamp"])


def test_row_created_later_has_the_time_of_the_stored_object(pipeline: Pipeline) -> None:
    with inject(TIMEOUT, clients.dynamodb(), "PutItem", 2):
        request_id = pipeline.post(key="k").json["request_id"]
    stored = pipeline.server.client("s3").head_object(
        Bucket=pipeline.bucket, Key=f"requests/{request_id}.json"
    )
    assert pipeline.post(key="k").status == 200
    assert_one_result(pipeline, request_id, timestamp(stored["LastModified"]))


def test_retry_by_the_sdk_without_a_key_is_not_a_replay(pipeline: Pipeline) -> None:
    with inject(LOST_RESPONSE, clients.s3(), "PutObject"):
        response = pipeline.post()
    assert (response.status, "Idempotent-Replayed" in response.headers) == (200, False)


def test_concurrent_request_with_the_same_key_is_409(pipeline: Pipeline) -> None:
    conflict = error_response("conflict", "ConditionalRequestConflict", 409)
    with inject(conflict, clients.s3(), "PutObject"):
        response = pipeline.post(key="k")
    assert_problem(response, 409)
    assert response.headers["Retry-After"] == "1"
    assert UUID(response.json["request_id"]).version == 5
    with inject(conflict, clients.s3(), "PutObject"):  # a conflict with its own first attempt
        assert_problem(pipeline.post(), 503)
    assert pipeline.rows() == []


@pytest.mark.parametrize("chosen", ["x", "", "../../x", ID.upper(), f"{ID} ", ID.replace("-", "")])
def test_unusable_gateway_request_id_is_replaced(pipeline: Pipeline, chosen: str) -> None:
    response = pipeline.post(request_id=chosen)
    assert (response.status, response.json["request_id"]) == (200, FakeContext().aws_request_id)
    assert list(pipeline.objects()) == [f"requests/{FakeContext().aws_request_id}.json"]


def test_derived_id_of_another_caller_cannot_be_taken(pipeline: Pipeline) -> None:
    follows = str(uuid5(NAMESPACE_URL, json.dumps([CALLER, "k"])))
    assert pipeline.post('{"order": 8}', caller="eve", request_id=follows).json["request_id"] != follows
    response = pipeline.post(key="k")
    assert (response.status, response.json["request_id"]) == (200, follows)
    assert "Idempotent-Replayed" not in response.headers


def test_existing_request_id_with_another_body_is_422(pipeline: Pipeline) -> None:
    request_id = str(uuid4())
    first = pipeline.post(request_id=request_id)
    assert pipeline.post(request_id=request_id, caller="b").json == first.json
    other = pipeline.post('{"order": 8}', request_id=request_id)
    assert_problem(other, 422)
    assert other.json["detail"] == "This request id was used with another body before."
    (row,) = pipeline.rows()
    assert_one_result(pipeline, request_id, row["timestamp"])


def test_existing_object_without_a_hash_is_422(pipeline: Pipeline) -> None:
    request_id = str(uuid4())
    pipeline.put(request_id)  # without the hash of its body
    assert_problem(pipeline.post(request_id=request_id), 422)


def test_object_deleted_during_the_check_is_503(pipeline: Pipeline) -> None:
    with inject(error_response("there", "PreconditionFailed", 412), clients.s3(), "PutObject"):
        response = pipeline.post(key="k")
    assert_problem(response, 503)
    assert "may not be stored" in response.json["detail"]


def test_unknown_method_path_and_parameter_are_rejected(pipeline: Pipeline) -> None:
    for method, path, status in (("GET", "/", 405), ("POST", "/x", 404), ("POST", "/?x=1", 400)):
        message = api_event(method, path, body=BODY, headers={"Content-Type": "application/json"})
        assert pipeline.receive.handler(message, FakeContext())["statusCode"] == status
    assert pipeline.objects() == {}
