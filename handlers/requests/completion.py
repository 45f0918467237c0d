"""What a stored request still needs: its row and its execution.

Nothing is read before it is written, and every step may be taken again, by whoever comes next: the function
behind the API takes them at once, and S3's event takes them again, whatever happened (Q5).

Step Functions knows a STANDARD execution by its name: its ARN is known before it is started, stands in the
row from the first, and a second start starts nothing. An EXPRESS one can be started twice, and has an ARN
only then: it is put into the row afterwards, and a row without one is taken for not started. One that fails
cannot be redriven as a STANDARD one can: a row that should have been completed long ago gets another. So two
can run for one request, and have one effect, since what the state machine does to the row is conditional.
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

# An EXPRESS execution ends within 5 minutes (a quota of AWS). It began some time after its request was
# accepted; if it began so late that it still runs, a second one does no harm.
OVERDUE = timedelta(minutes=10)


class Completion:
    """Gives stored requests their row and execution.

    Args:
        dynamodb: A client.
        stepfunctions: A client.
        environment: Names the table, and the state machine and its type.
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
        """Make sure that a stored request has its row and its execution; return the execution's ARN.

        Args:
            request_id: Under which it is stored.
            accepted_at: When it was: RFC 3339, UTC. The row keeps the first one that it is given.
            context: Of the invocation.

        Raises:
            ClientError, BotoCoreError: A call failed. What is done is done, and may be done again.
            DeadlineError: There is no time left for a call.
        """
        require_remaining_time(context)
        row = self._row(request_id, accepted_at)
        old = row.get(ARN, {}).get("S")
        if old and (row["status"] == {"S": "completed"} or self._may_run(old, row["timestamp"]["S"])):
            return old
        require_remaining_time(context)
        arn = self._start(request_id)
        if not self._express:
            return arn
        require_remaining_time(context)
        return self._note(request_id, arn, replace=old is not None)

    def _may_run(self, arn: str, accepted_at: str) -> bool:
        """Whether a row's ARN says that its execution has been started, and has not failed for all we know.

        One of another machine does not: it can be a STANDARD one's, from before the setting was changed.
        """
        of_this_machine = arn.split(":")[6] == self._machine.split(":")[6]
        return self._express and of_this_machine and accepted_at >= timestamp(now() - OVERDUE)

    def _row(self, request_id: str, accepted_at: str) -> "Item":
        """Put the row of a request where it has none, and return the one it has then."""
        row: dict[str, AttributeValueTypeDef] = {
            "request_id": {"S": request_id},
            "timestamp": {"S": accepted_at},
            "s3_key": {"S": object_key(request_id)},
            "status": {"S": "processing"},
        }
        if not self._express:
            row[ARN] = {"S": self._arn(request_id)}
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
        """Start the execution of a request where it has not been, and return its ARN."""
        try:
            answer = self._stepfunctions.start_execution(
                stateMachineArn=self._machine,
                name=_name(request_id),
                input=json.dumps({"request_id": request_id, "s3_key": object_key(request_id)}),
            )
        except ClientError as error:
            # That it ran and has ended. AWS says so of STANDARD ones alone, the embedded AWS of both.
            if error.response["Error"]["Code"] != "ExecutionAlreadyExists":
                raise
            return self._arn(request_id)
        return answer["executionArn"]

    def _note(self, request_id: str, arn: str, *, replace: bool) -> str:
        """Give the row of a request an ARN, where it has none or in its place; return the one it has."""
        value = ":arn" if replace else f"if_not_exists({ARN}, :arn)"
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key={"request_id": {"S": request_id}},
            UpdateExpression=f"SET {ARN} = {value}",
            ConditionExpression="attribute_exists(request_id)",
            ExpressionAttributeValues={":arn": {"S": arn}},
            ReturnValues="UPDATED_NEW",
        )
        return answer["Attributes"][ARN]["S"]

    def _arn(self, request_id: str) -> str:
        """Return the ARN that a STANDARD execution of a request has."""
        return f"{self._machine.replace(':stateMachine:', ':execution:')}:{_name(request_id)}"


def _name(request_id: str) -> str:
    return f"execution-{request_id}"
