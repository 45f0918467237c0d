"""The table of tasks: one DynamoDB call per request; writes are conditional.

If the SDK receives no response, it sends a call again, although the first attempt may have taken effect. So
each update stores a random token in the item. If a condition fails on an item that has this token, the update
has already taken effect.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import ClientError

from handlers.common.items import item_of_failed_condition, to_attribute
from handlers.common.problems import HttpError
from handlers.common.times import timestamp
from handlers.tasks.preconditions import Precondition
from handlers.tasks.task import Draft, Task

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        DeleteItemInputTypeDef,
        ScanInputTypeDef,
    )

    from handlers.common.items import Item

TOKEN = "last_write"  # noqa: S105 - the name of an attribute


class TaskTable:
    """Tasks in DynamoDB.

    Args:
        client: Client in the table's region.
        name: Name of the table; its hash key is `id`, a string.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def create(self, task: Task) -> Task:
        """Store a new task and return it. If its id exists, return the existing task instead."""
        try:
            self._client.put_item(
                TableName=self._name,
                Item=task.item(),
                ConditionExpression="attribute_not_exists(id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return Task.from_item(item_of_failed_condition(error))
        return task

    def get(self, identifier: str) -> Task:
        """Return a task, by a consistent read.

        Raises:
            HttpError: 404 if there is no such task.
        """
        response = self._client.get_item(
            TableName=self._name, Key={"id": {"S": identifier}}, ConsistentRead=True
        )
        if "Item" not in response:
            raise _not_found()
        return Task.from_item(response["Item"])

    def page(self, limit: int, after: str | None) -> tuple[list[Task], str | None]:
        """Return a page of tasks, in no particular order.

        Reads one item more than `limit`, never the whole table. The read is eventually consistent.

        Args:
            limit: Most tasks of the page. It can have fewer, because DynamoDB reads at most 1 MB.
            after: Id of the last task of the previous page; None for the first page.

        Returns:
            The tasks, and the id to pass as `after` for the next page; None on the last page.
        """
        call: ScanInputTypeDef = {"TableName": self._name, "Limit": limit + 1}
        if after:
            call["ExclusiveStartKey"] = {"id": {"S": after}}
        response = self._client.scan(**call)
        tasks = [Task.from_item(item) for item in response["Items"]]
        more = len(tasks) > limit or "LastEvaluatedKey" in response
        return tasks[:limit], tasks[:limit][-1].id if more else None

    def replace(self, identifier: str, draft: Draft, condition: Precondition) -> Task:
        """Set the fields of a task, increase its version, and return it.

        Args:
            identifier: Id of the task.
            draft: The new fields.
            condition: Condition on the current version.

        Raises:
            HttpError: 404 if there is no such task, 412 if its version does not meet the condition.
        """
        token = uuid4().hex
        fields = {**asdict(draft), "updated_at": timestamp(), TOKEN: token}
        expression, values = _expression(condition)
        try:
            response = self._client.update_item(
                TableName=self._name,
                Key={"id": {"S": identifier}},
                UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in fields)} ADD version :one",
                ConditionExpression=expression
                + f" AND (attribute_not_exists({TOKEN}) OR {TOKEN} <> :{TOKEN})",
                ExpressionAttributeNames={f"#{name}": name for name in fields},
                ExpressionAttributeValues={
                    **{f":{name}": to_attribute(value) for name, value in fields.items()},
                    **values,
                    ":one": {"N": "1"},
                },
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            old = item_of_failed_condition(error)
            if old.get(TOKEN) == {"S": token}:
                return Task.from_item(old)
            raise _failed_precondition(old) from None
        return Task.from_item(response["Attributes"])

    def delete(self, identifier: str, condition: Precondition) -> None:
        """Delete a task.

        Args:
            identifier: Id of the task.
            condition: Condition on the current version.

        Raises:
            HttpError: 404 if there is no such task, 412 if its version does not meet the condition.
        """
        expression, values = _expression(condition)
        call: DeleteItemInputTypeDef = {
            "TableName": self._name,
            "Key": {"id": {"S": identifier}},
            "ConditionExpression": expression,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            call["ExpressionAttributeValues"] = values
        try:
            self._client.delete_item(**call)
        except ClientError as error:
            old = item_of_failed_condition(error)
            # No item on a second attempt: the first one, whose response was lost, has deleted it.
            if old or not error.response["ResponseMetadata"]["RetryAttempts"]:
                raise _failed_precondition(old) from None


def _expression(condition: Precondition) -> "tuple[str, dict[str, AttributeValueTypeDef]]":
    """Return the expression that the task exists and meets the condition, and the values in it."""
    terms, values = ["attribute_exists(id)"], {}
    if condition.allowed is not None:
        # IN does not accept an empty list; version 0 stands for it, because no task has this version.
        allowed = {f":v{number}": version for number, version in enumerate(condition.allowed or {0})}
        terms.append(f"version IN ({', '.join(allowed)})")
        values.update(allowed)
    if condition.excluded:
        excluded = {f":x{number}": version for number, version in enumerate(condition.excluded)}
        terms.append(f"NOT version IN ({', '.join(excluded)})")
        values.update(excluded)
    return " AND ".join(terms), {name: to_attribute(version) for name, version in values.items()}


def _failed_precondition(old: "Item") -> HttpError:
    if not old:
        return _not_found()
    return HttpError(412, "The current ETag of the task does not meet If-Match or If-None-Match.")


def _not_found() -> HttpError:
    return HttpError(404, "There is no task with this id.")
