"""Each function is granted exactly the AWS calls that it makes.

The tests cover every function of the stack without a list. The exercise of a function is the function of
its name in `tests/integration/exercises/<workload>.py`; a missing one fails the test. The grants come from
the synthesized JSON. The calls come from the SDK while the exercise drives the real handler.
"""

import importlib
import inspect
import json
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore.client import BaseClient
from botocore.signers import RequestSigner, S3PostPresigner

from assurance.proof.grants import Calls, granted
from synthesized.references import addresses
from tests.template import Template

Request = pytest.FixtureRequest

CALL = "_make_api_call"  # all methods of all clients call it
URL, FORM = "generate_presigned_url", "generate_presigned_post"

ACTIONS = {"s3:HeadObject": "s3:GetObject", "s3:HeadObjectVersion": "s3:GetObjectVersion"}
"""IAM actions of operations with another name."""

PREFIXES = {"stepfunctions": "states"}
"""Prefixes of IAM actions of services with another name."""


HANDLERS = [
    f"handlers.{path.parent.name}.{path.stem}.handler"
    for path in sorted((Path(__file__).parents[2] / "handlers").glob("*/*.py"))
    if "environment = load(" in path.read_text()
]


def test_every_function_has_an_exercise(stack: Template) -> None:
    assert {attributes["handler"] for attributes in stack.resources("aws_lambda_function").values()} == set(
        HANDLERS
    )


@pytest.mark.parametrize("handler", HANDLERS)
def test_a_function_is_granted_exactly_the_calls_that_it_makes(
    handler: str, stack: Template, request: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    (function,) = (
        attributes
        for attributes in stack.resources("aws_lambda_function").values()
        if attributes["handler"] == handler
    )
    recorder = _Recorder(handler, function["environment"]["variables"])
    call: Any = getattr(BaseClient, CALL)
    monkeypatch.setattr(BaseClient, CALL, recorder.wrap(call))
    # Clients use presigned URLs and forms with the permissions of the function's role.
    monkeypatch.setattr(RequestSigner, URL, recorder.wrap_signing(getattr(RequestSigner, URL), "GetObject"))
    monkeypatch.setattr(
        S3PostPresigner, FORM, recorder.wrap_signing(getattr(S3PostPresigner, FORM), "PutObject")
    )
    _, workload, entry, _ = handler.split(".")
    getattr(importlib.import_module(f"tests.integration.exercises.{workload}"), entry)(request)
    role = addresses(function["role"])[0]
    assert recorder.calls == granted(stack, role)
    for attributes in _updatable(stack, role):
        assert recorder.updated == attributes


def _updatable(stack: Template, role: str) -> Iterator[set[str]]:
    """The attributes of items that a role's grants limit its updates to."""
    for policy in stack.resources("aws_iam_role_policy").values():
        for statement in json.loads(policy["policy"])["Statement"] if role in policy["role"] else ():
            limited = statement.get("Condition", {}).get("ForAllValues:StringEquals", {})
            if "dynamodb:Attributes" in limited:
                yield set(limited["dynamodb:Attributes"])


class _Recorder:
    """Records the calls from one entry point: their IAM action and the address of their resource.

    Attributes:
        calls: The calls.
        updated: Names of the attributes in calls of UpdateItem.
    """

    def __init__(self, handler: str, variables: dict[str, str]) -> None:
        self.calls: Calls = set()
        self.updated: set[str] = set()
        self._entry = handler.rpartition(".")[0]
        self._variables = variables

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def record(client: Any, operation: str, params: dict[str, Any]) -> Any:  # noqa: ANN401
            if self._is_called_by_entry():
                service = client.meta.service_model.service_name
                self.calls.add((_action(service, operation, params), self._address(params.values())))
                if operation == "UpdateItem":
                    self.updated |= {*params["Key"], *params["ExpressionAttributeNames"].values()}
            return call(client, operation, params)

        return record

    def wrap_signing(self, sign: Callable[..., Any], operation: str) -> Callable[..., Any]:
        def record(signer: Any, request_dict: dict[str, Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            if self._is_called_by_entry():
                url = urlsplit(request_dict["url"])
                action = _action("s3", operation, parse_qs(url.query))
                self.calls.add((action, self._address([url.path.split("/")[1]])))
            return sign(signer, request_dict, *args, **kwargs)

        return record

    def _is_called_by_entry(self) -> bool:
        return self._entry in {frame.frame.f_globals.get("__name__") for frame in inspect.stack(0)}

    def _address(self, values: Iterable[object]) -> str:
        """The address of the resource whose name or ARN is in a variable of the function; `*` for none."""
        for name, reference in self._variables.items():
            if os.environ.get(name) in values and "${" in reference:
                return addresses(reference)[0]
        return "*"


def _action(service: str, operation: str, params: dict[str, Any]) -> str:
    version = "Version" if service == "s3" and {"VersionId", "versionId"} & params.keys() else ""
    action = f"{PREFIXES.get(service, service)}:{operation}{version}"
    return ACTIONS.get(action, action)
