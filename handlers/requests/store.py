"""The stored submissions: an object that is there is an accepted request (Q5)."""

from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from handlers.common.problems import HttpError
from handlers.common.times import timestamp
from handlers.requests.deadline import require_remaining_time
from handlers.requests.submission import Submission, object_key

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_s3 import S3Client

THERE = "PreconditionFailed"
BEING_WRITTEN = "ConditionalRequestConflict"


@dataclass(frozen=True)
class StoredSubmission:
    """A submission that is stored.

    Attributes:
        accepted_at: When it was: RFC 3339, UTC.
        before: Whether its object had been there already.
    """

    accepted_at: str
    before: bool


class SubmissionStore:
    """Submissions in S3, each written once and never again.

    Args:
        client: Of the bucket's region.
        bucket: Name of the bucket.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, submission: Submission, context: "LambdaContext") -> StoredSubmission:
        """Store a submission, or find that the very same one is stored.

        That can be its own doing: the SDK sends the call again when its answer is lost.

        Raises:
            HttpError: 422 when another body is stored under its id, 409 when one with its
                `Idempotency-Key` is being stored right now.
            ClientError, BotoCoreError, DeadlineError: It may be stored or not.
        """
        digest = sha256(submission.body).hexdigest()
        require_remaining_time(context)
        try:
            self._client.put_object(
                Bucket=self._bucket,
                Key=object_key(submission.request_id),
                Body=submission.body,
                ContentType="application/json",
                Metadata={"sha256": digest},
                IfNoneMatch="*",
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == THERE:
                return self._there(submission, digest, context)
            if code == BEING_WRITTEN and submission.keyed:
                raise _in_progress(submission) from None
            raise
        return StoredSubmission(timestamp(), before=False)

    def _there(self, submission: Submission, digest: str, context: "LambdaContext") -> StoredSubmission:
        require_remaining_time(context)
        stored = self._client.head_object(Bucket=self._bucket, Key=object_key(submission.request_id))
        if stored["Metadata"].get("sha256") != digest:
            raise _other_body(submission)
        return StoredSubmission(timestamp(stored["LastModified"]), before=True)


def _in_progress(submission: Submission) -> HttpError:
    return HttpError(
        409,
        "A request with this Idempotency-Key is in progress.",
        headers={"Retry-After": "1"},
        request_id=submission.request_id,
    )


def _other_body(submission: Submission) -> HttpError:
    what = "Idempotency-Key" if submission.keyed else "request id"
    return HttpError(422, f"This {what} was used with another body before.", request_id=submission.request_id)
