"""Make each function of the records workload perform all its AWS calls."""

import pytest

Request = pytest.FixtureRequest


def writer(request: Request) -> None:
    request.getfixturevalue("entries")["writer"].handler({"id": "a"}, None)


def reader(request: Request) -> None:
    request.getfixturevalue("entries")["reader"].handler({"id": "a"}, None)
