"""The AWS calls of each function: what the stack has to grant, and no more (T2)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from botocore.hooks import BaseEventHooks
from botocore.model import OperationModel

from handlers.common import clients
from tests.events import Client
from tests.integration.conftest import REGION
from tests.integration.test_tasks import made, refused

TASKS, RECORDS, KEY = "tasks", "records", "key"
Calls = set[tuple[str, str]]


@contextmanager
def recorded() -> Iterator[Calls]:
    """Collect what is called, and on what."""
    calls: Calls = set()

    def record(model: OperationModel, params: dict[str, bytes], **_: object) -> None:
        table = TASKS if b'"tasks-' in params["body"] else RECORDS
        calls.add((KEY if model.service_model.service_name == "kms" else table, model.name))

    hooked: list[BaseEventHooks] = [clients.dynamodb(REGION).meta.events, clients.kms(REGION).meta.events]
    for events in hooked:
        events.register("before-call", record)
    yield calls
    for events in hooked:
        events.unregister("before-call", record)


def read(api: Client, url: str) -> None:
    cursor = api("GET", "/tasks?limit=1").json["next_cursor"]
    assert api("GET", f"/tasks?cursor={cursor}").status == 200
    assert api("GET", url).status == 200


def create(api: Client, _url: str) -> None:
    key = {"Idempotency-Key": "k"}
    for _ in range(2):
        assert api("POST", "/tasks", {"title": "t"}, headers=key).status == 201
    refused(api("POST", "/tasks", {"title": "u"}, headers=key), 422)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(api.modules["POST"].tasks, "_name", "tasks-none")
        refused(api("POST", "/tasks", {"title": "t"}, headers={"Idempotency-Key": "l"}), 500)


def change(api: Client, url: str) -> None:
    assert api("PUT", url, {"title": "t"}, headers={"If-Match": '"1"'}).status == 200
    refused(api("PUT", url, {"title": "t"}, headers={"If-Match": '"1"'}), 412)


def remove(api: Client, url: str) -> None:
    refused(api("DELETE", url, headers={"If-Match": '"9"'}), 412)
    assert api("DELETE", url).status == 204
    refused(api("DELETE", url), 404)


@pytest.mark.parametrize(
    ("use", "granted"),
    [
        (read, {(TASKS, "GetItem"), (TASKS, "Scan"), (KEY, "GenerateMac"), (KEY, "VerifyMac")}),
        (
            create,
            {(TASKS, "PutItem"), (RECORDS, "PutItem"), (RECORDS, "UpdateItem"), (RECORDS, "DeleteItem")},
        ),
        (change, {(TASKS, "UpdateItem")}),
        (remove, {(TASKS, "DeleteItem")}),
    ],
)
def test_calls(api: Client, use: Callable[[Client, str], None], granted: Calls) -> None:
    made(api)
    url = f"/tasks/{made(api)['id']}"
    with recorded() as calls:
        use(api, url)
    assert calls == granted
