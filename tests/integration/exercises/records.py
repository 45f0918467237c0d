"""Drive each function of records through all that it calls."""

import pytest

Request = pytest.FixtureRequest


def writer(request: Request) -> None:
    request.getfixturevalue("entries")["writer"].handler({"id": "a"}, None)


def reader(request: Request) -> None:
    request.getfixturevalue("entries")["reader"].handler({"id": "a"}, None)
