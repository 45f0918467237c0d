"""Drive each function of files through all that it calls."""

import pytest

from tests.integration.file_pipeline import Files

Request = pytest.FixtureRequest


def api(request: Request) -> None:
    files: Files = request.getfixturevalue("files")
    made = files.create()
    assert files.upload(made["upload"], b"a,b\n").status_code == 204
    files.process(files.newest_record(made["upload"]["fields"]["key"]))
    assert files.send("GET", f"/files/{made['id']}").status == 200
    assert files.send("GET", f"/files/{made['id']}/metadata").status == 200


def image(request: Request) -> None:
    _processed(request, "a.png")


def document(request: Request) -> None:
    _processed(request, "a.txt")


def data(request: Request) -> None:
    _processed(request, "a.csv")


def _processed(request: Request, key: str) -> None:
    """Have an object read, one that was replaced, and one that is gone."""
    files: Files = request.getfixturevalue("files")
    files.process(files.put(key, b"a,b\n"))
    replaced, newest = files.put(key, b"c,d\n"), files.put(key, b"e,f\n")
    files.process(replaced)
    files.process(newest)
    files.delete(key)
    files.process(files.record(key, newest["s3"]["object"]["versionId"]))
    assert files.row(key)["status"] == "failed"
