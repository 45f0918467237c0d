"""`Idempotency-Key`: a request that is sent again has one effect and one answer."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_URL, uuid5

from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.idempotency.exceptions import (
    IdempotencyAlreadyInProgressError,
    IdempotencyInconsistentStateError,
    IdempotencyItemAlreadyExistsError,
    IdempotencyValidationError,
)
from aws_lambda_powertools.utilities.idempotency.persistence.datarecord import DataRecord

from handlers.common.http_request import HttpRequest
from handlers.common.problems import HttpError
from handlers.common.times import now

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LIFETIME = timedelta(hours=24)
Document = dict[str, Any]


def deterministic_id(caller: str, key: str, body: Document) -> str:
    """Return the id that a task made by this very request gets, however often it is sent.

    A function can die between the write of the task and that of the record that says so; the
    next try then finds the task by this id.
    """
    return str(uuid5(NAMESPACE_URL, json.dumps([caller, key, body], sort_keys=True)))


def is_within_lifetime(created_at: str) -> bool:
    """Whether a task was made so lately that the key which named it still counts."""
    return now() - datetime.fromisoformat(created_at) < LIFETIME


class IdempotencyStore:
    """Runs what a key stands for once in 24 hours, and replays its answer after that.

    Records are kept per caller, as hashes of caller and key, and of the body. While the first
    request runs, a record says so until that function's timeout. One that fails leaves none.

    Args:
        client: Of the table's region.
        table: Name of the table; hash key `id`, TTL attribute `expiration`.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._records = _Records(table, boto3_client=client)
        self._config = IdempotencyConfig(
            event_key_jmespath="[caller, key]",
            payload_validation_jmespath="body",
            expires_after_seconds=int(LIFETIME.total_seconds()),
            hash_function="sha256",
            response_hook=_replayed,
        )

    def run_once(
        self, action: Callable[[], Document], *, request: HttpRequest, key: str, body: Document
    ) -> tuple[Document, bool]:
        """Return the answer of `action`, and whether it is that of an earlier request.

        Raises:
            HttpError: 422 when the key came with another body before, 409 while the first
                request is in progress; and what `action` raises.
        """
        self._config.register_lambda_context(request.context)

        def first(*, data: Document) -> Document:  # noqa: ARG001 - Powertools makes the key of it
            return {"document": action(), "replayed": False}

        guarded = idempotent_function(
            first,
            data_keyword_argument="data",
            persistence_store=self._records,
            config=self._config,
            key_prefix="tasks",
        )
        try:
            answer = guarded(data={"caller": request.caller, "key": key, "body": body})
        except IdempotencyValidationError:
            raise HttpError(422, "This Idempotency-Key was used with another body before.") from None
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
            raise HttpError(
                409,
                "A request with this Idempotency-Key is in progress.",
                headers={"Retry-After": "1"},
            ) from None
        return answer["document"], answer["replayed"]


def _replayed(
    response: Document,
    idempotent_data: DataRecord,  # noqa: ARG001 - what Powertools calls it with
) -> Document:
    return {**response, "replayed": True}


class _Records(DynamoDBPersistenceLayer):
    """Powertools' records, save that one's own is never taken for another request's.

    That happens when the SDK sends the first write again because its answer was lost.
    """

    def _put_record(self, data_record: DataRecord) -> None:
        try:
            super()._put_record(data_record)
        except IdempotencyItemAlreadyExistsError as error:
            mine = data_record.in_progress_expiry_timestamp
            old = error.old_data_record
            if old is None or old.in_progress_expiry_timestamp != mine:
                raise
