"""The processor: reads each uploaded file and publishes its size."""

from typing import TYPE_CHECKING, Any

from handlers.common import clients
from handlers.common.environment import load
from handlers.common.s3_events import ObjectCreated, RecordsError, process_records
from handlers.uploads.environment import Environment
from handlers.uploads.files import size_of
from handlers.uploads.metrics import InvocationResult, publish
from handlers.uploads.secret import Secret

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

environment = load(Environment)
logger = environment.logger()
# Here and not where they are first used: every invocation needs all three, and Lambda gives a function
# more processor while it starts than it has afterwards.
s3, cloudwatch = clients.s3(), clients.cloudwatch()
secret = Secret(clients.secretsmanager(), environment.secret_arn)


@logger.inject_lambda_context(clear_state=True)
def handler(event: object, context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001 - read by the logger
    """Process every record of an S3 notification.

    It only reads, so the same event again does no harm but to count once more in the metrics.

    Args:
        event: Of S3: object created, or its test event.
        context: Lambda's.

    Returns:
        `{"message": ..., "processedRecords": n}`.

    Raises:
        EventError: The event is none of S3's, or some of its records failed.
        SecretError: The secret cannot be read or is not of the right form. No record was processed.
    """
    outcome = InvocationResult()
    try:
        _process(event, outcome)
    finally:
        _publish(outcome)
    return {"message": "Every record is processed.", "processedRecords": len(outcome.sizes)}


def _process(event: object, outcome: InvocationResult) -> None:
    def measure(upload: ObjectCreated) -> None:
        size = size_of(s3, environment.bucket_name, upload)
        outcome.sizes.append(size)
        logger.info("file processed", extra={"key": upload.key, "version": upload.version, "bytes": size})

    # Nothing here hands them on. But no file counts as processed while they are not to be had.
    secret.credentials()
    try:
        process_records(event, environment.bucket_name, logger, measure)
    except RecordsError as error:
        outcome.errors = error.failed
        raise
    outcome.failed = False


def _publish(outcome: InvocationResult) -> None:
    try:
        publish(cloudwatch, outcome)
    except Exception:  # of no concern to the files: none is processed again for it
        logger.exception("metrics not published")
