"""The processor: reads each uploaded file and publishes its size as a metric."""

from typing import TYPE_CHECKING, Any

from handlers.common import clients
from handlers.common.environment import load
from handlers.common.s3_events import ObjectCreated, RecordsError, process_records
from handlers.uploads.environment import Environment
from handlers.uploads.metrics import InvocationResult, publish
from handlers.uploads.objects import size_of
from handlers.uploads.secret import Secret

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

environment = load(Environment)
logger = environment.logger()
# Created at import: every invocation needs all three, and Lambda gives a function more CPU while it starts.
s3, cloudwatch = clients.s3(), clients.cloudwatch()
secret = Secret(clients.secretsmanager(), environment.secret_arn)


@logger.inject_lambda_context(clear_state=True)
def handler(event: object, context: "LambdaContext") -> dict[str, Any]:  # noqa: ARG001 - read by the logger
    """Process every record of an S3 notification.

    It only reads, so the only effect of a repeated event is to be counted again in the metrics.

    Args:
        event: S3 event: object created, or S3's test event.
        context: Lambda's context.

    Returns:
        `{"message": ..., "processedRecords": n}`.

    Raises:
        EventError: The event is not an S3 notification, or some of its records failed.
        SecretError: The secret cannot be read or has the wrong format. No record was processed.
    """
    result = InvocationResult()
    try:
        _process(event, result)
    finally:
        _publish(result)
    return {"message": "Every record is processed.", "processedRecords": len(result.sizes)}


def _process(event: object, result: InvocationResult) -> None:
    def measure(upload: ObjectCreated) -> None:
        size = size_of(s3, environment.bucket_name, upload)
        result.sizes.append(size)
        logger.info("file processed", extra={"key": upload.key, "version": upload.version, "bytes": size})

    # The credentials are not used yet, but no file counts as processed while they are unavailable.
    secret.credentials()
    try:
        process_records(event, environment.bucket_name, logger, measure)
    except RecordsError as error:
        result.errors = error.failed
        raise
    result.failed = False


def _publish(result: InvocationResult) -> None:
    try:
        publish(cloudwatch, result)
    except Exception:  # not worth processing the files again
        logger.exception("metrics not published")
