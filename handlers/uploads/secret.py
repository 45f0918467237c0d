"""The secret with a username and a password, read at run time and cached for five minutes (U3).

Written here because Powertools' parameters import boto3 and providers for five services.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from botocore.exceptions import BotoCoreError, ClientError

from handlers.common.clients import Client

LIFETIME_SECONDS = 300


class SecretError(Exception):
    """The secret cannot be read or has the wrong format; the message has nothing of its content."""


@dataclass(frozen=True)
class Credentials:
    """The content of the secret; the `repr` omits the password."""

    username: str
    password: str = field(repr=False)


class Secret:
    """A secret in Secrets Manager, with a cache.

    Args:
        client: Client of Secrets Manager.
        arn: ARN of the secret.
        clock: Returns the time in seconds. By default the time of day: the monotonic clock may stop while
            Lambda freezes the container, and then a rotated secret would not be read.
    """

    def __init__(self, client: Client, arn: str, clock: Callable[[], float] = time.time) -> None:
        self._client = client
        self._arn = arn
        self._clock = clock
        self._cached: tuple[float, Credentials] | None = None

    def credentials(self) -> Credentials:
        """Return the content of the secret, cached for `LIFETIME_SECONDS`.

        Raises:
            SecretError: It cannot be read, or is not a JSON object with a username and a password.
        """
        now = self._clock()
        if self._cached is None or now - self._cached[0] >= LIFETIME_SECONDS:
            self._cached = now, _parse(self._read())
        return self._cached[1]

    def _read(self) -> str:
        try:
            response = self._client.get_secret_value(SecretId=self._arn)
        except ClientError as error:
            raise SecretError(f"the secret cannot be read: {error.response['Error']['Code']}") from None
        except BotoCoreError as error:
            raise SecretError(f"the secret cannot be read: {error}") from None
        return str(response.get("SecretString", ""))


def _parse(text: str) -> Credentials:
    try:
        content = json.loads(text)
    except ValueError:  # the error's `doc` is the secret, so it must not become a cause
        content = None
    match content:
        case {"username": str(username), "password": str(password)} if username and password:
            return Credentials(username, password)
    raise SecretError("the secret is not a JSON object with a username and a password")
