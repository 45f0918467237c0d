"""F1 to F4: uploads with presigned forms, processing by content type, and separation of clients."""

import io
import json
import zlib
from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import pytest
import requests
from pypdf import PdfWriter

from assurance.loaded_stack import LoadedStack
from operations.redrive import Total
from tests.e2e.conftest import LoadStack
from tests.e2e.events import Events, denied
from tests.e2e.test_iam import is_denied
from tests.s3_events import s3_record
from tests.waiting import eventually

API = "files-api-url"
MODEL = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"


def png(width: int, height: int) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x00\x00\x00\x00"
    pixels = zlib.compress((b"\0" * (width + 1)) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def pdf(pages: int, *, algorithm: str = "") -> bytes:
    """Return a document of blank pages; with an `algorithm`, encrypted with an empty password."""
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(9, 9)
    if algorithm:
        writer.encrypt("", "owner", algorithm=algorithm)
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


UPLOADS: dict[str, tuple[str, bytes, dict[str, Any]]] = {
    "a.png": ("image/png", png(3, 2), {"format": "png", "width": 3, "height": 2}),
    "Words.TXT": ("text/plain", b"one two\nthree\n", {"encoding": "utf-8", "words": 3}),
    "table.csv": ("text/csv", b"id,paid\n1,true\n2,false\n", {"rows": 2}),
    "list.json": ("application/json", b'[{"a": 1}, {"a": 2}]', {"rows": 2}),
}


BROKEN_JSON = "The JSON is broken or truncated."


class Client:
    """A client with an API key."""

    def __init__(self, stack: LoadedStack, name: str) -> None:
        self._stack = stack
        self._key = {"x-api-key": stack.secret_parameter(f"files-api-key-parameter-{name}")}

    def call(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
        return self._stack.call(method, path, api=API, headers=self._key, **options)

    def create(self, name: str, content_type: str) -> dict[str, Any]:
        response = self.call("POST", "/files", json={"name": name, "content_type": content_type})
        assert response.status_code == 201, response.text
        document: dict[str, Any] = response.json()
        return document

    def send(self, form: dict[str, Any], content: bytes, **fields: str) -> requests.Response:
        files = {"file": ("file", content)}
        return self._stack.fetch("POST", form["url"], data={**form["fields"], **fields}, files=files)

    def upload(self, name: str, content_type: str, content: bytes) -> str:
        document = self.create(name, content_type)
        assert self.send(document["upload"], content).status_code == 204
        return str(document["id"])

    def metadata(self, identifier: str) -> dict[str, Any]:
        document: dict[str, Any] = self.call("GET", f"/files/{identifier}/metadata").json()
        return document

    def processed(self, identifier: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            metadata = self.metadata(identifier)
            return metadata if metadata["finished_at"] else None

        return eventually(look)


@pytest.fixture(scope="session")
def shop_stack(load_stack: LoadStack) -> LoadedStack:
    """A stack with two clients, and with summaries."""
    return load_stack(
        ENVIRONMENT_SUFFIX="e2efiles",
        WORKLOADS="files",
        FILES_CLIENTS="shop,back-office",
        FILES_SUMMARY_MODELS=MODEL,
    )


@pytest.fixture
def client(stack: LoadedStack) -> Client:
    return Client(stack, "default")


@pytest.fixture
def images(stack: LoadedStack) -> Iterator[Events]:
    images = Events(stack, "files-image-function-arn", "files-image-dead-letters-url")
    yield images
    images.empty_queue()


@pytest.mark.parametrize("name", UPLOADS)
def test_file_is_uploaded_processed_and_downloaded(stack: LoadedStack, client: Client, name: str) -> None:
    content_type, content, expected = UPLOADS[name]
    identifier = client.upload(name, content_type, content)
    metadata = client.processed(identifier)
    assert (metadata["status"], metadata["error"], metadata["size"]) == ("completed", None, len(content))
    assert expected.items() <= metadata["result"].items()
    assert (metadata["name"], metadata["content_type"], metadata["summary"]) == (name, content_type, None)
    assert metadata["created_at"] <= metadata["uploaded_at"]
    assert metadata["duration_ms"] >= 0
    link = client.call("GET", f"/files/{identifier}").json()
    download = stack.fetch("GET", link["url"])
    assert (download.content, download.headers["Content-Type"]) == (content, content_type)
    assert f'filename="{name}"' in download.headers["Content-Disposition"]


def test_link_serves_the_processed_upload_and_no_later_one(stack: LoadedStack, client: Client) -> None:
    form, content = client.create("a.png", "image/png"), png(3, 2)
    assert client.send(form["upload"], content).status_code == 204
    metadata = client.processed(form["id"])
    assert client.send(form["upload"], b"<script>").status_code == 204
    skipped = Events(stack, "files-image-function-arn", "files-image-dead-letters-url")
    key = form["upload"]["fields"]["key"]
    eventually(lambda: skipped.lines(message="file skipped: processed or replaced", key=key))
    assert client.metadata(form["id"]) == metadata
    link = client.call("GET", f"/files/{form['id']}").json()
    assert stack.fetch("GET", link["url"]).content == content


def test_pages_of_pdf_are_counted(stack: LoadedStack) -> None:
    """A file that was stored without the API, with a suffix in capital letters."""
    key = f"incoming/{uuid4()}.PDF"
    stack.client("s3").put_object(Bucket=stack.loaded.outputs["files-bucket-name"], Key=key, Body=pdf(2))
    item = eventually(lambda: _finished_item(stack, key))
    assert item["status"] == {"S": "completed"}
    assert item["result"]["M"]["pages"] == {"N": "2"}
    assert "owner" not in item


def _finished_item(stack: LoadedStack, key: str) -> dict[str, Any] | None:
    response = stack.client("dynamodb").get_item(
        TableName=stack.loaded.outputs["files-table-name"], Key={"id": {"S": str(uuid5(NAMESPACE_URL, key))}}
    )
    item: dict[str, Any] | None = response.get("Item")
    return item if item and "finished_at" in item else None


@pytest.mark.parametrize(("algorithm", "pages"), [("RC4-128", 1), ("AES-256", None)])
def test_pages_of_an_encrypted_pdf_are_counted_without_the_package_cryptography(
    client: Client, algorithm: str, pages: int | None
) -> None:
    """It is installed beside the embedded AWS, but is not in the layer."""
    identifier = client.upload("a.pdf", "application/pdf", pdf(1, algorithm=algorithm))
    assert client.processed(identifier)["result"] == {"pages": pages, "encrypted": True}


@pytest.mark.parametrize("content", ["[+1]", "[-.5]", "[1]x", "[1\f]", "[\u00a01]"])
def test_json_is_rejected_by_the_backend_of_the_layer(client: Client, content: str) -> None:
    """ijson's backend in Python accepts all of these but one."""
    metadata = client.processed(client.upload("a.json", "application/json", content.encode()))
    assert (metadata["status"], metadata["error"]) == ("failed", BROKEN_JSON)


def test_content_of_another_type_fails_with_a_reason(client: Client) -> None:
    metadata = client.processed(client.upload("a.png", "image/png", b"\xff\xd8\xff\xe0 no PNG"))
    assert metadata["status"] == "failed"
    assert metadata["error"]
    assert metadata["result"] is None


def test_form_allows_a_single_key_type_and_range_of_sizes(client: Client) -> None:
    form = client.create("a.png", "image/png")["upload"]
    other_key = form["fields"]["key"].replace(".png", "x.png")
    assert client.send(form, png(1, 1), key=other_key).status_code == 403
    assert client.send(form, png(1, 1), **{"Content-Type": "text/html"}).status_code == 403
    empty = client.send(form, b"")
    assert (empty.status_code, "EntityTooSmall" in empty.text) == (400, True)
    assert client.send({**form, "fields": {}}, png(1, 1)).status_code in {400, 403}
    assert client.send(form, png(1, 1)).status_code == 204


def test_clients_see_only_their_own_files(shop_stack: LoadedStack) -> None:
    shop, office = Client(shop_stack, "shop"), Client(shop_stack, "back-office")
    identifier = shop.upload("a.csv", "text/csv", b"a\n1\n")
    shop.processed(identifier)
    for path in (f"/files/{identifier}", f"/files/{identifier}/metadata"):
        assert shop.call("GET", path).status_code == 200
        hidden, missing = office.call("GET", path), office.call("GET", path.replace(identifier, str(uuid4())))
        assert (hidden.status_code, missing.status_code) == (404, 404)
        problems = [{**response.json(), "request_id": ""} for response in (hidden, missing)]
        assert problems[0] == problems[1]


def test_path_traversal_and_other_spellings_of_an_id_are_rejected(client: Client) -> None:
    identifier = client.upload("a.csv", "text/csv", b"a\n1\n")
    for path in (
        identifier.upper(),
        f"{identifier}%00",
        f"%2e%2e%2f{identifier}",
        f"..%2ffiles%2f{identifier}",
        identifier.replace("-", ""),
        f"{{{identifier}}}",
        f"{identifier}%20",
        "%2a",
    ):
        response = client.call("GET", f"/files/{path}/metadata")
        assert response.status_code in {400, 404}, path
        assert identifier not in response.text.replace(path, "")


def test_api_gateway_rejects_calls_without_a_key_and_invalid_bodies(
    stack: LoadedStack, client: Client
) -> None:
    api = Events(stack, "files-image-function-arn", "files-image-dead-letters-url")
    api.function = stack.resource("aws_cloudwatch_log_group", "lambda-files-api-")["name"].rpartition("/")[2]
    before = len(api.lines(message="request"))
    assert stack.call("POST", "/files", api=API, json={}).status_code == 403
    for body in ({}, {"name": 1, "content_type": "text/csv"}, {"name": "a.exe", "content_type": "x"}):
        response = client.call("POST", "/files", json=body)
        assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert len(api.lines(message="request")) == before
    response = client.call("POST", "/files", json={"name": "a.png", "content_type": "text/csv"})
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, ["name"])


def test_browsers_can_send_the_form(stack: LoadedStack) -> None:
    bucket = stack.loaded.outputs["files-bucket-name"]
    preflight = stack.fetch(
        "OPTIONS",
        f"{stack.server.url}/{bucket}",
        headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST"},
    )
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] in {"*", "https://a.example"}


def test_file_that_fails_three_times_is_one_dead_letter_and_redrive_processes_it(
    stack: LoadedStack, client: Client, images: Events
) -> None:
    with denied(stack, "s3:GetObject*", "files-image"):
        identifier = client.upload("a.png", "image/png", png(1, 1))
        (dead_letter,) = eventually(images.dead_letters)
        assert identifier in dead_letter
        metadata = client.metadata(identifier)
        assert (metadata["status"], metadata["finished_at"]) == ("failed", None)
    assert images.redrive() == Total(redriven=1, failed=0)
    metadata = client.processed(identifier)
    assert (metadata["status"], metadata["error"]) == ("completed", None)


def test_only_the_configured_model_summarizes_files(shop_stack: LoadedStack) -> None:
    shop = Client(shop_stack, "shop")
    text = shop.processed(shop.upload("a.txt", "text/plain", b"all about storks"))
    assert (text["status"], bool(text["summary"])) == ("completed", True)
    image = shop.processed(shop.upload("a.png", "image/png", png(1, 1)))
    assert (image["status"], image["summary"]) == ("completed", None)
    conversation = {"messages": [{"role": "user", "content": [{"text": "hello"}]}]}
    for name, is_allowed in (("document", True), ("data", True), ("image", False), ("api", False)):
        role = shop_stack.resource("aws_iam_role", f"lambda-files-{name}-")["arn"]
        bedrock = shop_stack.client("bedrock-runtime", role_arn=role)
        assert is_denied(bedrock.converse, modelId=MODEL, **conversation) is not is_allowed
        assert is_denied(bedrock.converse, modelId=MODEL.replace("haiku", "opus"), **conversation)


def test_denied_model_does_not_fail_the_file(shop_stack: LoadedStack) -> None:
    shop = Client(shop_stack, "shop")
    with denied(shop_stack, "bedrock:*", "files-document"):
        metadata = shop.processed(shop.upload("b.txt", "text/plain", b"all about storks"))
    assert (metadata["status"], metadata["error"], metadata["summary"]) == ("completed", None, None)


@pytest.mark.parametrize("name", ["image", "document", "data", "api"])
def test_role_is_limited_to_its_grants(stack: LoadedStack, name: str) -> None:
    bucket, table = (stack.loaded.outputs[f"files-{output}-name"] for output in ("bucket", "table"))
    role = stack.resource("aws_iam_role", f"lambda-files-{name}-")["arn"]
    s3, key = stack.client("s3", role_arn=role), f"files/{uuid4()}.bin"
    assert is_denied(s3.put_object, Bucket=bucket, Key=key, Body=b"x") is (name != "api")
    assert is_denied(s3.put_object, Bucket=bucket, Key="elsewhere", Body=b"")
    assert is_denied(s3.delete_object, Bucket=bucket, Key=key)
    assert is_denied(s3.list_objects_v2, Bucket=bucket) is (name == "api")
    dynamodb, item_key = stack.client("dynamodb", role_arn=role), {"id": {"S": "x"}}
    assert is_denied(dynamodb.scan, TableName=table)
    assert is_denied(dynamodb.get_item, TableName=table, Key=item_key) is (name != "api")
    assert is_denied(dynamodb.delete_item, TableName=table, Key=item_key)
    for attribute in ("status", "owner", "name", "content_type"):
        remove = {"UpdateExpression": "REMOVE #a", "ExpressionAttributeNames": {"#a": attribute}}
        is_allowed = name != "api" and attribute == "status"
        assert is_denied(dynamodb.update_item, TableName=table, Key=item_key, **remove) is not is_allowed


@pytest.mark.parametrize("name", ["image", "document", "data"])
def test_event_of_a_replaced_version_is_skipped(stack: LoadedStack, name: str) -> None:
    """The function is invoked directly, because S3 sends no events for this suffix."""
    s3, bucket = stack.client("s3"), stack.loaded.outputs["files-bucket-name"]
    key = f"replaced/{uuid4()}.bin"
    first, _ = (s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"] for body in (b"1", b"2"))
    record = s3_record(bucket, key, version=first)
    function = str(stack.loaded.outputs[f"files-{name}-function-arn"])
    response = stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"Records": [record]}))
    assert "FunctionError" not in response
    assert not _finished_item(stack, key)


def test_stage_and_usage_plans_are_throttled(shop_stack: LoadedStack) -> None:
    api = shop_stack.resource("aws_api_gateway_rest_api", "files-api")["id"]
    gateway = shop_stack.client("apigateway")
    stage = gateway.get_stage(restApiId=api, stageName="dev")
    settings = stage["methodSettings"]["*/*"]
    assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (100, 200)
    plans = [
        plan
        for plan in gateway.get_usage_plans()["items"]
        if api in {stage["apiId"] for stage in plan["apiStages"]}
    ]
    limits = {
        "throttle": {"burstLimit": 100, "rateLimit": 50.0},
        "quota": {"limit": 100_000, "period": "DAY"},
    }
    assert [{name: plan[name] for name in limits} for plan in plans] == [limits] * 2
