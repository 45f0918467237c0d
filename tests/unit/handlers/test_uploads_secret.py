"""The secret of the upload processor (U3)."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from handlers.uploads.secret import LIFETIME_SECONDS, Credentials, Secret, SecretError

GOOD = json.dumps({"username": "admin", "password": "p4ss", "engine": "none"})


class FakeSecretsManager:
    """Secrets Manager with one secret, and a clock."""

    def __init__(self, content: str | Exception | None) -> None:
        self.content = content
        self.reads = 0
        self.now = 1e9
        self.secret = Secret(SimpleNamespace(get_secret_value=self.read), "arn", lambda: self.now)

    def read(self, *, SecretId: str) -> dict[str, str]:  # noqa: N803
        assert SecretId == "arn"
        self.reads += 1
        if isinstance(self.content, Exception):
            raise self.content
        return {} if self.content is None else {"SecretString": self.content}


def test_secret_is_read_once_in_five_minutes() -> None:
    manager = FakeSecretsManager(GOOD)
    assert manager.secret.credentials() == Credentials("admin", "p4ss")
    manager.now += LIFETIME_SECONDS - 0.001
    assert manager.secret.credentials() == Credentials("admin", "p4ss")
    assert manager.reads == 1


def test_rotated_secret_is_read_after_five_minutes() -> None:
    manager = FakeSecretsManager(GOOD)
    manager.secret.credentials()
    manager.content = GOOD.replace("p4ss", "n3w")
    manager.now += LIFETIME_SECONDS
    assert manager.secret.credentials().password == "n3w"
    assert manager.reads == 2


def test_failed_read_is_not_cached_and_clears_the_cache() -> None:
    manager = FakeSecretsManager(GOOD)
    manager.secret.credentials()
    manager.now += LIFETIME_SECONDS
    manager.content = "invalid"
    for _ in range(2):
        with pytest.raises(SecretError):
            manager.secret.credentials()
    manager.content = GOOD
    assert manager.secret.credentials().username == "admin"
    assert manager.reads == 4


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "p4ss",
        '{"username": "admin", "password": "p4ss"',
        '["admin", "p4ss"]',
        '"p4ss"',
        '{"password": "p4ss"}',
        '{"username": "admin"}',
        '{"username": "", "password": "p4ss"}',
        '{"username": "admin", "password": ""}',
        '{"username": "admin", "password": ["p4ss"]}',
        '{"username": null, "password": "p4ss"}',
    ],
)
def test_secret_in_another_format_is_rejected_and_not_shown(content: str | None) -> None:
    with pytest.raises(SecretError, match="not a JSON object with a username and a password") as caught:
        FakeSecretsManager(content).secret.credentials()
    assert "p4ss" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (
            ClientError({"Error": {"Code": "AccessDeniedException"}}, "GetSecretValue"),
            "AccessDeniedException",
        ),
        (ReadTimeoutError(endpoint_url="https://example.com"), "Read timeout"),
    ],
)
def test_unreadable_secret_is_a_secret_error(failure: Exception, message: str) -> None:
    with pytest.raises(SecretError, match=f"the secret cannot be read: .*{message}"):
        FakeSecretsManager(failure).secret.credentials()


def test_password_is_not_in_repr() -> None:
    assert repr(Credentials("admin", "p4ss")) == "Credentials(username='admin')"
