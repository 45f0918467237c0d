"""F1 to F4: real uploads through presigned forms, processing by type, and clients kept apart."""

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
from tests.waiting import eventually

API = "files-api-url"
MODEL = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)

    header = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x00\x00\x00\x00"
    pixels = zlib.compress((b"\0" * (width + 1)) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def pdf(pages: int) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(9, 9)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


UPLOADS: dict[str, tuple[str, bytes, dict[str, Any]]] = {
    "a.png": ("image/png", png(3, 2), {"format": "png", "width": 3, "height": 2}),
    "Words.TXT": ("text/plain", b"one two\nthree\n", {"encoding": "utf-8", "words": 3}),
    "table.csv": ("text/csv", b"id,paid\n1,true\n2,false\n", {"rows": 2}),
    "list.json": ("application/json", b'[{"a": 1}, {"a": 2}]', {"rows": 2}),
}


class Client:
    """Somebody with an API key."""

    def __init__(self, stack: LoadedStack, name: str) -> None:
        self._stack = stack
        self._key = {"x-api-key": stack.secret_parameter(f"files-api-key-parameter-{name}")}

    def call(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
        return self._stack.call(method, path, api=API, headers=self._key, **options)

    def create(self, name: str, content_type: str) -> dict[str, Any]:
        answer = self.call("POST", "/files", json={"name": name, "content_type": content_type})
        assert answer.status_code == 201, answer.text
        document: dict[str, Any] = answer.json()
        return document

    def send(self, form: dict[str, Any], content: bytes, **fields: str) -> requests.Response:
        files = {"file": ("whatever", content)}
        return self._stack.fetch("POST", form["url"], data={**form["fields"], **fields}, files=files)

    def upload(self, name: str, content_type: str, content: bytes) -> str:
        made = self.create(name, content_type)
        assert self.send(made["upload"], content).status_code == 204
        return str(made["id"])

    def metadata(self, identifier: str) -> dict[str, Any]:
        document: dict[str, Any] = self.call("GET", f"/files/{identifier}/metadata").json()
        return document

    def processed(self, identifier: str) -> dict[str, Any]:
        def look() -> dict[str, Any] | None:
            found = self.metadata(identifier)
            return found if found["finished_at"] else None

        return eventually(look)


@pytest.fixture(scope="session")
def shops(load_stack: LoadStack) -> LoadedStack:
    """With two clients, and summaries."""
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
    found = Events(stack, "files-image-function-arn", "files-image-dead-letters-url")
    yield found
    found.empty_queue()


@pytest.mark.parametrize("name", UPLOADS)
def test_a_file_is_uploaded_processed_and_had_back(stack: LoadedStack, client: Client, name: str) -> None:
    content_type, content, expected = UPLOADS[name]
    identifier = client.upload(name, content_type, content)
    found = client.processed(identifier)
    assert (found["status"], found["error"], found["size"]) == ("completed", None, len(content))
    assert expected.items() <= found["result"].items()
    assert (found["name"], found["content_type"], found["summary"]) == (name, content_type, None)
    assert found["created_at"] <= found["uploaded_at"]
    assert found["duration_ms"] >= 0
    link = client.call("GET", f"/files/{identifier}").json()
    got = stack.fetch("GET", link["url"])
    assert (got.content, got.headers["Content-Type"]) == (content, content_type)
    assert f'filename="{name}"' in got.headers["Content-Disposition"]


def test_a_document_has_pages(stack: LoadedStack) -> None:
    """Put there by somebody else, in capitals, without the API."""
    key = f"incoming/{uuid4()}.PDF"
    stack.client("s3").put_object(Bucket=stack.loaded.outputs["files-bucket-name"], Key=key, Body=pdf(2))
    row = eventually(lambda: _closed_row(stack, key))
    assert row["status"] == {"S": "completed"}
    assert row["result"]["M"]["pages"] == {"N": "2"}
    assert "owner" not in row


def _closed_row(stack: LoadedStack, key: str) -> dict[str, Any] | None:
    found = stack.client("dynamodb").get_item(
        TableName=stack.loaded.outputs["files-table-name"], Key={"id": {"S": str(uuid5(NAMESPACE_URL, key))}}
    )
    item: dict[str, Any] | None = found.get("Item")
    return item if item and "finished_at" in item else None


def test_what_is_not_what_it_says_is_failed_with_a_reason(client: Client) -> None:
    found = client.processed(client.upload("a.png", "image/png", b"\xff\xd8\xff\xe0 no PNG"))
    assert found["status"] == "failed"
    assert found["error"]
    assert found["result"] is None


def test_a_form_is_for_one_key_one_type_and_one_size(client: Client) -> None:
    form = client.create("a.png", "image/png")["upload"]
    other = form["fields"]["key"].replace(".png", "x.png")
    assert client.send(form, png(1, 1), key=other).status_code == 403
    assert client.send(form, png(1, 1), **{"Content-Type": "text/html"}).status_code == 403
    empty = client.send(form, b"")
    assert (empty.status_code, "EntityTooSmall" in empty.text) == (400, True)
    assert client.send({**form, "fields": {}}, png(1, 1)).status_code in {400, 403}
    assert client.send(form, png(1, 1)).status_code == 204


def test_clients_see_their_own_files_alone(shops: LoadedStack) -> None:
    shop, office = Client(shops, "shop"), Client(shops, "back-office")
    identifier = shop.upload("a.csv", "text/csv", b"a\n1\n")
    shop.processed(identifier)
    for path in (f"/files/{identifier}", f"/files/{identifier}/metadata"):
        assert shop.call("GET", path).status_code == 200
        hidden, missing = office.call("GET", path), office.call("GET", path.replace(identifier, str(uuid4())))
        assert (hidden.status_code, missing.status_code) == (404, 404)
        same = [{**each.json(), "request_id": ""} for each in (hidden, missing)]
        assert same[0] == same[1]


def test_ids_that_climb_encode_or_collide_find_nothing(client: Client) -> None:
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
        answer = client.call("GET", f"/files/{path}/metadata")
        assert answer.status_code in {400, 404}, path
        assert identifier not in answer.text.replace(path, "")


def test_calls_without_a_key_and_bodies_that_are_wrong_end_at_the_gateway(
    stack: LoadedStack, client: Client
) -> None:
    api = Events(stack, "files-image-function-arn", "files-image-dead-letters-url")
    api.function = stack.resource("aws_cloudwatch_log_group", "lambda-files-api-")["name"].rpartition("/")[2]
    before = len(api.lines(message="request"))
    assert stack.call("POST", "/files", api=API, json={}).status_code == 403
    for body in ({}, {"name": 1, "content_type": "text/csv"}, {"name": "a.exe", "content_type": "x"}):
        answer = client.call("POST", "/files", json=body)
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert len(api.lines(message="request")) == before
    answer = client.call("POST", "/files", json={"name": "a.png", "content_type": "text/csv"})
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, ["name"])


def test_browsers_may_send_the_form(stack: LoadedStack) -> None:
    bucket = stack.loaded.outputs["files-bucket-name"]
    preflight = stack.fetch(
        "OPTIONS",
        f"{stack.server.url}/{bucket}",
        headers={"Origin": "https://a.example", "Access-Control-Request-Method": "POST"},
    )
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] in {"*", "https://a.example"}


def test_what_fails_three_times_is_kept_once_and_a_redrive_finishes_it(
    stack: LoadedStack, client: Client, images: Events
) -> None:
    with denied(stack, "s3:GetObject*", "files-image"):
        identifier = client.upload("a.png", "image/png", png(1, 1))
        (letter,) = eventually(images.dead_letters)
        assert identifier in letter
        waiting = client.metadata(identifier)
        assert (waiting["status"], waiting["finished_at"]) == ("failed", None)
    assert images.redrive() == Total(redriven=1, stay=0)
    found = client.processed(identifier)
    assert (found["status"], found["error"]) == ("completed", None)


def test_a_file_is_summed_up_by_the_model_that_is_named_and_no_other(shops: LoadedStack) -> None:
    shop = Client(shops, "shop")
    found = shop.processed(shop.upload("a.txt", "text/plain", b"all about storks"))
    assert (found["status"], bool(found["summary"])) == ("completed", True)
    picture = shop.processed(shop.upload("a.png", "image/png", png(1, 1)))
    assert (picture["status"], picture["summary"]) == ("completed", None)
    ask = {"messages": [{"role": "user", "content": [{"text": "hello"}]}]}
    for name, may in (("document", True), ("data", True), ("image", False), ("api", False)):
        role = shops.resource("aws_iam_role", f"lambda-files-{name}-")["arn"]
        bedrock = shops.client("bedrock-runtime", role_arn=role)
        assert is_denied(bedrock.converse, modelId=MODEL, **ask) is not may
        assert is_denied(bedrock.converse, modelId=MODEL.replace("haiku", "opus"), **ask)


def test_a_model_that_is_refused_fails_no_file(shops: LoadedStack) -> None:
    shop = Client(shops, "shop")
    with denied(shops, "bedrock:*", "files-document"):
        found = shop.processed(shop.upload("b.txt", "text/plain", b"all about storks"))
    assert (found["status"], found["error"], found["summary"]) == ("completed", None, None)


@pytest.mark.parametrize("name", ["image", "document", "data", "api"])
def test_a_role_can_do_what_is_granted_and_no_more(stack: LoadedStack, name: str) -> None:
    bucket, table = (stack.loaded.outputs[f"files-{each}-name"] for each in ("bucket", "table"))
    role = stack.resource("aws_iam_role", f"lambda-files-{name}-")["arn"]
    s3, key = stack.client("s3", role_arn=role), f"files/{uuid4()}.bin"
    assert is_denied(s3.put_object, Bucket=bucket, Key=key, Body=b"x") is (name != "api")
    assert is_denied(s3.put_object, Bucket=bucket, Key="elsewhere", Body=b"")
    assert is_denied(s3.delete_object, Bucket=bucket, Key=key)
    assert is_denied(s3.list_objects_v2, Bucket=bucket) is (name == "api")
    dynamodb, row = stack.client("dynamodb", role_arn=role), {"id": {"S": "x"}}
    assert is_denied(dynamodb.scan, TableName=table)
    assert is_denied(dynamodb.get_item, TableName=table, Key=row) is (name != "api")
    assert is_denied(dynamodb.delete_item, TableName=table, Key=row)


@pytest.mark.parametrize("name", ["image", "document", "data"])
def test_an_event_of_a_version_that_was_replaced_is_left_to_the_newer_ones(
    stack: LoadedStack, name: str
) -> None:
    """By invoking the function, since S3 tells it of no such suffix: there is no newer event here."""
    s3, bucket = stack.client("s3"), stack.loaded.outputs["files-bucket-name"]
    key = f"replaced/{uuid4()}.bin"
    first, _ = (s3.put_object(Bucket=bucket, Key=key, Body=body)["VersionId"] for body in (b"1", b"2"))
    about = {"key": key, "versionId": first, "sequencer": "0A"}
    record = {
        "eventTime": "2026-01-01T00:00:00.000Z",
        "s3": {"bucket": {"name": bucket}, "object": about},
    }
    function = str(stack.loaded.outputs[f"files-{name}-function-arn"])
    answer = stack.client("lambda").invoke(FunctionName=function, Payload=json.dumps({"Records": [record]}))
    assert "FunctionError" not in answer
    assert not _closed_row(stack, key)


def test_throttling_and_plans(shops: LoadedStack) -> None:
    api = shops.resource("aws_api_gateway_rest_api", "files-api")["id"]
    gateway = shops.client("apigateway")
    stage = gateway.get_stage(restApiId=api, stageName="dev")
    settings = stage["methodSettings"]["*/*"]
    assert (settings["throttlingRateLimit"], settings["throttlingBurstLimit"]) == (100, 200)
    plans = [
        plan
        for plan in gateway.get_usage_plans()["items"]
        if api in {stage["apiId"] for stage in plan["apiStages"]}
    ]
    assert [json.dumps(plan["throttle"], sort_keys=True) for plan in plans] == [
        '{"burstLimit": 200, "rateLimit": 100.0}'
    ] * 2
