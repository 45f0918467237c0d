"""Make each function of the files workload perform all its AWS calls."""

import pytest

from tests.integration.file_pipeline import Files

Request = pytest.FixtureRequest


def api(request: Request) -> None:
    files: Files = request.getfixturevalue("files")
    file = files.create()
    assert files.upload(file["upload"], b"a,b\n").status_code == 204
    files.process(files.newest_record(file["upload"]["fields"]["key"]))
    assert files.send("GET", f"/files/{file['id']}").status == 200
    assert files.send("GET", f"/files/{file['id']}/metadata").status == 200


def image(request: Request) -> None:
    _process_objects(request, "a.png")


def document(request: Request) -> None:
    _process_objects(request, "a.txt")


def data(request: Request) -> None:
    _process_objects(request, "a.csv")


def _process_objects(request: Request, key: str) -> None:
    """Process an object, a replaced object and a deleted object."""
    files: Files = request.getfixturevalue("files")
    files.process(files.put(key, b"a,b\n"))
    replaced, newest = files.put(key, b"c,d\n"), files.put(key, b"e,f\n")
    files.process(replaced)
    files.process(newest)
    files.delete(key)
    files.process(files.record(key, newest["s3"]["object"]["versionId"]))
    assert files.row(key)["status"] == "failed"
