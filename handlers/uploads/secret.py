"""The secret with a username and a password, read at run time and kept for some minutes (U3).

A few lines of our own, because Powertools' parameters import boto3 and the providers of five services.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.clients import Client

LIFETIME_SECONDS = 300


class SecretError(Exception):
    """The secret cannot be read, or is not of the right form; the message has nothing of it."""


@dataclass(frozen=True)
class Credentials:
    """What the secret holds; the password is in no repr."""

    username: str
    password: str = field(repr=False)


class Secret:
    """A secret of Secrets Manager.

    Args:
        client: Of Secrets Manager.
        arn: Of the secret.
        clock: Seconds. The time of day by default: the monotonic clock may stand still while
            Lambda keeps a container frozen, and a rotated secret would not be seen.
    """

    def __init__(self, client: Client, arn: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._arn = arn
        self._clock = clock
        self._kept: tuple[float, Credentials] | None = None

    def credentials(self) -> Credentials:
        """Return what the secret holds now, or held at most `LIFETIME_SECONDS` ago.

        Raises:
            SecretError: It cannot be read, or is no JSON object with a username and a password.
        """
        now = self._clock()
        if self._kept is None or now - self._kept[0] >= LIFETIME_SECONDS:
            self._kept = now, _parsed(self._read())
        return self._kept[1]

    def _read(self) -> str:
        try:
            answer = self._client.get_secret_value(SecretId=self._arn)
        except ClientError as error:
            raise SecretError(f"the secret cannot be read: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise SecretError(f"the secret cannot be read: {error}") from None
        return str(answer.get("SecretString", ""))


def _parsed(text: str) -> Credentials:
    try:
        content = json.loads(text)
    except ValueError:  # its message is harmless, but its `doc` is the secret
        content = None
    match content:
        case {"username": str(username), "password": str(password)} if username and password:
            return Credentials(username, password)
    raise SecretError("the secret is no JSON object with a username and a password")
