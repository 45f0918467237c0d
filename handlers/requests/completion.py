"""Complete a stored request: create its row and start its execution.

Each step is a single conditional write and can be repeated. The function behind the API runs the steps
immediately; S3's event always runs them again, in case the first function failed (Q5).

The name of a STANDARD execution is unique. So its ARN is known in advance and is part of the new row, and a
second start has no effect.

The name of an EXPRESS execution is not unique, and its ARN is known only after the start. So the ARN is added
to the row afterwards, and a row without an ARN counts as not started. A failed EXPRESS execution cannot be
redriven; instead, a row that is not completed within `OVERDUE` gets another execution. Two executions may
therefore run for one request. They have one effect, because the state machine's update of the row is
conditional.
"""

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from handlers.common.items import item_of_failed_condition
from handlers.common.times import now, timestamp
from handlers.requests.deadline import require_remaining_time
from handlers.requests.environment import CompleteEnvironment
from handlers.requests.submission import object_key

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef
    from mypy_boto3_stepfunctions import SFNClient

    from handlers.common.items import Item

ARN = "step_function_execution_arn"

# An EXPRESS execution ends within 5 minutes (AWS quota), but may start some time after its request was
# accepted. If it started so late that it is still running, a second execution does no harm.
OVERDUE = timedelta(minutes=10)


class Completion:
    """Creates the rows and starts the executions of stored requests.

    Args:
        dynamodb: Client of DynamoDB.
        stepfunctions: Client of Step Functions.
        environment: Contains the table's name, and the state machine's ARN and type.
    """

    def __init__(
        self, dynamodb: "DynamoDBClient", stepfunctions: "SFNClient", environment: CompleteEnvironment
    ) -> None:
        self._dynamodb = dynamodb
        self._stepfunctions = stepfunctions
        self._table = environment.table_name
        self._machine = environment.state_machine_arn
        self._express = environment.state_machine_type == "EXPRESS"

    def complete(self, request_id: str, accepted_at: str, context: "LambdaContext") -> str:
        """Ensure that a stored request has a row and an execution, and return the execution's ARN.

        Args:
            request_id: Id of the request.
            accepted_at: Time when it was stored: RFC 3339, UTC. An existing row keeps its time.
            context: Context of the invocation.

        Raises:
            ClientError, BotoCoreError: A call failed. All steps can be repeated.
            DeadlineError: Too little time remains for another call.
        """
        require_remaining_time(context)
        row = self._ensure_row(request_id, accepted_at)
        arn = row.get(ARN, {}).get("S")
        if arn and (row["status"] == {"S": "completed"} or self._may_run(arn, row["timestamp"]["S"])):
            return arn
        require_remaining_time(context)
        new_arn = self._start(request_id)
        if not self._express:
            return new_arn
        require_remaining_time(context)
        return self._record_arn(request_id, new_arn, replace=arn is not None)

    def _may_run(self, arn: str, accepted_at: str) -> bool:
        """Return whether an EXPRESS execution was started and may still run.

        Not so for an execution of another state machine: the row may contain the ARN of a STANDARD execution
        that was never started, from before the setting was changed.
        """
        of_this_machine = arn.split(":")[6] == self._machine.split(":")[6]
        return self._express and of_this_machine and accepted_at >= timestamp(now() - OVERDUE)

    def _ensure_row(self, request_id: str, accepted_at: str) -> "Item":
        """Create the row of a request unless it exists, and return it."""
        row: dict[str, AttributeValueTypeDef] = {
            "request_id": {"S": request_id},
            "timestamp": {"S": accepted_at},
            "s3_key": {"S": object_key(request_id)},
            "status": {"S": "processing"},
        }
        if not self._express:
            row[ARN] = {"S": self._standard_arn(request_id)}
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=row,
                ConditionExpression="attribute_not_exists(request_id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return item_of_failed_condition(error)
        return row

    def _start(self, request_id: str) -> str:
        """Start the execution of a request, unless a STANDARD one was started before; return its ARN."""
        try:
            execution = self._stepfunctions.start_execution(
                stateMachineArn=self._machine,
                name=_name(request_id),
                input=json.dumps({"request_id": request_id, "s3_key": object_key(request_id)}),
            )
        except ClientError as error:
            # The execution has ended. On AWS only for STANDARD; the embedded AWS returns it for EXPRESS as
            # well.
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
            return self._standard_arn(request_id)
        return execution["executionArn"]

    def _record_arn(self, request_id: str, arn: str, *, replace: bool) -> str:
        """Store an execution's ARN in the row, if it has none or with `replace`; return the row's ARN."""
        value = ":arn" if replace else f"if_not_exists({ARN}, :arn)"
        response = self._dynamodb.update_item(
            TableName=self._table,
            Key={"request_id": {"S": request_id}},
            UpdateExpression=f"SET {ARN} = {value}",
            ConditionExpression="attribute_exists(request_id)",
            ExpressionAttributeValues={":arn": {"S": arn}},
            ReturnValues="UPDATED_NEW",
        )
        return response["Attributes"][ARN]["S"]

    def _standard_arn(self, request_id: str) -> str:
        """Return the ARN of a STANDARD execution of a request."""
        return f"{self._machine.replace(':stateMachine:', ':execution:')}:{_name(request_id)}"


def _name(request_id: str) -> str:
    return f"execution-{request_id}"
