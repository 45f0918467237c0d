"""Q1 to Q5: signed calls, and requests that result in one object, one item and one execution."""

import json
import re
from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests

from assurance.loaded_stack import LoadedStack
from operations.redrive import Total
from tests.e2e.events import Events, denied
from tests.e2e.test_iam import is_denied
from tests.waiting import eventually

API = "requests-api-url"


class Pipeline(Events):
    """A client with permission to call the API, and the resources behind the API."""

    def __init__(self, stack: LoadedStack) -> None:
        super().__init__(stack, "requests-complete-function-arn", "requests-dead-letters-url")
        self.stack = stack
        self.outputs = stack.loaded.outputs
        self.arn = stack.resource("aws_api_gateway_rest_api", "requests-api")["execution_arn"]
        self._keys = stack.caller(f"{self.arn}/*/POST/")

    def post(self, body: object, **headers: str) -> requests.Response:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Content-Type": "application/json"}
        return self.stack.signed("POST", "/", self._keys, api=API, headers=sent, body=json.dumps(body))

    def stored(self, request_id: str) -> bytes:
        s3 = self.stack.client("s3")
        response = s3.get_object(
            Bucket=self.outputs["requests-bucket-name"], Key=f"requests/{request_id}.json"
        )
        content: bytes = response["Body"].read()
        return content

    def item(self, request_id: str) -> dict[str, str]:
        table = self.outputs["requests-table-name"]
        key = {"request_id": {"S": request_id}}
        response = self.stack.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
        return {name: value["S"] for name, value in response.get("Item", {}).items()}

    def completed(self, request_id: str) -> dict[str, str]:
        def look() -> dict[str, str] | None:
            item = self.item(request_id)
            return item if item.get("status") == "completed" else None

        return eventually(look)

    def executions(self, request_id: str) -> list[dict[str, Any]]:
        arn = self.outputs["requests-state-machine-arn"]
        pages = self.stack.client("stepfunctions").get_paginator("list_executions")
        return [
            execution
            for page in pages.paginate(stateMachineArn=arn)
            for execution in page["executions"]
            if execution["name"] == f"execution-{request_id}"
        ]


@pytest.fixture
def pipeline(stack: LoadedStack) -> Iterator[Pipeline]:
    pipeline = Pipeline(stack)
    yield pipeline
    pipeline.empty_queue()


def test_only_signed_calls_with_permission_are_accepted(pipeline: Pipeline) -> None:
    stack = pipeline.stack
    unsigned = stack.call("POST", "/", api=API, json={})
    assert (unsigned.status_code, unsigned.headers["Content-Type"]) == (403, "application/problem+json")
    assert unsigned.headers["Access-Control-Allow-Origin"] == "*"
    other_method = stack.caller(f"{pipeline.arn}/*/GET/")
    assert stack.signed("POST", "/", other_method, api=API, body="{}").status_code == 403
    role = stack.session(stack.role_of("get"))
    assert stack.signed("POST", "/", role, api=API, body="{}").status_code == 403
    assert pipeline.post({}).status_code == 200


def test_request_results_in_one_object_one_item_and_one_execution(pipeline: Pipeline) -> None:
    response = pipeline.post({"order": 1})
    assert response.status_code == 200
    document = response.json()
    assert set(document) == {"message", "request_id", "execution_arn"}
    identifier = str(UUID(document["request_id"]))
    assert json.loads(pipeline.stored(identifier)) == {"order": 1}
    item = pipeline.completed(identifier)
    assert item.pop("timestamp").endswith("Z")
    assert item == {
        "request_id": identifier,
        "s3_key": f"requests/{identifier}.json",
        "status": "completed",
        "step_function_execution_arn": document["execution_arn"],
    }
    eventually(lambda: pipeline.lines(message="completed", submission_id=identifier))  # the event arrived too
    (execution,) = pipeline.executions(identifier)
    assert (execution["executionArn"], execution["status"]) == (document["execution_arn"], "SUCCEEDED")


def test_repeated_post_with_an_idempotency_key_is_the_same_request(pipeline: Pipeline) -> None:
    key = str(uuid4())
    first, again = (pipeline.post({"order": 2}, Idempotency_Key=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replayed"] == "true"
    assert len(pipeline.executions(first.json()["request_id"])) == 1
    other = pipeline.post({"order": 3}, Idempotency_Key=key)
    assert (other.status_code, other.headers["Content-Type"]) == (422, "application/problem+json")


def test_preflight_is_allowed_and_other_methods_are_not(pipeline: Pipeline) -> None:
    preflight = pipeline.stack.call("OPTIONS", "/", api=API, headers={"Origin": "https://a.example"})
    assert preflight.status_code == 204
    assert preflight.headers["Access-Control-Allow-Methods"] == "POST"
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]
    other = pipeline.stack.call("PUT", "/", api=API, json={})
    assert (other.status_code, other.headers["Allow"]) == (405, "POST, OPTIONS")


@pytest.mark.parametrize("action", ["dynamodb:PutItem", "states:StartExecution"])
def test_event_completes_what_the_api_could_not(pipeline: Pipeline, action: str) -> None:
    with denied(pipeline.stack, action, "requests-receive"):
        response = pipeline.post({"order": 4})
        assert response.status_code == 503
        assert response.headers["Content-Type"] == "application/problem+json"
    assert_no_internals(pipeline, response)
    identifier = response.json()["request_id"]
    assert pipeline.completed(identifier)["request_id"] == identifier
    assert len(pipeline.executions(identifier)) == 1


def assert_no_internals(pipeline: Pipeline, response: requests.Response) -> None:
    names = [re.escape(pipeline.outputs[f"requests-{name}-name"]) for name in ("table", "bucket")]
    pattern = "|".join(["AccessDenied", "dynamodb", "arn:aws", *names])
    assert not re.search(pattern, response.text, re.IGNORECASE)


def test_request_that_cannot_be_stored_is_an_error_without_effects(pipeline: Pipeline) -> None:
    with denied(pipeline.stack, "s3:PutObject", "requests-receive"):
        response = pipeline.post({"order": 5})
    assert response.status_code == 503
    assert_no_internals(pipeline, response)
    identifier = response.json()["request_id"]
    assert not pipeline.item(identifier)
    assert not pipeline.executions(identifier)


def test_request_that_cannot_be_completed_is_a_dead_letter_and_redrive_completes_it(
    pipeline: Pipeline,
) -> None:
    with denied(pipeline.stack, "dynamodb:PutItem", "requests-receive", "requests-complete"):
        identifier = pipeline.post({"order": 6}).json()["request_id"]
        (dead_letter,) = eventually(pipeline.dead_letters)
        assert identifier in dead_letter
        assert not pipeline.item(identifier)
    assert pipeline.redrive() == Total(redriven=1, failed=0)
    pipeline.completed(identifier)
    assert len(pipeline.executions(identifier)) == 1


@pytest.mark.parametrize("name", ["receive", "complete"])
def test_role_is_limited_to_its_grants(pipeline: Pipeline, name: str) -> None:
    stack, outputs = pipeline.stack, pipeline.outputs
    role = stack.resource("aws_iam_role", f"lambda-requests-{name}-")["arn"]
    bucket, key = outputs["requests-bucket-name"], f"requests/{uuid4()}"
    s3 = stack.client("s3", role_arn=role)
    assert is_denied(s3.put_object, Bucket=bucket, Key=key, IfNoneMatch="*") is (name == "complete")
    assert is_denied(s3.put_object, Bucket=bucket, Key=key, Body=b"overwritten")
    assert is_denied(s3.put_object, Bucket=bucket, Key="elsewhere", Body=b"")
    assert is_denied(s3.delete_object, Bucket=bucket, Key=key)
    dynamodb = stack.client("dynamodb", role_arn=role)
    assert is_denied(dynamodb.scan, TableName=outputs["requests-table-name"])
    assert is_denied(dynamodb.put_item, TableName=outputs["dynamodb-table-name"], Item={"id": {"S": "x"}})
    states = stack.client("stepfunctions", role_arn=role)
    assert is_denied(states.list_executions, stateMachineArn=outputs["requests-state-machine-arn"])


def test_express_state_machine_completes_requests(iam_stack: LoadedStack) -> None:
    pipeline = Pipeline(iam_stack)
    with denied(iam_stack, "states:StartExecution", "requests-receive"):
        delayed = pipeline.post({"order": 7}).json()["request_id"]
    immediate = pipeline.post({"order": 8})
    for identifier in (delayed, immediate.json()["request_id"]):
        pipeline.completed(identifier)
        assert ":trainr963-e2eiam-states-requests-express-dev:" in eventually(
            partial(_execution_arn, pipeline, identifier)
        )


def _execution_arn(pipeline: Pipeline, request_id: str) -> str | None:
    return pipeline.item(request_id).get("step_function_execution_arn")
