"""S3's event of a stored request: it gets its row and its execution, if it does not have them yet."""

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
    """Complete every stored request that an S3 notification is about.

    The outcome is the same any number of times, in any order, beside the function behind the API or after it.

    Args:
        event: Of S3: object created, or its test event.
        context: Lambda's.

    Raises:
        EventError: The event is none of S3's, or some of its records failed: Lambda tries again, and then
            keeps the event in the dead-letter queue.
    """

    def complete(created: ObjectCreated) -> None:
        request_id = request_id_from_key(created.key)
        arn = completion.complete(request_id, created.time, context)
        logger.info("completed", extra={"submission_id": request_id, "execution_arn": arn})

    process_records(event, environment.bucket_name, logger, complete)
