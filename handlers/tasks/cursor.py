"""Signed cursors of the list of tasks."""

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
# An id and its MAC are 48 bytes, which is 64 characters with no bit to spare: one spelling each.
CURSOR = re.compile(r"[A-Za-z0-9_-]{64}")


class Cursors:
    """Signs the id at the end of a page, and verifies what clients send back (T4).

    The key never leaves KMS: no function holds a secret, and none has to be kept or rotated anywhere.

    Args:
        key_arn: The key, of the spec HMAC_256.
        client: Returns the KMS client. Called when a cursor is needed, because most reads need
            none and a client costs a cold start.
    """

    def __init__(self, key_arn: str, client: "Callable[[], KMSClient]") -> None:
        self._key_arn = key_arn
        self._client = client

    def sign(self, identifier: str) -> str:
        """Return the cursor of the page that starts after the task `identifier`."""
        signed = UUID(identifier).bytes
        mac = self._client().generate_mac(
            KeyId=self._key_arn, MacAlgorithm=ALGORITHM, Message=PURPOSE + signed
        )["Mac"]
        return base64.urlsafe_b64encode(signed + mac).decode()

    def verify(self, cursor: str) -> str:
        """Return the id in a cursor.

        Raises:
            HttpError: 400, when we have not signed it.
        """
        if not CURSOR.fullmatch(cursor):
            raise _invalid()
        whole = base64.urlsafe_b64decode(cursor)
        signed, mac = whole[:ID_BYTES], whole[ID_BYTES:]
        try:
            self._client().verify_mac(
                KeyId=self._key_arn, MacAlgorithm=ALGORITHM, Message=PURPOSE + signed, Mac=mac
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "KMSInvalidMacException":
                raise _invalid() from None
            raise
        return str(UUID(bytes=signed))


def _invalid() -> HttpError:
    return HttpError(400, "The cursor is not valid.", errors=[("cursor", "Not a cursor of this list.")])
