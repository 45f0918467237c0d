"""Responses and logs of `receive` if an AWS call fails or too little time remains (Q4)."""

import json
from collections.abc import Callable
from uuid import uuid4

import pytest

from handlers.common import clients
from handlers.common.clients import Client
from tests.api_events import FakeContext
from tests.integration.entry_points import capture_log
from tests.integration.fault_injection import TIMEOUT, error_response, inject
from tests.integration.request_pipeline import MakePipeline, Pipeline
from tests.integration.task_api import assert_problem

TOO_LITTLE_MS = 5_499  # ms; one more millisecond would be enough for a call


class DecreasingContext(FakeContext):
    """A context whose remaining time at each AWS call is given."""

    def __init__(self, *remaining_ms: int) -> None:
        super().__init__()
        self.times = list(remaining_ms)

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override] # Powertools' is static
        return self.times.pop(0)


@pytest.mark.parametrize(
    ("remaining", "stored"),
    [
        ([TOO_LITTLE_MS], False),
        ([TOO_LITTLE_MS + 1, TOO_LITTLE_MS], True),
        ([TOO_LITTLE_MS + 1, TOO_LITTLE_MS + 1, TOO_LITTLE_MS], True),
    ],
    ids=["at-once", "stored", "with-its-row"],
)
def test_no_call_starts_without_enough_time(
    pipeline: Pipeline,
    remaining: list[int],
    stored: bool,
) -> None:
    response = pipeline.post(context=DecreasingContext(*remaining))
    assert_problem(response, 503)
    assert ("is stored" in response.json["detail"], bool(pipeline.objects())) == (stored, stored)
    assert (len(pipeline.rows()), pipeline.executions()) == (len(remaining) // 3, [])


def test_check_of_an_existing_object_does_not_start_without_enough_time(pipeline: Pipeline) -> None:
    pipeline.post(key="k")
    late = pipeline.post(key="k", context=DecreasingContext(TOO_LITTLE_MS + 1, TOO_LITTLE_MS))
    assert_problem(late, 503)
    assert "may not be stored" in late.json["detail"]
    assert pipeline.post(key="k", context=DecreasingContext(*[TOO_LITTLE_MS + 1] * 4)).status == 200


def test_last_call_of_express_does_not_start_without_enough_time(make_requests: MakePipeline) -> None:
    pipeline = make_requests("EXPRESS")
    assert_problem(pipeline.post(context=DecreasingContext(*[TOO_LITTLE_MS + 1] * 3, TOO_LITTLE_MS)), 503)
    assert "step_function_execution_arn" not in pipeline.rows()[0]
    assert pipeline.post(context=DecreasingContext(*[TOO_LITTLE_MS + 1] * 4)).status == 200


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
def test_aws_error_is_logged_by_operation_and_code_only(
    pipeline: Pipeline, operation: str, client: Callable[[], Client], code: str
) -> None:
    log, request_id = capture_log(pipeline.receive), str(uuid4())
    with inject(error_response("refused", code, 400), client(), operation):
        response = pipeline.post('{"secret": "s3cret"}', key="k3y", request_id=request_id)
    assert_problem(response, 503)
    error, line = (json.loads(line) for line in log.getvalue().splitlines())
    assert (error["level"], error["cause"]) == ("ERROR", f"{operation}: {code}")
    for entry in (error, line):
        assert (entry["request_id"], entry["submission_id"]) == (request_id, response.json["request_id"])
    assert line["status"] == 503
    for hidden in ("s3cret", "k3y", "injected fault", "Traceback"):
        assert hidden not in log.getvalue()
    assert code not in response.body


def test_timeout_is_logged_by_its_type(pipeline: Pipeline) -> None:
    log = capture_log(pipeline.receive)
    with inject(TIMEOUT, clients.dynamodb(), "PutItem", 2):
        pipeline.post()
    assert json.loads(log.getvalue().splitlines()[0])["cause"] == "ReadTimeoutError"


def test_unexpected_error_is_500_and_logged(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline.receive.completion, "_machine", None)
    log = capture_log(pipeline.receive)
    assert_problem(pipeline.post(), 500)
    assert "AttributeError" in log.getvalue()
