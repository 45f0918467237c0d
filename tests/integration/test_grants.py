"""The AWS calls that each function makes are those that its role is granted, and no others.

Every function of the stack is held to it without being named here: its exercise is the function of its name
in ``tests/integration/exercises/<workload>.py``, and without one this fails. What is granted comes from the
synthesized JSON, what is called from the SDK while the exercise drives the real handler.
"""

import importlib
import inspect
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.client import BaseClient
from botocore.signers import RequestSigner, S3PostPresigner

from assurance.proof.grants import Calls, granted
from synthesized.references import addresses
from tests.template import Template

Request = pytest.FixtureRequest

CALL = "_make_api_call"  # what every method of every client comes down to
URL, FORM = "generate_presigned_url", "generate_presigned_post"

ACTIONS = {"s3:HeadObject": "s3:GetObject", "s3:HeadObjectVersion": "s3:GetObjectVersion"}
"""The IAM actions of operations that are called otherwise."""

PREFIXES = {"stepfunctions": "states"}
"""The prefixes of IAM actions of services that are called otherwise."""


HANDLERS = [
    f"handlers.{path.parent.name}.{path.stem}.handler"
    for path in sorted((Path(__file__).parents[2] / "handlers").glob("*/*.py"))
    if "environment = load(" in path.read_text()
]


def test_every_function_is_held_to_it(stack: Template) -> None:
    assert {a["handler"] for a in stack.resources("aws_lambda_function").values()} == set(HANDLERS)


@pytest.mark.parametrize("handler", HANDLERS)
def test_what_is_called_is_what_is_granted(
    handler: str, stack: Template, request: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    (function,) = (a for a in stack.resources("aws_lambda_function").values() if a["handler"] == handler)
    recorder = _Recorder(handler, function["environment"]["variables"])
    call: Any = getattr(BaseClient, CALL)
    monkeypatch.setattr(BaseClient, CALL, recorder.wrap(call))
    # What a client then calls by what was signed, it calls with the function's role.
    monkeypatch.setattr(RequestSigner, URL, recorder.wrap_signing(getattr(RequestSigner, URL), "GetObject"))
    monkeypatch.setattr(
        S3PostPresigner, FORM, recorder.wrap_signing(getattr(S3PostPresigner, FORM), "PutObject")
    )
    _, workload, entry, _ = handler.split(".")
    getattr(importlib.import_module(f"tests.integration.exercises.{workload}"), entry)(request)
    assert recorder.calls == granted(stack, addresses(function["role"])[0])


class _Recorder:
    """Notes the calls that come from one entry point: IAM action, and address of what it is on."""

    def __init__(self, handler: str, variables: dict[str, str]) -> None:
        self.calls: Calls = set()
        self._entry = handler.rpartition(".")[0]
        self._variables = variables

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def recorded(client: Any, operation: str, params: dict[str, Any]) -> Any:  # noqa: ANN401
            if self._is_of_the_entry():
                service = client.meta.service_model.service_name
                self.calls.add((_action(service, operation, params), self._address(params.values())))
            return call(client, operation, params)

        return recorded

    def wrap_signing(self, sign: Callable[..., Any], operation: str) -> Callable[..., Any]:
        def recorded(signer: Any, request_dict: dict[str, Any], *args: Any, **more: Any) -> Any:  # noqa: ANN401
            if self._is_of_the_entry():
                bucket = urlsplit(request_dict["url"]).path.split("/")[1]
                self.calls.add((f"s3:{operation}", self._address([bucket])))
            return sign(signer, request_dict, *args, **more)

        return recorded

    def _is_of_the_entry(self) -> bool:
        return self._entry in {frame.frame.f_globals.get("__name__") for frame in inspect.stack(0)}

    def _address(self, values: Iterable[object]) -> str:
        """Of the resource whose name or ARN a variable of the function holds, ``*`` for none."""
        for name, reference in self._variables.items():
            if os.environ.get(name) in values and "${" in reference:
                return addresses(reference)[0]
        return "*"


def _action(service: str, operation: str, params: dict[str, Any]) -> str:
    version = "Version" if service == "s3" and "VersionId" in params else ""
    action = f"{PREFIXES.get(service, service)}:{operation}{version}"
    return ACTIONS.get(action, action)
