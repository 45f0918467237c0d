"""The AWS calls that each function makes are those that its role is granted, and no others.

Every function of the stack is held to it: one without an exercise here fails. What is granted comes from the
synthesized JSON, what is called from the SDK while the exercise drives the real handler.
"""

import inspect
import json
import os
import re
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from botocore.client import BaseClient

from handlers.uploads.event import UploadError
from tests.integration.test_tasks import made, refused
from tests.template import Template

Request = pytest.FixtureRequest
Calls = set[tuple[str, str]]

CALL = "_make_api_call"  # what every method of every client comes down to

NOT_THE_HANDLERS = {
    "run": "Lambda and X-Ray act in the role's name",
    "environment": "Lambda decrypts the environment in the role's name",
    "queue-dead-letters": "Lambda sends in the role's name",
}
"""Inline policies for what is done around a handler, and by whom."""


def _read_tasks(request: Request) -> None:
    api = request.getfixturevalue("api")
    made(api)
    url = f"/tasks/{made(api)['id']}"
    cursor = api("GET", "/tasks?limit=1").json["next_cursor"]
    assert api("GET", f"/tasks?cursor={cursor}").status == 200
    assert api("GET", url).status == 200


def _create_tasks(request: Request) -> None:
    api, key = request.getfixturevalue("api"), {"Idempotency-Key": "k"}
    for _ in range(2):
        assert api("POST", "/tasks", {"title": "t"}, headers=key).status == 201
    refused(api("POST", "/tasks", {"title": "u"}, headers=key), 422)
    with pytest.MonkeyPatch.context() as patch:  # a request that fails leaves no record of itself
        patch.setattr(api.modules["POST"].tasks, "create", lambda task: 1 / 0)  # noqa: ARG005
        refused(api("POST", "/tasks", {"title": "t"}, headers={"Idempotency-Key": "l"}), 500)


def _change_tasks(request: Request) -> None:
    api = request.getfixturevalue("api")
    url = f"/tasks/{made(api)['id']}"
    assert api("PUT", url, {"title": "t"}, headers={"If-Match": '"1"'}).status == 200
    refused(api("PUT", url, {"title": "t"}, headers={"If-Match": '"1"'}), 412)


def _remove_tasks(request: Request) -> None:
    api = request.getfixturevalue("api")
    url = f"/tasks/{made(api)['id']}"
    assert api("DELETE", url).status == 204
    refused(api("DELETE", url), 404)


def _records(name: str) -> Callable[[Request], None]:
    return lambda request: request.getfixturevalue("entries")[name].handler({"id": "a"}, None)


def _process_uploads(request: Request) -> None:
    uploads = request.getfixturevalue("uploads")
    uploads.server.client("s3").put_bucket_versioning(
        Bucket=uploads.bucket, VersioningConfiguration={"Status": "Enabled"}
    )
    uploads.process(uploads.put("uploads/a"))
    uploads.process(uploads.record("uploads/a"))
    with suppress(UploadError):
        uploads.process(uploads.record("uploads/none"))


EXERCISES: dict[str, Callable[[Request], None]] = {
    "handlers.tasks.get.handler": _read_tasks,
    "handlers.tasks.post.handler": _create_tasks,
    "handlers.tasks.put.handler": _change_tasks,
    "handlers.tasks.delete.handler": _remove_tasks,
    "handlers.records.writer.handler": _records("writer"),
    "handlers.records.reader.handler": _records("reader"),
    "handlers.uploads.processor.handler": _process_uploads,
}


def test_every_function_has_an_exercise(stack: Template) -> None:
    assert {a["handler"] for a in stack.resources("aws_lambda_function").values()} == set(EXERCISES)


@pytest.mark.parametrize("handler", EXERCISES)
def test_what_is_called_is_what_is_granted(
    handler: str, stack: Template, request: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    (function,) = (a for a in stack.resources("aws_lambda_function").values() if a["handler"] == handler)
    recorder = _Recorder(handler, function["environment"]["variables"])
    call: Any = getattr(BaseClient, CALL)
    monkeypatch.setattr(BaseClient, CALL, recorder.wrap(call))
    EXERCISES[handler](request)
    assert recorder.calls == _granted(stack, function)


class _Recorder:
    """Notes the calls that come from one entry point: IAM action, and address of what it is on."""

    def __init__(self, handler: str, variables: dict[str, str]) -> None:
        self.calls: Calls = set()
        self._entry = handler.rpartition(".")[0]
        self._variables = variables

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(client: Any, operation: str, params: dict[str, Any]) -> Any:  # noqa: ANN401
            if self._entry in {frame.frame.f_globals.get("__name__") for frame in inspect.stack(0)}:
                service = client.meta.service_model.service_name
                self.calls.add((_action(service, operation, params), self._address(params)))
            return call(client, operation, params)

        return recorded

    def _address(self, params: dict[str, Any]) -> str:
        """Of the resource whose name or ARN a variable of the function holds, ``*`` for none."""
        for name, reference in self._variables.items():
            if os.environ.get(name) in params.values() and "${" in reference:
                return _addresses(reference)[0]
        return "*"


def _action(service: str, operation: str, params: dict[str, Any]) -> str:
    version = "Version" if (service, operation) == ("s3", "GetObject") and "VersionId" in params else ""
    return f"{service}:{operation}{version}"


def _granted(stack: Template, function: dict[str, Any]) -> Calls:
    (role,) = _addresses(function["role"])
    granted: Calls = set()
    for policy in stack.resources("aws_iam_role_policy").values():
        if role not in policy["role"] or policy["name"] in NOT_THE_HANDLERS:
            continue
        for statement in json.loads(policy["policy"])["Statement"]:
            through_a_service = "kms:ViaService" in json.dumps(statement.get("Condition", {}))
            if statement["Effect"] == "Allow" and not through_a_service:
                resources = [(_addresses(each) or ["*"])[0] for each in statement["Resource"]]
                granted |= {(action, resource) for action in statement["Action"] for resource in resources}
    return granted


def _addresses(reference: str) -> list[str]:
    return re.findall(r"aws_\w+\.[\w-]+", reference)
