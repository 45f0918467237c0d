"""The table of files: one row per file (F3).

A row is processed for one S3 event at a time; its `sequencer` identifies the event. An older event cannot
claim the row, and a result is only written while the row belongs to the same event. So only the newest event
takes effect, even if events are repeated, concurrent or out of order. The row of a file that the API created
is final once it is finished, and no newer event can claim it. All updates are conditional on that and
idempotent, so that the SDK may send them again when it receives no response.
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
"""The row of a file, by attribute.

- Always: id, key and status (pending, processing, completed, failed).
- If the file was created by the API: owner, name, content_type and created_at.
- Until the first event of its object: expires_at, when DynamoDB may delete the row (epoch seconds).
- From the first event of its object: uploaded_at, started_at, version and sequencer.
- When it is finished: finished_at, duration_ms, size (unless the object was deleted), and either result and
  summary or error.

All other times are RFC 3339, UTC. If the function was killed in each attempt, the status stays at processing,
and the event is in the dead-letter queue.
"""

TRANSIENT_ATTRIBUTES = ("expires_at", "finished_at", "duration_ms", "size", "result", "summary", "error")
"""Attributes that each update removes from a row unless it sets them."""


@dataclass(frozen=True)
class Claim:
    """The right to process a row for an event.

    Attributes:
        id: Id of the row.
        sequencer: Sequencer of the event.
        started_at: Time of the claim, UTC.
    """

    id: str
    sequencer: str
    started_at: datetime


class FileTable:
    """Files in DynamoDB.

    Args:
        client: Client of DynamoDB.
        name: Name of the table; its hash key is `id`, a string.
    """

    def __init__(self, client: "DynamoDBClient", name: str) -> None:
        self._client = client
        self._name = name

    def create(self, row: Row) -> None:
        """Store a new row. Its id must not exist."""
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
            ):  # else the SDK's first attempt stored it, and its response was lost
                raise

    def get(self, identifier: str) -> Row | None:
        """Return a row by a consistent read, or None if there is none."""
        response = self._client.get_item(
            TableName=self._name, Key={"id": {"S": identifier}}, ConsistentRead=True
        )
        return _row(response["Item"]) if "Item" in response else None

    def claim(self, identifier: str, created: ObjectCreated, *, single_object: bool) -> Claim | None:
        """Claim a row for an event, and create the row if there is none.

        Args:
            identifier: Id of the row.
            created: The event's object.
            single_object: Whether the row, once finished with an object, is final. A row whose object was
                deleted before it was read is finished without one.

        Returns:
            The claim; None if the row belongs to a newer event, is finished for this one, or is final.

        Raises:
            EventError: The row belongs to another object. It is not changed.
        """
        claim = Claim(identifier, created.sequencer, now())
        started = {
            "key": created.key,
            "version": created.version,
            "sequencer": created.sequencer,
            "status": "processing",
            "uploaded_at": created.time,
            "started_at": timestamp(claim.started_at),
        }
        replaces = " AND attribute_not_exists(#size)" if single_object else ""
        newest = (
            f"attribute_not_exists(#sequencer) OR (#sequencer < :sequencer{replaces})"
            " OR (#sequencer = :sequencer AND attribute_not_exists(#finished_at))"
        )
        # Sequencers are comparable only among events of the same key.
        condition = f"(attribute_not_exists(#key) OR #key = :key) AND ({newest})"
        old = self._update(identifier, started, condition)
        if old is None:
            return claim
        if old["key"] != created.key:
            raise EventError(f"{created.key!r} has the same id as another object's row")
        return None

    def finish(self, claim: Claim, attributes: Mapping[str, object]) -> bool:
        """Finish a row with its status and result.

        Returns:
            False if the row is finished already or belongs to a newer event.
        """
        finished_at = now()
        duration = finished_at - claim.started_at
        times = {
            # Another delivery of the same event may have claimed the row, and set its time, after this claim.
            "started_at": timestamp(claim.started_at),
            "finished_at": timestamp(finished_at),
            "duration_ms": round(duration.total_seconds() * 1000),
        }
        return self._update_claimed(claim, {**attributes, **times})

    def interrupt(self, claim: Claim, error: str) -> bool:
        """Mark a row as failed until the next attempt; it can be claimed again for the same event."""
        return self._update_claimed(claim, {"status": "failed", "error": error})

    def _update_claimed(self, claim: Claim, values: Mapping[str, object]) -> bool:
        """Update a row if it belongs to the claim's event and is not finished.

        Another delivery of the same event may have marked it as failed meanwhile; the first one to finish
        wins.
        """
        condition = "#sequencer = :claimed AND attribute_not_exists(#finished_at)"
        return self._update(claim.id, values, condition, claimed=claim.sequencer) is None

    def _update(
        self, identifier: str, values: Mapping[str, object], condition: str, **parameters: str
    ) -> Row | None:
        """Set `values` and remove the other `TRANSIENT_ATTRIBUTES`.

        Returns:
            None; the unchanged row if the condition fails.
        """
        removed = [name for name in TRANSIENT_ATTRIBUTES if name not in values]
        sets = ", ".join(f"#{name} = :{name}" for name in values)
        # Never empty, because no update sets expires_at.
        removes = ", ".join(f"#{name}" for name in removed)
        try:
            self._client.update_item(
                TableName=self._name,
                Key={"id": {"S": identifier}},
                UpdateExpression=f"SET {sets} REMOVE {removes}",
                ConditionExpression=condition,
                ExpressionAttributeNames={f"#{name}": name for name in (*values, *removed, "sequencer")},
                ExpressionAttributeValues={
                    f":{name}": to_attribute(value) for name, value in {**values, **parameters}.items()
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            return _row(item_of_failed_condition(error))
        return None


def _row(item: Mapping[str, Any]) -> Row:
    return {name: from_attribute(attribute) for name, attribute in item.items()}
