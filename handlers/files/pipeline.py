"""How an uploaded object is processed, whatever its type: claim its row, read it, close the row (F2, F3)."""

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
from handlers.files.read_result import ContentError, ReadResult, Result
from handlers.files.source import ObjectDeletedError, ObjectReplacedError, S3Source
from handlers.files.store import Claim, FileTable
from handlers.files.summary import Summarize, no_summary

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

Read = Callable[[BinaryIO, str], ReadResult]

KEY = re.compile(rf"files/({UUID.pattern})\.[a-z]+")
MOST_BYTES = 256 * 1024 * 1024  # half of a function's disk, where a PDF is copied to
RESULT_BYTES = 300_000  # DynamoDB takes items of 400 KB
GONE = "The object is gone."
INTERRUPTED = "The processing was interrupted and will be retried."


class Pipeline:
    """Processes the objects of one type; each of them has the effect of its newest event, once.

    Args:
        environment: Names the bucket and the table.
        logger: Gets a line a record.
        read: Reads an object; the second argument is the last part of its key.
        summarize: Makes a summary of a text in the milliseconds that are left, or none.
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

        What a file is to blame for (it is gone, or not what it says it is) ends in its row as its outcome.

        Raises:
            EventError: The event is none of S3's, or some of its records failed for other reasons. Lambda
                tries it again, which leaves alone what is done.
        """
        process_records(event, self._bucket, self._logger, partial(self._process, context))

    def _process(self, context: "LambdaContext", created: ObjectCreated) -> None:
        identifier = file_id(created.key)
        claim = self._table.claim(identifier, created)
        if claim is None:
            self._log("file skipped: done, or replaced", created)
            return
        try:
            self._close(claim, created, self._found(created, context))
        except ObjectReplacedError:
            # The row stays as it is: the event of the newer version claims it, or has.
            self._log("file skipped: replaced", created)
        except Exception:
            self._interrupt(claim)
            raise

    def _found(self, created: ObjectCreated, context: "LambdaContext") -> Mapping[str, object]:
        """Return what the row is to say of an object."""
        try:
            source = S3Source(self._s3, self._bucket, created, context.get_remaining_time_in_millis)
            require_supported_size(source.size)
            with io.BufferedReader(source) as stream:
                outcome = self._read(stream, created.key.rpartition("/")[2])
            result = bounded(outcome.result)
        except ObjectDeletedError:
            return {"status": "failed", "error": GONE}
        except ContentError as error:
            return {"status": "failed", "error": str(error), "size": source.size}
        summary = self._summarize(outcome.excerpt, context.get_remaining_time_in_millis())
        return {"status": "completed", "result": result, "summary": summary, "size": source.size}

    def _close(self, claim: Claim, created: ObjectCreated, found: Mapping[str, object]) -> None:
        if self._table.finish(claim, found):
            self._log("file processed", created, id=claim.id, status=found["status"], bytes=found.get("size"))
        else:
            self._log("file skipped: done, or replaced", created)

    def _interrupt(self, claim: Claim) -> None:
        try:
            self._table.interrupt(claim, INTERRUPTED)
        except Exception:  # the row says that it is processed, as it will be
            self._logger.exception("row not marked")

    def _log(self, message: str, created: ObjectCreated, **more: object) -> None:
        self._logger.info(message, extra={"key": created.key, "version": created.version, **more})


def file_id(key: str) -> str:
    """Return the id of the row of an object: that in the key that the API made, else one made of the key."""
    made = KEY.fullmatch(key)
    return made[1] if made else str(uuid5(NAMESPACE_URL, key))


def require_supported_size(size: int) -> None:
    """Refuse what there may not be room for.

    Raises:
        ContentError: It has more than `MOST_BYTES`.
    """
    if size > MOST_BYTES:
        raise ContentError(f"The file has more than {MOST_BYTES // 1024**2} MiB.")


def bounded(result: Result) -> Result:
    """Return a result that its row can hold.

    Raises:
        ContentError: It cannot.
    """
    try:
        size = len(json.dumps(result, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        raise ContentError("The file has names that are no Unicode text.") from None
    if size > RESULT_BYTES:
        raise ContentError("There is more to say of the file than can be kept.")
    return result
