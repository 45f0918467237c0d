"""Signed cursors for the pages of tasks."""

import base64
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from uuid import UUID

from botocore.exceptions import ClientError

from handlers.common.problems import HttpError

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

ALGORITHM: Final = "HMAC_SHA_256"
PURPOSE = b"cursor of tasks\n"
ID_BYTES = 16
# An id and its MAC have 48 bytes: exactly 64 characters of base64, so each cursor has only one spelling.
CURSOR = re.compile(r"[A-Za-z0-9_-]{64}")


class Cursors:
    """Creates and verifies cursors (T4). A cursor is the last id of a page, signed.

    The key never leaves KMS, so no function holds a secret, and no secret has to be stored or rotated.

    Args:
        key_arn: ARN of a KMS key of the spec HMAC_256.
        client: Returns the KMS client. It is called when a cursor is needed: most requests need none, and
            creating a client would make every cold start longer.
    """

    def __init__(self, key_arn: str, client: "Callable[[], KMSClient]") -> None:
        self._key_arn = key_arn
        self._client = client

    def sign(self, identifier: str) -> str:
        """Return the cursor of the page that starts after the task `identifier`."""
        task_id = UUID(identifier).bytes
        mac = self._client().generate_mac(
            KeyId=self._key_arn, MacAlgorithm=ALGORITHM, Message=PURPOSE + task_id
        )["Mac"]
        return base64.urlsafe_b64encode(task_id + mac).decode()

    def verify(self, cursor: str) -> str:
        """Return the id that a cursor contains.

        Raises:
            HttpError: 400 if the cursor was not created by `sign`.
        """
        if not CURSOR.fullmatch(cursor):
            raise _invalid()
        content = base64.urlsafe_b64decode(cursor)
        task_id, mac = content[:ID_BYTES], content[ID_BYTES:]
        try:
            self._client().verify_mac(
                KeyId=self._key_arn, MacAlgorithm=ALGORITHM, Message=PURPOSE + task_id, Mac=mac
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "KMSInvalidMacException":
                raise _invalid() from None
            raise
        return str(UUID(bytes=task_id))


def _invalid() -> HttpError:
    return HttpError(400, "The cursor is not valid.", errors=[("cursor", "Not a cursor of this list.")])
