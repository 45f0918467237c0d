"""Complete stored requests on S3's events: create the row and start the execution, if they are missing."""

from typing import TYPE_CHECKING

from handlers.common import clients
from handlers.common.environment import load
from handlers.common.s3_events import ObjectCreated, process_records
from handlers.requests.completion import Completion
from handlers.requests.environment import CompleteEnvironment
from handlers.requests.submission import request_id_from_key

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

environment = load(CompleteEnvironment)
logger = environment.logger()
completion = Completion(clients.dynamodb(), clients.stepfunctions(), environment)


@logger.inject_lambda_context(clear_state=True)
def handler(event: object, context: "LambdaContext") -> None:
    """Complete every stored request of an S3 notification.

    Idempotent: repeated events, their order, and the function behind the API running at the same time do not
    change the result.

    Args:
        event: S3 event: object created, or S3's test event.
        context: Lambda's context.

    Raises:
        EventError: The event is not an S3 notification, or some of its records failed. Lambda retries the
            event and finally sends it to the dead-letter queue.
    """

    def complete(created: ObjectCreated) -> None:
        request_id = request_id_from_key(created.key)
        arn = completion.complete(request_id, created.time, context)
        logger.info("completed", extra={"submission_id": request_id, "execution_arn": arn})

    process_records(event, environment.bucket_name, logger, complete)
