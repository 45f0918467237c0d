"""Process uploaded objects of any type: claim the row, read the object, finish the row (F2, F3)."""

import io
import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, BinaryIO
from uuid import NAMESPACE_URL, uuid5

from aws_lambda_powertools import Logger

from handlers.common import clients
from handlers.common.identifiers import UUID
from handlers.common.s3_events import ObjectCreated, process_records
from handlers.files.environment import Environment
from handlers.files.read_result import ContentError, Properties, ReadResult
from handlers.files.source import ObjectDeletedError, ObjectReplacedError, S3Source
from handlers.files.store import Claim, FileTable
from handlers.files.summary import Summarize, no_summary

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Read = Callable[[BinaryIO, str], ReadResult]
"""Reads a stream; the second argument is the last part of the object's key."""

KEY = re.compile(rf"files/({UUID.pattern})\.[a-z]+")
MAX_BYTES = 256 * 1024 * 1024  # half of a function's disk, which PDFs are copied to
MAX_RESULT_BYTES = 300_000  # the limit of a DynamoDB item is 400 KB
DELETED = "The object was deleted."
INTERRUPTED = "The processing was interrupted and will be retried."


class Pipeline:
    """Processes the objects of one type. For each object, only the newest event takes effect, and only once.

    The first object that is read completely ends a file of the API: later uploads by its form are skipped.

    Args:
        environment: Contains the names of the bucket and the table.
        logger: Logs one line per record.
        read: Reads an object.
        summarize: Summarizes a text.
    """

    def __init__(
        self, environment: Environment, logger: Logger, read: Read, summarize: Summarize = no_summary
    ) -> None:
        self._s3 = clients.s3(clients.BACKGROUND_CONFIG)
        self._table = FileTable(clients.dynamodb(config=clients.BACKGROUND_CONFIG), environment.table_name)
        self._bucket = environment.bucket_name
        self._logger = logger
        self._read = read
        self._summarize = summarize

    def handle(self, event: object, context: "LambdaContext") -> None:
        """Process every record of an S3 notification.

        If a file was deleted or its content is invalid, its row gets the status `failed`. That is not an
        error of the function.

        Raises:
            EventError: The event is not an S3 notification, or some of its records failed for other reasons.
                Lambda retries the event; records that were processed are skipped then.
        """
        process_records(event, self._bucket, self._logger, partial(self._process, context))

    def _process(self, context: "LambdaContext", created: ObjectCreated) -> None:
        identifier = file_id(created.key)
        claim = self._table.claim(identifier, created, single_object=is_of_form(created.key))
        if claim is None:
            self._log("file skipped: processed or replaced", created)
            return
        try:
            self._finish(claim, created, self._read_object(created, context))
        except ObjectReplacedError:
            # The row is left unchanged: the event of the newer version claims it, or has claimed it.
            self._log("file skipped: replaced", created)
        except Exception:
            self._interrupt(claim)
            raise

    def _read_object(self, created: ObjectCreated, context: "LambdaContext") -> Mapping[str, object]:
        """Read an object, and return the attributes of its row."""
        try:
            source = S3Source(self._s3, self._bucket, created, context.get_remaining_time_in_millis)
            require_supported_size(source.size)
            with io.BufferedReader(source) as stream:
                result = self._read(stream, created.key.rpartition("/")[2])
            properties = require_storable(result.properties)
        except ObjectDeletedError:
            return {"status": "failed", "error": DELETED}
        except ContentError as error:
            return {"status": "failed", "error": str(error), "size": source.size}
        summary = self._summarize(result.excerpt, context.get_remaining_time_in_millis())
        return {"status": "completed", "result": properties, "summary": summary, "size": source.size}

    def _finish(self, claim: Claim, created: ObjectCreated, attributes: Mapping[str, object]) -> None:
        if self._table.finish(claim, attributes):
            status, size = attributes["status"], attributes.get("size")
            self._log("file processed", created, id=claim.id, status=status, bytes=size)
        else:
            self._log("file skipped: processed or replaced", created)

    def _interrupt(self, claim: Claim) -> None:
        try:
            self._table.interrupt(claim, INTERRUPTED)
        except Exception:  # the status stays "processing", and the retry processes the file
            self._logger.exception("row not marked")

    def _log(self, message: str, created: ObjectCreated, **fields: object) -> None:
        self._logger.info(message, extra={"key": created.key, "version": created.version, **fields})


def file_id(key: str) -> str:
    """Return the id of an object's row: part of a key that the API created, derived from any other key."""
    match = KEY.fullmatch(key)
    return match[1] if match else str(uuid5(NAMESPACE_URL, key))


def is_of_form(key: str) -> bool:
    """Whether an object was uploaded by a form of the API, which is good for a single object."""
    return KEY.fullmatch(key) is not None


def require_supported_size(size: int) -> None:
    """Check that a file fits on the function's disk.

    Raises:
        ContentError: It has more than `MAX_BYTES`.
    """
    if size > MAX_BYTES:
        raise ContentError(f"The file has more than {MAX_BYTES // 1024**2} MiB.")


def require_storable(properties: Properties) -> Properties:
    """Return the properties of a file if its row can contain them.

    Raises:
        ContentError: They are too large, or not Unicode.
    """
    try:
        size = len(json.dumps(properties, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        raise ContentError("The file has names that are not Unicode text.") from None
    if size > MAX_RESULT_BYTES:
        raise ContentError("The properties of the file are too large to be stored.")
    return properties
