"""POST / of the request pipeline."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common import clients
from handlers.common.api import Response, rest_handler
from handlers.common.environment import load
from handlers.common.http_request import HttpRequest
from handlers.common.problems import HttpError
from handlers.requests.completion import Completion
from handlers.requests.deadline import DeadlineError
from handlers.requests.environment import ReceiveEnvironment
from handlers.requests.store import SubmissionStore
from handlers.requests.submission import Submission, parse_submission

MAYBE_STORED = (
    "The request may not be stored. Send it again, with the same Idempotency-Key: without one, it may count"
    " twice."
)
STORED = "The request is stored under this request_id and will be completed; it need not be sent again."

environment = load(ReceiveEnvironment)
logger = environment.logger()
store = SubmissionStore(clients.s3(), environment.bucket_name)
completion = Completion(clients.dynamodb(), clients.stepfunctions(), environment)


def receive(request: HttpRequest) -> Response:
    """Store what is posted, and give it its row and its execution.

    Once it is stored it is accepted: what fails after that is made up for by S3's event.
    """
    request.parameters()
    submission = parse_submission(request)
    logger.append_keys(submission_id=submission.request_id)
    with _unavailable(submission, "not known to be stored", MAYBE_STORED, {"Retry-After": "1"}):
        kept = store.keep(submission, request.context)
    with _unavailable(submission, "left to the event", STORED):  # the client has nothing to retry
        arn = completion.complete(submission.request_id, kept.accepted_at, request.context)
    answer = {
        "message": "The request is accepted.",
        "request_id": submission.request_id,
        "execution_arn": arn,
    }
    # Without a key, it was there because its own first answer got lost.
    replayed = submission.keyed and kept.before
    return Response(200, answer, {"Idempotent-Replayed": "true"} if replayed else {})


@contextmanager
def _unavailable(
    submission: Submission, logged: str, detail: str, headers: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Answer 503 with this `detail` where a call of AWS fails, or there is no time left for one."""
    try:
        yield
    except (BotoCoreError, ClientError, DeadlineError) as error:
        _log(logged, error)
        raise HttpError(503, detail, headers=headers, request_id=submission.request_id) from None


def _log(message: str, error: Exception) -> None:
    """Log what failed, by names alone: the SDK's messages can hold what was sent."""
    cause = type(error).__name__
    if isinstance(error, ClientError):
        cause = f"{error.operation_name}: {error.response['Error']['Code']}"
    logger.error(message, extra={"cause": cause})


handler = rest_handler({("POST", "/"): receive}, logger=logger, origins=environment.cors_origins)
