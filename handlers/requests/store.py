"""Store submissions in S3. A request is accepted when its object exists (Q5)."""

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

EXISTS = "PreconditionFailed"
BEING_WRITTEN = "ConditionalRequestConflict"


@dataclass(frozen=True)
class StoredSubmission:
    """A stored submission.

    Attributes:
        accepted_at: Time when it was stored: RFC 3339, UTC.
        existed: Whether its object existed already.
    """

    accepted_at: str
    existed: bool


class SubmissionStore:
    """Submissions in S3; each object is written only once.

    Args:
        client: Client in the bucket's region.
        bucket: Name of the bucket.
    """

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def put(self, submission: Submission, context: "LambdaContext") -> StoredSubmission:
        """Store a submission unless its object exists with the same body.

        The object may also exist because the response to the SDK's first attempt was lost.

        Raises:
            HttpError: 422 if an object with another body exists, 409 if a request with the same
                `Idempotency-Key` is being stored at the moment.
            ClientError, BotoCoreError, DeadlineError: It is unknown whether the submission is stored.
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
            if code == EXISTS:
                return self._existing(submission, digest, context)
            if code == BEING_WRITTEN and submission.keyed:
                raise _in_progress(submission) from None
            raise
        return StoredSubmission(timestamp(), existed=False)

    def _existing(self, submission: Submission, digest: str, context: "LambdaContext") -> StoredSubmission:
        require_remaining_time(context)
        head = self._client.head_object(Bucket=self._bucket, Key=object_key(submission.request_id))
        if head["Metadata"].get("sha256") != digest:
            raise _other_body(submission)
        return StoredSubmission(timestamp(head["LastModified"]), existed=True)


def _in_progress(submission: Submission) -> HttpError:
    return HttpError(
        409,
        "A request with this Idempotency-Key is in progress.",
        headers={"Retry-After": "1"},
        request_id=submission.request_id,
    )


def _other_body(submission: Submission) -> HttpError:
    identifier = "Idempotency-Key" if submission.keyed else "request id"
    return HttpError(
        422, f"This {identifier} was used with another body before.", request_id=submission.request_id
    )
