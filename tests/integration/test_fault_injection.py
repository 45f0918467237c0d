"""Injected faults behave as their names say, and are recorded."""

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from handlers.common import clients
from handlers.common.clients import Client
from tests.integration.fault_injection import (
    ALWAYS,
    ERROR,
    KILLS,
    THROTTLE,
    TIMEOUT,
    TRANSIENT_FAULTS,
    Fault,
    FunctionKilled,
    inject,
)
from tests.integration.request_pipeline import Pipeline

CODES = {
    "PutObject": ("InternalError", "SlowDown"),
    "HeadObject": ("500", "503"),  # responses to HEAD have no body
    "PutItem": ("InternalServerError", "ThrottlingException"),
}


def call(pipeline: Pipeline, operation: str) -> None:
    match operation:
        case "PutObject":
            clients.s3().put_object(Bucket=pipeline.bucket, Key="k", Body=b"x")
        case "HeadObject":
            clients.s3().head_object(Bucket=pipeline.bucket, Key="k")
        case "PutItem":
            clients.dynamodb().put_item(TableName=pipeline.table, Item={"request_id": {"S": "x"}})


@pytest.mark.parametrize("operation", CODES)
@pytest.mark.parametrize("fault", TRANSIENT_FAULTS, ids=str)
def test_transient_fault_is_retried_and_then_raised(pipeline: Pipeline, operation: str, fault: Fault) -> None:
    client: Client = clients.dynamodb() if operation == "PutItem" else clients.s3()
    raises = pytest.raises((ClientError, ReadTimeoutError))
    with inject(fault, client, operation, ALWAYS) as urls, raises as raised:
        call(pipeline, operation)
    assert len(urls) == 2
    if fault in (ERROR, THROTTLE):
        assert isinstance(raised.value, ClientError)
        assert raised.value.response["Error"]["Code"] == CODES[operation][fault is THROTTLE]
    objects = pipeline.server.client("s3").list_objects_v2(Bucket=pipeline.bucket)["KeyCount"]
    effects = objects + len(pipeline.rows())
    assert effects == int(operation != "HeadObject" and fault.reaches_aws)


@pytest.mark.parametrize("fault", KILLS, ids=str)
def test_function_is_killed_before_or_after_the_call(pipeline: Pipeline, fault: Fault) -> None:
    with inject(fault, clients.dynamodb(), "PutItem") as urls, pytest.raises(FunctionKilled):
        call(pipeline, "PutItem")
    assert (len(urls), len(pipeline.rows())) == (1, int(fault.reaches_aws))


def test_fault_without_a_call_fails_the_test(pipeline: Pipeline) -> None:
    with pytest.raises(AssertionError, match="UpdateItem was not called"):
        inject_without_call(pipeline)


def inject_without_call(pipeline: Pipeline) -> None:
    with inject(ERROR, clients.dynamodb(), "UpdateItem"):
        call(pipeline, "PutItem")


def test_fault_is_recorded_with_function_and_call(pipeline: Pipeline, request: pytest.FixtureRequest) -> None:
    """Unless it only arranges the situation, or no function makes the call."""
    properties: list[tuple[str, object]] = request.node.user_properties
    with inject(TIMEOUT, clients.dynamodb(), "PutItem"):
        call(pipeline, "PutItem")
    with inject(TIMEOUT, clients.s3(), "PutObject", arranges=True):
        pipeline.post()
    assert properties == []
    with inject(TIMEOUT, clients.dynamodb(), "PutItem", 2):
        pipeline.post()
    assert set(properties) == {("fault", "requests.receive PutItem timeout")}
