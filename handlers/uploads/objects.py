"""Read uploaded objects from S3."""

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.s3_events import EventError, ObjectCreated

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectRequestTypeDef

# The last one means that the version is a delete marker.
DELETED = ("NoSuchKey", "NoSuchVersion", "MethodNotAllowed")


def size_of(client: "S3Client", bucket: str, upload: ObjectCreated) -> int:
    """Return the size of an object in bytes, from the response to GetObject; the body is not read.

    A role without permission to list the bucket gets AccessDenied for an object that does not exist.

    Raises:
        EventError: The object was deleted or cannot be read.
    """
    call: GetObjectRequestTypeDef = {"Bucket": bucket, "Key": upload.key}
    if upload.version:
        call["VersionId"] = upload.version
    try:
        response = client.get_object(**call)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        problem = "was deleted" if code in DELETED else "cannot be read"
        raise EventError(f"{upload.key!r} {problem}: {code}") from None
    except BotoCoreError as error:
        raise EventError(f"{upload.key!r} cannot be read: {error}") from None
    response["Body"].close()
    return response["ContentLength"]
