"""Faults of the request pipeline's AWS calls: each stored request gets one row and one execution (Q5)."""

import re
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import NamedTuple
from uuid import uuid4

import pytest

from handlers.common import clients
from handlers.common.clients import Client
from handlers.common.s3_events import RecordsError
from tests.api_events import ApiResponse
from tests.integration.fault_injection import (
    INJECTIONS,
    KILL_BEFORE,
    KILLS,
    LOST_RESPONSE,
    FunctionKilled,
    Injection,
    inject,
)
from tests.integration.request_pipeline import EVENT_TIME, MakePipeline, Pipeline, assert_one_result
from tests.integration.task_api import assert_problem

CLIENTS: Mapping[str, Callable[[], Client]] = {
    "PutObject": clients.s3,
    "HeadObject": clients.s3,
    "PutItem": clients.dynamodb,
    "StartExecution": clients.stepfunctions,
    "UpdateItem": clients.dynamodb,
}
COMPLETION = ("PutItem", "StartExecution", "UpdateItem")
INTERNALS = re.compile("(?i)s3|dynamo|step|put|arn:|amazon|aws|injected fault")


class FaultCase(NamedTuple):
    """A fault of one call of a pipeline with a type of state machine."""

    machine_type: str
    operation: str
    injection: Injection

    def __str__(self) -> str:
        return f"{self.machine_type}-{self.operation}-{self.injection}"


def fault_cases(*operations: str) -> list[FaultCase]:
    return [
        FaultCase(machine_type, operation, injection)
        for machine_type in ("STANDARD", "EXPRESS")
        for operation in operations
        if (machine_type, operation) != ("STANDARD", "UpdateItem")  # its row has the ARN from the start
        for injection in INJECTIONS
    ]


@pytest.mark.parametrize("case", fault_cases(*CLIENTS), ids=str)
def test_stored_request_is_completed_once_after_a_fault_of_receive(
    make_requests: MakePipeline, case: FaultCase
) -> None:
    pipeline, request_id = make_requests(case.machine_type), str(uuid4())
    response = post_with_fault(pipeline, case, request_id=request_id)
    rows_before_events = pipeline.rows()
    if not pipeline.objects():
        fault, recovered = case.injection.fault, case.injection.recovered_by_retry
        assert (case.operation, fault.reaches_aws, recovered) == ("PutObject", False, False)
        assert (rows_before_events, pipeline.executions()) == ([], [])
    pipeline.redeliver()
    if pipeline.objects():
        accepted_at = rows_before_events[0]["timestamp"] if rows_before_events else EVENT_TIME
        assert_one_result(pipeline, request_id, accepted_at)
    else:
        assert (pipeline.rows(), pipeline.executions()) == ([], [])
    if response:
        assert_response_fits(response, case, request_id)


def post_with_fault(
    pipeline: Pipeline, case: FaultCase, *, key: str | None = None, request_id: str | None = None
) -> ApiResponse | None:
    """Post a request with a fault, and return the response; None if the function is killed."""
    with ExitStack() as stack:
        if case.operation == "HeadObject":  # only called if the object exists, here by a lost first attempt
            stack.enter_context(inject(LOST_RESPONSE, clients.s3(), "PutObject", arranges=True))
        client, (fault, times) = CLIENTS[case.operation](), case.injection
        stack.enter_context(inject(fault, client, case.operation, times))
        if fault in KILLS:
            with pytest.raises(FunctionKilled):
                pipeline.post(key=key, request_id=request_id)
            return None
        return pipeline.post(key=key, request_id=request_id)


def assert_response_fits(response: ApiResponse, case: FaultCase, request_id: str) -> None:
    """Assert that a response has the right status and advice for a fault, and no internals."""
    if case.injection.recovered_by_retry:
        assert (response.status, response.json["request_id"]) == (200, request_id)
        assert "Idempotent-Replayed" not in response.headers
        return
    assert_problem(response, 503)
    assert response.json["request_id"] == request_id
    stored = case.operation in COMPLETION
    advice = "is stored under this request_id" if stored else "may not be stored"
    assert advice in response.json["detail"]
    assert ("Retry-After" in response.headers) == (not stored)
    assert not INTERNALS.search(response.json["detail"])


@pytest.mark.parametrize("case", fault_cases(*COMPLETION), ids=str)
def test_stored_request_is_completed_once_after_a_fault_of_complete(
    make_requests: MakePipeline, case: FaultCase
) -> None:
    pipeline, request_id = make_requests(case.machine_type), str(uuid4())
    record = pipeline.put(request_id)
    client, (fault, times) = CLIENTS[case.operation](), case.injection
    with inject(fault, client, case.operation, times):
        if case.injection.recovered_by_retry:
            pipeline.deliver(record)
        else:  # an error of the invocation, so that Lambda retries the event
            with pytest.raises(FunctionKilled if fault in KILLS else RecordsError):
                pipeline.deliver(record)
    if case.injection.recovered_by_retry:
        assert_one_result(pipeline, request_id, EVENT_TIME)
    pipeline.redeliver()
    assert_one_result(pipeline, request_id, EVENT_TIME)


@pytest.mark.parametrize(
    "case",
    [
        case
        for case in fault_cases(*CLIENTS)
        if case.injection.fault in (LOST_RESPONSE, KILL_BEFORE) and not case.injection.recovered_by_retry
    ],
    ids=str,
)
def test_request_sent_again_with_its_key_is_the_same_request(
    make_requests: MakePipeline, case: FaultCase
) -> None:
    """The client receives the response before any event is delivered."""
    pipeline = make_requests(case.machine_type)
    post_with_fault(pipeline, case, key="k")
    response = pipeline.post(key="k")
    assert response.status == 200
    (row,) = pipeline.rows()
    assert response.json["execution_arn"] == row["step_function_execution_arn"]
    assert_one_result(pipeline, response.json["request_id"], row["timestamp"])
    pipeline.redeliver()
    assert_one_result(pipeline, response.json["request_id"], row["timestamp"])
