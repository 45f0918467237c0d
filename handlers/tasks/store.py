"""The table of tasks: one call a request, conditional where it writes.

The SDK sends a call again when it got no answer, and the first one may have had its effect. So
each change carries a token that is kept in the item: a condition that fails on an item with the
very token says that the change is done.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING
from uuid import uuid4

from botocore.exceptions import ClientError

from handlers.common.items import item_of_failed_condition, to_attribute
from handlers.common.problems import HttpError
from handlers.common.times import timestamp
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
        client: Of the table's region.
        name: Of the table; its hash key is `id`, a string.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def create(self, task: Task) -> Task:
        """Keep a new task and return it; where its id is taken, return the task that has it."""
        try:
            self._client.put_item(
                TableName=self._name,
                Item=task.item(),
                ConditionExpression="attribute_not_exists(id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return Task.of(item_of_failed_condition(error))
        return task

    def get(self, identifier: str) -> Task:
        """Return a task, as of the last write; HttpError 404 where there is none."""
        answer = self._client.get_item(
            TableName=self._name, Key={"id": {"S": identifier}}, ConsistentRead=True
        )
        if "Item" not in answer:
            raise _missing()
        return Task.of(answer["Item"])

    def page(self, limit: int, after: str | None) -> tuple[list[Task], str | None]:
        """Return at most `limit` tasks after the one with the id `after`, in no special order.

        It reads one item more than `limit` and never the rest of the table. The second value is
        the id to go on after, or None on the last page. A page can be shorter than `limit`, since
        DynamoDB reads 1 MB at most. A write of the last second may not show yet.
        """
        call: ScanInputTypeDef = {"TableName": self._name, "Limit": limit + 1}
        if after:
            call["ExclusiveStartKey"] = {"id": {"S": after}}
        answer = self._client.scan(**call)
        tasks = [Task.of(item) for item in answer["Items"]]
        more = len(tasks) > limit or "LastEvaluatedKey" in answer
        return tasks[:limit], tasks[:limit][-1].id if more else None

    def replace(self, identifier: str, draft: Draft, versions: frozenset[int] | None) -> Task:
        """Give a task the fields of `draft` and its next version, and return it.

        Args:
            identifier: The task's id.
            draft: The new fields.
            versions: Of which the task has to have one; None for any.

        Raises:
            HttpError: 404 where there is no such task, 412 where it has none of `versions`.
        """
        token = uuid4().hex
        fields = {**asdict(draft), "updated_at": timestamp(), TOKEN: token}
        condition, values = _condition(versions)
        try:
            answer = self._client.update_item(
                TableName=self._name,
                Key={"id": {"S": identifier}},
                UpdateExpression=f"SET {', '.join(f'#{name} = :{name}' for name in fields)} ADD version :one",
                ConditionExpression=f"{condition} AND (attribute_not_exists({TOKEN}) OR {TOKEN} <> :{TOKEN})",
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
                return Task.of(old)
            raise _unmet(old) from None
        return Task.of(answer["Attributes"])

    def delete(self, identifier: str, versions: frozenset[int] | None) -> None:
        """Remove a task.

        Args:
            identifier: The task's id.
            versions: Of which the task has to have one; None for any.

        Raises:
            HttpError: 404 where there is no such task, 412 where it has none of `versions`.
        """
        condition, values = _condition(versions)
        call: DeleteItemInputTypeDef = {
            "TableName": self._name,
            "Key": {"id": {"S": identifier}},
            "ConditionExpression": condition,
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        }
        if values:
            call["ExpressionAttributeValues"] = values
        try:
            self._client.delete_item(**call)
        except ClientError as error:
            old = item_of_failed_condition(error)
            # Gone after a second try: the first one, whose answer was lost, has removed it.
            if old or not error.response["ResponseMetadata"]["RetryAttempts"]:
                raise _unmet(old) from None


def _condition(versions: frozenset[int] | None) -> "tuple[str, dict[str, AttributeValueTypeDef]]":
    """Return the condition that the task is there with one of `versions`, and its values."""
    if versions is None:
        return "attribute_exists(id)", {}
    # No task has version 0: it stands for a set that is empty, which IN does not take.
    values = {f":v{number}": to_attribute(version) for number, version in enumerate(versions or {0})}
    return f"attribute_exists(id) AND version IN ({', '.join(values)})", values


def _unmet(old: "Item") -> HttpError:
    if not old:
        return _missing()
    return HttpError(412, "The task has changed: If-Match has none of its present versions.")


def _missing() -> HttpError:
    return HttpError(404, "There is no task with this id.")
