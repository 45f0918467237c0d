"""The requests workload in this process: a bucket, a table, a real state machine and both functions."""

import json
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSRequest

from handlers.common import clients
from handlers.requests import completion
from infra.workloads.requests import definition
from sandbox.server.process import Server
from tests.api_events import ApiResponse, FakeContext, api_event
from tests.integration.entry_points import import_entry_point
from tests.integration.fault_injection import reset_clients
from tests.integration.tables import create_table
from tests.s3_events import s3_record
from tests.waiting import eventually

CALLER = "arn:aws:iam::123456789012:user/anna"
EVENT_TIME = "2026-01-02T03:04:05.678Z"
BODY = '{"order": 7}'
REQUEST_CREATED = "request-created.sfn.StartExecution"
"""The event before the request is signed, for each attempt."""
MakePipeline = Callable[[str], "Pipeline"]
Record = dict[str, Any]


@dataclass(frozen=True)
class Pipeline:
    """The request pipeline of one test.

    Attributes:
        server: The embedded AWS.
        bucket: Name of the bucket.
        table: Name of the table.
        machine: ARN of the state machine.
        type: Its type, `STANDARD` or `EXPRESS`.
        receive: Entry point behind the API.
        complete: Entry point for S3 events.
    """

    server: Server
    bucket: str
    table: str
    machine: str
    type: str
    receive: ModuleType
    complete: ModuleType

    def post(
        self,
        body: str | bytes | None = BODY,
        *,
        key: str | None = None,
        caller: str = CALLER,
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
        context: FakeContext | None = None,
    ) -> ApiResponse:
        """Invoke `receive` with a request; `key` is its Idempotency-Key, `request_id` the gateway's."""
        all_headers = {"Content-Type": "application/json", **(headers or {})}
        if key is not None:
            all_headers["Idempotency-Key"] = key
        event = api_event("POST", "/", body=body, headers=all_headers, identity={"userArn": caller})
        if request_id is not None:
            event["requestContext"]["requestId"] = request_id
        return ApiResponse.of(self.receive.handler(event, context or FakeContext()))

    def put(self, request_id: str) -> Record:
        """Store a request without the API and return its event record."""
        key = f"requests/{request_id}.json"
        self.server.client("s3").put_object(Bucket=self.bucket, Key=key, Body=BODY)
        return self.record(key)

    def record(self, key: str) -> Record:
        return s3_record(self.bucket, key, time=EVENT_TIME)

    def records(self) -> list[Record]:
        """Return event records of all stored requests."""
        return [self.record(key) for key in self.objects()]

    def deliver(self, *records: object) -> None:
        """Invoke `complete` with an event of these records."""
        self.complete.handler({"Records": list(records)}, FakeContext(30_000))

    def redeliver(self) -> None:
        """Deliver the events of all stored requests twice at the same time, and once more."""
        records = self.records()
        with ThreadPoolExecutor(2) as pool:
            for delivery in [pool.submit(self.deliver, *records) for _ in range(2)]:
                delivery.result()
        self.deliver(*records)

    def objects(self, request_id: str = "") -> dict[str, bytes]:
        """Return the stored objects by key: those of one request, or all."""
        s3 = self.server.client("s3")
        page = s3.list_objects_v2(Bucket=self.bucket, Prefix=f"requests/{request_id}")
        keys = [stored["Key"] for stored in page.get("Contents", [])]
        return {key: s3.get_object(Bucket=self.bucket, Key=key)["Body"].read() for key in keys}

    @contextmanager
    def failing_executions(self) -> Iterator[None]:
        """Make executions fail that are started meanwhile."""
        client = self.server.client("stepfunctions")
        failing = {"StartAt": "Fail", "States": {"Fail": {"Type": "Fail"}}}
        client.update_state_machine(stateMachineArn=self.machine, definition=json.dumps(failing))
        yield
        self.ended_executions()
        client.update_state_machine(
            stateMachineArn=self.machine, definition=json.dumps(definition(self.table))
        )

    def rows(self) -> list[dict[str, str]]:
        items = self.server.client("dynamodb").scan(TableName=self.table, ConsistentRead=True)["Items"]
        return [{name: value["S"] for name, value in item.items()} for item in items]

    def executions(self) -> list[dict[str, Any]]:
        client = self.server.client("stepfunctions")
        executions = client.list_executions(stateMachineArn=self.machine)["executions"]
        return [client.describe_execution(executionArn=execution["executionArn"]) for execution in executions]

    def ended_executions(self) -> list[dict[str, Any]]:
        """Wait until all executions have ended, and return them."""

        def ended() -> tuple[list[dict[str, Any]]] | None:
            executions = self.executions()
            running = any(execution["status"] == "RUNNING" for execution in executions)
            return None if running else (executions,)

        return eventually(ended)[0]

    def effects(self) -> int:
        """Return how many executions have changed a row."""
        client = self.server.client("stepfunctions")
        arns = [execution["executionArn"] for execution in self.ended_executions()]
        histories = [client.get_execution_history(executionArn=arn)["events"] for arn in arns]
        return sum(any(event["type"] == "TaskSucceeded" for event in history) for history in histories)


def assert_one_result(pipeline: Pipeline, request_id: str, timestamp: str) -> None:
    """Assert that the only request has one object, one row, one effect and, if STANDARD, one execution."""
    key = f"requests/{request_id}.json"
    executions = pipeline.ended_executions()
    arns = [execution["executionArn"] for execution in executions]
    assert pipeline.objects() == {key: BODY.encode()}
    (row,) = pipeline.rows()
    arn = row.pop("step_function_execution_arn")
    assert arn in arns
    assert row == {
        "request_id": request_id,
        "timestamp": timestamp,
        "s3_key": key,
        "status": "completed",
    }
    assert pipeline.effects() == 1
    if pipeline.type == "STANDARD":
        assert len(arns) == 1
        assert arn.endswith(f":execution-{request_id}")
    for execution in executions:
        assert execution["status"] == "SUCCEEDED"
        assert execution["name"].startswith(f"execution-{request_id}")
        assert json.loads(execution["input"]) == {"request_id": request_id, "s3_key": key}
    assert len({execution["input"] for execution in executions}) == 1


def make_pipeline(server: Server, patch: pytest.MonkeyPatch, machine_type: str) -> Pipeline:
    """Return a pipeline without requests, in new containers."""
    bucket, table = f"requests-{uuid4()}", create_table(server, "requests", "request_id")
    server.client("s3").create_bucket(Bucket=bucket)
    machine = make_machine(server, table, machine_type)
    variables = {
        "BUCKET_NAME": bucket,
        "TABLE_NAME": table,
        "STATE_MACHINE_ARN": machine,
        "STATE_MACHINE_TYPE": machine_type,
        "LOG_LEVEL": "INFO",
        "CORS_ORIGINS": "*",
    }
    reset_clients(patch)
    set_clock(patch, EVENT_TIME)
    receive, complete = (
        import_entry_point(patch, server, f"handlers.requests.{entry}", "requests", variables)
        for entry in ("receive", "complete")
    )
    if machine_type == "EXPRESS":
        client: Any = clients.stepfunctions()
        client.meta.events.register_first(REQUEST_CREATED, make_name_unique)
    return Pipeline(server, bucket, table, machine, machine_type, receive, complete)


def set_clock(patch: pytest.MonkeyPatch, moment: str, later: timedelta = timedelta()) -> None:
    """Stop the clock of the handlers at a moment, or `later` than that."""
    patch.setattr(completion, "now", lambda: datetime.fromisoformat(moment) + later)


def make_machine(server: Server, table: str, machine_type: str) -> str:
    """Create a state machine with the stack's definition, and return its ARN."""
    trust = {
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "states.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    }
    role = server.client("iam").create_role(RoleName=table, AssumeRolePolicyDocument=json.dumps(trust))
    machine = server.client("stepfunctions").create_state_machine(
        name=table,
        type=machine_type,
        roleArn=role["Role"]["Arn"],
        definition=json.dumps(definition(table)),
    )
    return str(machine["stateMachineArn"])


def make_name_unique(request: AWSRequest, **_: Any) -> None:  # noqa: ANN401 - botocore's signature
    """Make the name of an execution unique: on AWS, several EXPRESS executions can have the same name."""
    body: Any = request.data
    content = json.loads(body)
    content["name"] += f"-{uuid4().hex}"
    request.data = json.dumps(content).encode()
