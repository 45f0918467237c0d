"""`Idempotency-Key`: a request that is sent again has one effect and the same response."""

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
    """Return the id of the task that a request creates, the same one each time the request is sent.

    If a function is killed after it has written the task but before it has written the idempotency record,
    the next attempt finds the task by this id.
    """
    return str(uuid5(NAMESPACE_URL, json.dumps([caller, key, body], sort_keys=True)))


def is_within_lifetime(created_at: str) -> bool:
    """Return whether the idempotency key of a task that was created at this time is still valid."""
    return now() - datetime.fromisoformat(created_at) < LIFETIME


class IdempotencyStore:
    """Runs an action once per idempotency key in 24 hours, and replays its response afterwards.

    Keys belong to a caller. A record contains hashes of caller, key and body. It marks a request as in
    progress until the timeout of its function. A request that fails leaves no record.

    Args:
        client: Client in the table's region.
        table: Name of the table: hash key `id`, TTL attribute `expiration`.
    """

    def __init__(self, client: "DynamoDBClient", table: str) -> None:
        self._records = _Records(table, boto3_client=client)
        self._config = IdempotencyConfig(
            event_key_jmespath="[caller, key]",
            payload_validation_jmespath="body",
            expires_after_seconds=int(LIFETIME.total_seconds()),
            hash_function="sha256",
            response_hook=_mark_as_replayed,
        )

    def run_once(
        self, action: Callable[[], Document], *, request: HttpRequest, key: str, body: Document
    ) -> tuple[Document, bool]:
        """Return the document of `action`, and whether it is replayed from an earlier request.

        Raises:
            HttpError: 422 if the key was used with another body, 409 while the first request is in progress.
            Exception: Any error that `action` raises.
        """
        self._config.register_lambda_context(request.context)

        def run(*, data: Document) -> Document:  # noqa: ARG001 - Powertools derives the record's id from it
            return {"document": action(), "replayed": False}

        idempotent_run = idempotent_function(
            run,
            data_keyword_argument="data",
            persistence_store=self._records,
            config=self._config,
            key_prefix="tasks",
        )
        try:
            outcome = idempotent_run(data={"caller": request.caller, "key": key, "body": body})
        except IdempotencyValidationError:
            raise HttpError(422, "This Idempotency-Key was used with another body before.") from None
        except (IdempotencyAlreadyInProgressError, IdempotencyInconsistentStateError):
            raise HttpError(
                409,
                "A request with this Idempotency-Key is in progress.",
                headers={"Retry-After": "1"},
            ) from None
        return outcome["document"], outcome["replayed"]


def _mark_as_replayed(
    response: Document,
    idempotent_data: DataRecord,  # noqa: ARG001 - Powertools passes it
) -> Document:
    return {**response, "replayed": True}


class _Records(DynamoDBPersistenceLayer):
    """Powertools' records, but a request does not conflict with its own record.

    That would happen if the response to the first write is lost and the SDK writes the record again.
    """

    def _put_record(self, data_record: DataRecord) -> None:
        try:
            super()._put_record(data_record)
        except IdempotencyItemAlreadyExistsError as error:
            existing = error.old_data_record
            own_expiry = data_record.in_progress_expiry_timestamp
            if existing is None or existing.in_progress_expiry_timestamp != own_expiry:
                raise
