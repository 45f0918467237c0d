"""The uploaded objects, read from S3."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.s3_events import EventError, ObjectCreated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

# The last one: the version named is a delete marker.
GONE = ("NoSuchKey", "NoSuchVersion", "MethodNotAllowed")


def size_of(client: "S3Client", bucket: str, upload: ObjectCreated) -> int:
    """Return how many bytes an object has, as S3 says when it hands it out; its body is left alone.

    To a role that may not list the bucket, S3 says of a missing object what it says of a forbidden
    one: AccessDenied.

    Raises:
        EventError: It is gone or cannot be read.
    """
    call: GetObjectRequestTypeDef = {"Bucket": bucket, "Key": upload.key}
    if upload.version:
        call["VersionId"] = upload.version
    try:
        answer = client.get_object(**call)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        what = "is gone" if code in GONE else "cannot be read"
        raise EventError(f"{upload.key!r} {what}: {code}") from None
    except BotoCoreError as error:
        raise EventError(f"{upload.key!r} cannot be read: {error}") from None
    answer["Body"].close()
    return answer["ContentLength"]
