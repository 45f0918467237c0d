"""The AWS calls that each function makes are those that its role is granted, and no others.

Every function of the stack is held to it without being named here: its exercise is the function of its name
in ``tests/integration/exercises/<workload>.py``, and without one this fails. What is granted comes from the
synthesized JSON, what is called from the SDK while the exercise drives the real handler.
"""

import importlib
import inspect
import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient

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
    _, workload, entry, _ = handler.split(".")
    getattr(importlib.import_module(f"tests.integration.exercises.{workload}"), entry)(request)
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
