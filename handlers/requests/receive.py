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
    "The request may not be stored. Send it again with the same Idempotency-Key; without a key, it may be"
    " processed twice."
)
STORED = "The request is stored under this request_id and will be completed. Do not send it again."

environment = load(ReceiveEnvironment)
logger = environment.logger()
store = SubmissionStore(clients.s3(), environment.bucket_name)
completion = Completion(clients.dynamodb(), clients.stepfunctions(), environment)


def receive(request: HttpRequest) -> Response:
    """Store a request, create its row and start its execution.

    A stored request is accepted: if a later step fails, S3's event repeats it.
    """
    request.parameters()
    submission = parse_submission(request)
    logger.append_keys(submission_id=submission.request_id)
    with _unavailable(submission, "not known to be stored", MAYBE_STORED, {"Retry-After": "1"}):
        stored = store.put(submission, request.context)
    with _unavailable(submission, "left to the S3 event", STORED):  # the client need not retry
        arn = completion.complete(submission.request_id, stored.accepted_at, request.context)
    document = {
        "message": "The request is accepted.",
        "request_id": submission.request_id,
        "execution_arn": arn,
    }
    # Without a key, an existing object was stored by the SDK's first attempt, whose response was lost.
    replayed = submission.keyed and stored.existed
    return Response(200, document, {"Idempotent-Replayed": "true"} if replayed else {})


@contextmanager
def _unavailable(
    submission: Submission, log_message: str, detail: str, headers: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Respond with 503 and `detail` if an AWS call fails or too little time remains for it."""
    try:
        yield
    except (BotoCoreError, ClientError, DeadlineError) as error:
        _log(log_message, error)
        raise HttpError(503, detail, headers=headers, request_id=submission.request_id) from None


def _log(message: str, error: Exception) -> None:
    """Log the operation and the error code only: the SDK's messages can contain data of the request."""
    cause = type(error).__name__
    if isinstance(error, ClientError):
        cause = f"{error.operation_name}: {error.response['Error']['Code']}"
    logger.error(message, extra={"cause": cause})


handler = rest_handler({("POST", "/"): receive}, logger=logger, origins=environment.cors_origins)
