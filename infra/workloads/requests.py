"""The request pipeline: API, S3, DynamoDB, Step Functions (requirements Q1 to Q6)."""

from typing import Any

from constructs import Construct

from infra.constructs.bucket_events import BucketEvents, ObjectCreated
from infra.constructs.function import Function
from infra.constructs.openapi import Operation
from infra.constructs.queue import DeadLetterQueue
from infra.constructs.state_machine import StateMachine
from infra.platform import Platform
from infra.workload_settings import FunctionSettings, RequestsSettings
from infra.workloads.schemas import ACCEPTED, SUBMISSION
from infra.workloads.workload import Workload

PREFIX, SUFFIX = "requests/", ".json"
CONDITION_FAILED = "DynamoDB.ConditionalCheckFailedException"


class Requests(Workload):
    """Stores each request, then writes its row and starts its execution; an S3 event does so again.

    The stored object is the commit (Q5): `receive` responds to the API and completes the request at once,
    and `complete` does the same for every stored object. Both are idempotent.
    """

    def __init__(self, scope: Construct, id: str, *, platform: Platform, settings: RequestsSettings) -> None:
        super().__init__(scope, id, platform=platform)
        self._settings = settings
        self._bucket = platform.bucket(self, "payloads", name="requests", write_once=PREFIX)
        self._table = platform.table(self, "requests-table", name="requests", hash_key="request_id")
        self._machine = self._state_machine()
        dead_letters = self._dead_letters()
        cors_origins = platform.settings.cors_origins_variable
        receive = self._completing_function("receive", settings.receive, CORS_ORIGINS=cors_origins)
        complete = self._completing_function("complete", settings.complete, dead_letters)
        self._bucket.grant(receive, "PutObject", "GetObject", prefix=PREFIX)
        events = BucketEvents(
            self,
            "events",
            bucket=self._bucket,
            account=platform.account,
            rules=[ObjectCreated(complete, prefix=PREFIX, suffix=SUFFIX)],
        )
        api = platform.rest_api(self, "api", name="requests-api", auth=settings.auth, settings=settings)
        submit = Operation(
            name="submitRequest",
            function=receive,
            headers=["Idempotency-Key"],
            body=SUBMISSION,
            function_checks_body=True,
            response=ACCEPTED,
            response_headers=["Idempotent-Replayed"],
        )
        api.route("/", {"POST": submit})
        api.deploy(after=[events.notification])  # the event completes accepted requests
        self._outputs(
            {
                "api-url": api.url,
                "bucket-name": self._bucket.name,
                "table-name": self._table.name,
                "state-machine-arn": self._machine.arn,
                "complete-function-arn": complete.arn,
                "dead-letters-url": dead_letters.url,
            }
        )

    def _state_machine(self) -> StateMachine:
        type_ = self._settings.state_machine_type
        # Another type is a new machine, and the name of a deleted machine is not available for minutes.
        name = "requests" if type_ == "STANDARD" else "requests-express"
        machine = StateMachine(
            self,
            "machine",
            name=self._platform.names.of("states", name),
            role_name=self._platform.names.of("iam", name),
            type=type_,
            definition=definition(self._table.name),
            account=self._platform.account,
            key=self._platform.key,
            log_retention_days=self._settings.log_retention_days,
        )
        self._table.grant(machine, "UpdateItem")
        self._platform.add_alarm(self, "requests-failed-executions", machine.metric_failed(), threshold=1)
        return machine

    def _completing_function(
        self,
        module: str,
        size: FunctionSettings,
        dead_letters: DeadLetterQueue | None = None,
        **environment: str,
    ) -> Function:
        """Add a function that writes the row of a request and starts its execution."""
        function = self._function(
            module,
            size=size,
            environment={
                "BUCKET_NAME": self._bucket.name,
                "TABLE_NAME": self._table.name,
                "STATE_MACHINE_ARN": self._machine.arn,
                "STATE_MACHINE_TYPE": self._settings.state_machine_type,
                **environment,
            },
            dead_letters=dead_letters,
        )
        express = self._settings.state_machine_type == "EXPRESS"
        self._table.grant(function, "PutItem", *(["UpdateItem"] if express else []))
        self._machine.grant_start(function)
        return function


def definition(table_name: str) -> dict[str, Any]:
    """The state machine that accepts a request `{request_id, s3_key}` and marks its row `completed`.

    The update is conditional: a second execution of a request, which is possible with EXPRESS, has no
    effect and does not fail.
    """
    mark = {
        "Type": "Task",
        "Resource": "arn:aws:states:::dynamodb:updateItem",
        "Parameters": {
            "TableName": table_name,
            "Key": {"request_id": {"S.$": "$.request_id"}},
            "UpdateExpression": "SET #status = :completed",
            "ConditionExpression": "#status = :processing",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":completed": {"S": "completed"},
                ":processing": {"S": "processing"},
            },
        },
        "TimeoutSeconds": 10,
        "Retry": [
            {"ErrorEquals": [CONDITION_FAILED], "MaxAttempts": 0},
            {
                "ErrorEquals": ["States.TaskFailed", "States.Timeout"],
                "IntervalSeconds": 1,
                "BackoffRate": 2,
                "MaxAttempts": 5,
                "JitterStrategy": "FULL",
            },
        ],
        "Catch": [{"ErrorEquals": [CONDITION_FAILED], "Next": "AlreadyCompleted"}],
        "End": True,
    }
    return {
        "Comment": "Accepts a request and marks its row completed",
        "StartAt": "Accept",
        "States": {
            "Accept": {"Type": "Pass", "Next": "MarkCompleted"},
            "MarkCompleted": mark,
            "AlreadyCompleted": {"Type": "Succeed"},
        },
    }
