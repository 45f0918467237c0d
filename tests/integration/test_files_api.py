"""The files API (F4): responses, and real uploads and downloads with presigned forms and links."""

import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urljoin, urlsplit
from uuid import uuid4

import pytest
import requests
from botocore.exceptions import ClientError

from handlers.common import clients
from handlers.files.store import FileTable, Row
from handlers.files.upload import SUFFIXES
from tests.api_events import FakeContext, api_event
from tests.integration.entry_points import capture_log
from tests.integration.file_pipeline import API_KEY, Files, before_call, data_pipeline, make_files
from tests.integration.task_api import assert_problem
from tests.waiting import BOUND_SECONDS

UNKNOWN_ID = "0b7f6b1e-7c1d-4f6e-9a52-3f1d2c4b5a60"
CSV = b"a,b\n1,2\n"


def download(files: Files, url: str) -> requests.Response:
    return requests.get(url, verify=str(files.server.ca_bundle), timeout=BOUND_SECONDS)


def seconds_from_now(time: str) -> float:
    return (datetime.fromisoformat(time) - datetime.now(UTC)).total_seconds()


def test_life_of_a_file(files: Files) -> None:
    response = files.send("POST", "/files", {"name": "Zahlen ü.CSV", "content_type": "text/csv"})
    file = response.json
    url = f"/files/{file['id']}"
    key = f"files/{file['id']}.csv"
    assert (response.status, file["status"]) == (201, "pending")
    assert urljoin("/files", response.headers["Location"]) == url
    assert 895 < seconds_from_now(file["expires_at"]) <= 900
    assert file["upload"]["fields"]["key"] == key

    assert_problem(files.send("GET", url), 409)
    pending = files.send("GET", f"{url}/metadata").json
    known = {"id", "name", "content_type", "status", "created_at"}
    assert {name for name, value in pending.items() if value is not None} == known

    assert files.upload(file["upload"], CSV).status_code == 204
    files.process(files.newest_record(key))
    metadata = files.send("GET", f"{url}/metadata").json
    assert metadata == {
        **pending,
        "status": "completed",
        "size": len(CSV),
        "result": metadata["result"],
        "uploaded_at": "2026-01-01T00:00:00.001Z",
        "started_at": metadata["started_at"],
        "finished_at": metadata["finished_at"],
        "duration_ms": metadata["duration_ms"],
    }
    assert metadata["result"]["rows"] == 1
    assert metadata["created_at"] <= metadata["started_at"] <= metadata["finished_at"]
    assert isinstance(metadata["duration_ms"], int)

    response = files.send("GET", url)
    assert (response.status, response.json["id"]) == (200, file["id"])
    assert 295 < seconds_from_now(response.json["expires_at"]) <= 300
    assert parse_qs(urlsplit(response.json["url"]).query)["X-Amz-Expires"] == ["300"]
    downloaded = download(files, response.json["url"])
    assert downloaded.content == CSV
    assert downloaded.headers["Content-Type"] == "text/csv"
    assert downloaded.headers["Content-Disposition"] == (
        "attachment; filename=\"Zahlen _.CSV\"; filename*=UTF-8''Zahlen%20%C3%BC.CSV"
    )


def test_row_without_an_upload_expires(files: Files) -> None:
    file = files.create()
    key = file["upload"]["fields"]["key"]
    expires_at = files.row(key)["expires_at"]
    assert isinstance(expires_at, int)
    days = (expires_at - time.time()) / (24 * 3600)
    assert 14.99 < days <= 15
    record = files.put(key, CSV)
    with before_call(data_pipeline(files)._s3, "HeadObject", lambda: rows.append(files.row(key))):
        rows: list[Row] = []
        files.process(record)
    for row in (*rows, files.row(key)):
        assert "expires_at" not in row
    assert "expires_at" not in files.send("GET", f"/files/{file['id']}/metadata").json


def test_file_with_a_deleted_object_is_404_until_it_is_uploaded_again(files: Files) -> None:
    file = files.create()
    url, key = f"/files/{file['id']}", file["upload"]["fields"]["key"]
    record = files.put(key, CSV)
    files.delete(key)
    files.process(record)
    response = files.send("GET", url)
    assert_problem(response, 404)
    assert response.json["detail"] == "The file was deleted."
    assert files.send("GET", f"{url}/metadata").json["error"] == "The object was deleted."
    files.process(files.put(key, b"\0"))
    assert files.send("GET", f"{url}/metadata").json["status"] == "failed"
    assert files.send("GET", url).status == 200


@pytest.mark.parametrize(
    ("alias", "name", "content_type"),
    [("image/jpg", "a.jpg", "image/jpeg"), ("application/vnd.ms-excel", "a.csv", "text/csv")],
)
def test_alias_of_a_content_type_is_replaced(files: Files, alias: str, name: str, content_type: str) -> None:
    file = files.create(name, alias)
    assert file["upload"]["fields"]["Content-Type"] == content_type
    assert files.send("GET", f"/files/{file['id']}/metadata").json["content_type"] == content_type


@pytest.mark.parametrize("content_type", SUFFIXES)
def test_object_key_has_the_suffix_of_the_content_type(files: Files, content_type: str) -> None:
    for suffix in SUFFIXES[content_type]:
        file = files.create(f"x{suffix.upper()}", content_type)
        fields = file["upload"]["fields"]
        assert fields["key"] == f"files/{file['id']}{SUFFIXES[content_type][0]}"
        assert fields["Content-Type"] == content_type


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "files/another.csv"),
        ("key", "uploads/x.csv"),
        ("key", "${filename}"),
        ("Content-Type", "text/html"),
        ("acl", "public-read"),
        ("policy", "e30="),
    ],
)
def test_upload_that_violates_a_condition_is_rejected(files: Files, field: str, value: str) -> None:
    form = files.create()["upload"]
    assert files.upload(form, CSV, **{field: value}).status_code in {400, 403}
    assert "Versions" not in files.server.client("s3").list_object_versions(Bucket=files.bucket)


@pytest.mark.parametrize(
    ("size", "status"),
    [(0, 400), (1, 204), (100 * 1024 * 1024, 204), (100 * 1024 * 1024 + 1, 400)],
    ids=["none", "least", "most", "more"],
)
def test_upload_size_is_limited(files: Files, size: int, status: int) -> None:
    assert files.upload(files.create()["upload"], bytes(size)).status_code == status


def test_upload_with_an_expired_form_is_rejected(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.files.upload.UPLOAD_SECONDS", -1)
    assert files.upload(files.create()["upload"], CSV).status_code == 403


def test_changed_download_url_is_rejected(files: Files) -> None:
    file, other = files.create(), files.create()
    for uploaded in (file, other):
        files.upload(uploaded["upload"], CSV)
        files.process(files.newest_record(uploaded["upload"]["fields"]["key"]))
    url = files.send("GET", f"/files/{file['id']}").json["url"]
    assert download(files, url).status_code == 200
    assert download(files, url.replace(file["id"], other["id"])).status_code == 403
    assert download(files, url.replace("X-Amz-Expires=300", "X-Amz-Expires=900")).status_code == 403


def test_file_is_only_visible_to_the_key_that_created_it(files: Files) -> None:
    file = files.create()
    url, unknown = f"/files/{file['id']}", f"/files/{UNKNOWN_ID}"
    for path in ("", "/metadata"):
        other = files.send("GET", url + path, api_key="another-key")
        none = files.send("GET", unknown + path)
        assert_problem(other, 404)
        assert_problem(none, 404)
        assert other.json["detail"] == none.json["detail"]
        assert set(other.headers) == set(none.headers)
    files.upload(file["upload"], CSV)
    files.process(files.newest_record(file["upload"]["fields"]["key"]))
    assert_problem(files.send("GET", url, api_key="another-key"), 404)
    assert files.send("GET", url).status == 200


def test_object_uploaded_without_the_api_has_no_owner(files: Files) -> None:
    for key in ("direct.csv", f"files/{UNKNOWN_ID}.csv"):
        files.process(files.put(key, CSV))
        assert files.row(key)["status"] == "completed"
        for api_key in (API_KEY, "None", "null"):
            assert_problem(files.send("GET", f"/files/{files.row(key)['id']}", api_key=api_key), 404)


@pytest.mark.parametrize("api_key", [None, ""])
def test_request_without_an_api_key_is_403(files: Files, api_key: str | None) -> None:
    new = {"name": "a.csv", "content_type": "text/csv"}
    assert_problem(files.send("POST", "/files", new, api_key=api_key), 403)
    assert_problem(files.send("GET", f"/files/{UNKNOWN_ID}", api_key=api_key), 403)
    assert_problem(files.send("GET", f"/files/{UNKNOWN_ID}/metadata", api_key=api_key), 403)


def test_api_key_in_the_header_identifies_the_client(files: Files) -> None:
    file = files.create()
    url = f"/files/{file['id']}/metadata"
    assert files.send("GET", url, api_key=None, headers={"X-API-Key": API_KEY}).status == 200
    assert_problem(files.send("GET", url, api_key=None, headers={"X-API-Key": "another-key"}), 404)
    assert_problem(files.send("GET", url, api_key="another-key", headers={"X-API-Key": API_KEY}), 404)


@pytest.mark.parametrize(
    "identifier",
    [
        "x",
        "..",
        "%2e%2e",
        UNKNOWN_ID.upper(),
        f"{UNKNOWN_ID}.csv",
        f"{UNKNOWN_ID}\n",
        f"../{UNKNOWN_ID}",
        "*",
        "%00",
    ],
)
def test_invalid_id_is_rejected(files: Files, identifier: str) -> None:
    for resource in ("/files/{id}", "/files/{id}/metadata"):
        message = api_event("GET", "/files")
        message["requestContext"]["identity"] = {"apiKey": API_KEY}
        message |= {"resource": resource, "pathParameters": {"id": identifier}}
        response = files.entries["api"].handler(message, FakeContext())
        assert response["statusCode"] == 400
        assert json.loads(response["body"])["errors"][0]["field"] == "id"


@pytest.mark.parametrize(
    ("document", "fields"),
    [
        ({}, ["name", "content_type"]),
        ({"name": "a.csv"}, ["content_type"]),
        ({"name": 1, "content_type": None}, ["name", "content_type"]),
        ({"name": "a.exe", "content_type": "application/octet-stream"}, ["content_type"]),
        ({"name": "a.csv", "content_type": "text/plain"}, ["name"]),
        ({"name": "csv", "content_type": "text/csv"}, ["name"]),
        ({"name": "", "content_type": "text/csv"}, ["name"]),
        ({"name": "a.csv ", "content_type": "text/csv"}, ["name"]),
        ({"name": "x" * 252 + ".csv", "content_type": "text/csv"}, ["name"]),
        ({"name": "a\n.csv", "content_type": "text/csv"}, ["name"]),
        ({"name": "a\u0085.csv", "content_type": "text/csv"}, ["name"]),
        ({"name": "../a.csv", "content_type": "text/csv"}, ["name"]),
        ({"name": "..\\a.csv", "content_type": "text/csv"}, ["name"]),
        ({"name": "a.csv", "content_type": "text/csv", "key": "x"}, ["key"]),
        ({"name": "a.csv", "content_type": "text/csv", "id": UNKNOWN_ID}, ["id"]),
    ],
)
def test_invalid_fields_are_rejected(files: Files, document: dict[str, Any], fields: list[str]) -> None:
    assert_problem(files.send("POST", "/files", document), 400, *fields)
    assert not files.server.client("dynamodb").scan(TableName=files.table)["Items"]


def test_longest_name_is_accepted(files: Files) -> None:
    file = files.create("😀" * 251 + ".csv")
    files.upload(file["upload"], CSV)
    files.process(files.newest_record(file["upload"]["fields"]["key"]))
    downloaded = download(files, files.send("GET", f"/files/{file['id']}").json["url"])
    assert unquote(downloaded.headers["Content-Disposition"]).endswith("😀.csv")


def test_invalid_request_is_rejected(files: Files) -> None:
    new = {"name": "a.csv", "content_type": "text/csv"}
    assert_problem(files.send("POST", "/files?x=1", new), 400, "x")
    assert_problem(files.send("GET", f"/files/{UNKNOWN_ID}?x=1"), 400, "x")
    assert_problem(files.send("GET", f"/files/{UNKNOWN_ID}/metadata?x=1"), 400, "x")
    assert_problem(files.send("POST", "/files", new, headers={"Content-Type": "text/csv"}), 415)
    assert_problem(files.send("POST", "/files", body="{"), 400)
    assert_problem(files.send("POST", "/files", body=json.dumps({"name": "x" * 70_000})), 413)
    assert_problem(files.send("DELETE", f"/files/{UNKNOWN_ID}"), 405)
    assert_problem(files.send("GET", "/files"), 405)
    assert_problem(files.send("GET", f"/files/{UNKNOWN_ID}/content"), 404)


def test_cors_headers_allow_only_configured_origins(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = {"Origin": "https://a.example"}
    assert files.send("GET", "/files/x", headers=origin).headers["Access-Control-Allow-Origin"] == "*"
    strict = make_files(files.server, monkeypatch, CORS_ORIGINS="https://b.example")
    for headers, allowed in ((origin, None), ({"Origin": "https://b.example"}, "https://b.example")):
        response = strict.send(
            "POST", "/files", {"name": "a.csv", "content_type": "text/csv"}, headers=headers
        )
        assert response.headers.get("Access-Control-Allow-Origin") == allowed


def test_internal_attributes_are_not_in_responses(files: Files) -> None:
    file = files.create()
    key = file["upload"]["fields"]["key"]
    files.process(files.put(key, CSV))
    assert {"owner", "key", "version", "sequencer"} <= set(files.row(key))
    shown = files.send("GET", f"/files/{file['id']}/metadata")
    assert not {"owner", "key", "version", "sequencer"} & set(shown.json)
    assert files.row(key)["owner"] not in shown.body
    assert API_KEY not in json.dumps(files.row(key))
    assert len(files.row(key)["owner"]) == 64


def test_failing_service_is_500_without_internals(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = make_files(files.server, monkeypatch, TABLE_NAME="no-such-table")
    for method, path, document in [
        ("POST", "/files", {"name": "a.csv", "content_type": "text/csv"}),
        ("GET", f"/files/{UNKNOWN_ID}", None),
        ("GET", f"/files/{UNKNOWN_ID}/metadata", None),
    ]:
        response = broken.send(method, path, document)
        assert_problem(response, 500)
        assert "table" not in response.body.lower()
        assert "ResourceNotFound" not in response.body


def test_existing_id_is_not_overwritten(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    file = files.create("first.csv")
    monkeypatch.setattr("handlers.files.api.uuid4", lambda: file["id"])
    assert_problem(
        files.send("POST", "/files", {"name": "b.csv", "content_type": "text/csv"}, api_key="another"), 500
    )
    assert files.send("GET", f"/files/{file['id']}/metadata").json["name"] == "first.csv"


def test_create_accepts_an_identical_existing_row(files: Files) -> None:
    table = FileTable(files.server.client("dynamodb"), files.table)
    row = {"id": str(uuid4()), "name": "a.csv"}
    table.create(row)
    table.create(row)
    assert table.get(row["id"]) == row
    with pytest.raises(ClientError, match="conditional request failed"):
        table.create({**row, "name": "b.csv"})


def test_logs_contain_no_data_of_requests(files: Files) -> None:
    log = capture_log(files.entries["api"])
    identifier = files.create("hidden.csv")["id"]
    files.send("GET", f"/files/{identifier}/metadata", headers={"x-api-key": API_KEY})
    assert_problem(
        files.send("POST", "/files", {"name": "hidden.csv", "hidden": API_KEY}), 400, "hidden", "content_type"
    )
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert [line["status"] for line in lines] == [201, 200, 400]
    assert {line["service"] for line in lines} == {"files"}
    assert all(line["request_id"] for line in lines)
    for secret in (API_KEY, "hidden", "X-Amz", "upload"):
        assert secret not in log.getvalue()


def test_presigned_urls_are_regional(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "x")
    for region in ("us-east-1", "eu-central-1"):
        client: Any = clients._session().create_client(
            "s3", region_name=region, config=clients.PRESIGNING_CONFIG
        )
        form = client.generate_presigned_post("files", "k")
        url = client.generate_presigned_url("get_object", Params={"Bucket": "files", "Key": "k"})
        for address in (form["url"], url):
            assert urlsplit(address).hostname == f"files.s3.{region}.amazonaws.com"
        assert form["fields"]["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
        assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in url
