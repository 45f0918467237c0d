"""The table of files: one row each, from the request to upload it to what was found in it (F3).

A row is processed for one event of S3 at a time, as its `sequencer` tells: an event that is older than the
row's finds its claim refused, and what was found is only written while the row is still of the same event.
So events that come twice, at once or in the wrong order have the effect of the newest alone. Every change is
conditional on that, and may be sent again, as the SDK does when it got no answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from handlers.common.items import from_attribute, item_of_failed_condition, to_attribute
from handlers.common.s3_events import EventError, ObjectCreated
from handlers.common.times import now, timestamp

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Row = dict[str, Any]
"""A file: id, key and status (pending, processing, completed, failed).

If the API has made it, also owner, name, content_type and created_at, and, until S3 has told of the object,
expires_at: when DynamoDB may delete it (epoch seconds). After that also uploaded_at, started_at, version and
sequencer; and when it is done, finished_at, duration_ms, size (unless the object is gone), and either result
and summary or error. Other times are RFC 3339, UTC.

Where a function was killed each time that it has tried, its row stays at processing: the event of it is in
the dead-letter queue.
"""

PASSING = ("expires_at", "finished_at", "duration_ms", "size", "result", "summary", "error")
"""What does not outlive the next change of a row, unless that sets it."""


@dataclass(frozen=True)
class Claim:
    """That a row is processed for an event.

    Attributes:
        id: The row's.
        sequencer: The event's.
        started_at: UTC.
    """

    id: str
    sequencer: str
    started_at: datetime


class FileTable:
    """Files in DynamoDB.

    Args:
        client: Of DynamoDB.
        name: Of the table; its hash key is `id`, a string.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def create(self, row: Row) -> None:
        """Keep a new row, with an id that no other has."""
        try:
            self._client.put_item(
                TableName=self._name,
                Item={name: to_attribute(value) for name, value in row.items()},
                ConditionExpression="attribute_not_exists(id)",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if (
                _row(item_of_failed_condition(error)) != row
            ):  # else it is of our own first attempt, whose answer was lost
                raise

    def get(self, identifier: str) -> Row | None:
        """Return a row as of the last write, or None where there is none."""
        answer = self._client.get_item(
            TableName=self._name, Key={"id": {"S": identifier}}, ConsistentRead=True
        )
        return _row(answer["Item"]) if "Item" in answer else None

    def claim(self, identifier: str, created: ObjectCreated) -> Claim | None:
        """Make a row, a new one where there is none, the one that is processed for an event.

        Returns None where it is not for this event: the row is of a newer one, or done with this one.

        Raises:
            EventError: The id is that of another object's row, which stays as it is.
        """
        claim = Claim(identifier, created.sequencer, now())
        begun = {
            "key": created.key,
            "version": created.version,
            "sequencer": created.sequencer,
            "status": "processing",
            "uploaded_at": created.time,
            "started_at": timestamp(claim.started_at),
        }
        newest = (
            "attribute_not_exists(#sequencer) OR #sequencer < :sequencer"
            " OR (#sequencer = :sequencer AND attribute_not_exists(#finished_at))"
        )
        # Sequencers of two keys say nothing of each other.
        condition = f"(attribute_not_exists(#key) OR #key = :key) AND ({newest})"
        old = self._update(identifier, begun, condition)
        if old is None:
            return claim
        if old["key"] != created.key:
            raise EventError(f"{created.key!r} would have the id of another object's row")
        return None

    def finish(self, claim: Claim, found: Mapping[str, object]) -> bool:
        """Close a row with its status and what was found; False where it is closed, or of a newer event."""
        finished_at = now()
        took = finished_at - claim.started_at
        times = {"finished_at": timestamp(finished_at), "duration_ms": round(took.total_seconds() * 1000)}
        return self._held(claim, {**found, **times})

    def interrupt(self, claim: Claim, error: str) -> bool:
        """Mark a row as failed for now; it can still be claimed for the same event, and closed."""
        return self._held(claim, {"status": "failed", "error": error})

    def _held(self, claim: Claim, values: Mapping[str, object]) -> bool:
        """Write to a row that is for the claim's event and not closed.

        Also to one that another delivery of the event has marked as failed for now: who can close it, may.
        """
        condition = "#sequencer = :held AND attribute_not_exists(#finished_at)"
        return self._update(claim.id, values, condition, held=claim.sequencer) is None

    def _update(
        self, identifier: str, values: Mapping[str, object], condition: str, **more: str
    ) -> Row | None:
        """Set `values` and remove what else is `PASSING`; where the condition fails, return the row."""
        removed = [name for name in PASSING if name not in values]
        sets = ", ".join(f"#{name} = :{name}" for name in values)
        # Never none: no change sets expires_at.
        removes = ", ".join(f"#{name}" for name in removed)
        try:
            self._client.update_item(
                TableName=self._name,
                Key={"id": {"S": identifier}},
                UpdateExpression=f"SET {sets} REMOVE {removes}",
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in (*values, *removed, "sequencer")},
                ExpressionAttributeValues={
                    f":{name}": to_attribute(value) for name, value in {**values, **more}.items()
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return _row(item_of_failed_condition(error))
        return None


def _row(item: Mapping[str, Any]) -> Row:
    return {name: from_attribute(held) for name, held in item.items()}
