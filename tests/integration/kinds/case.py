"""What a case of the table-driven test of the loader's kinds says."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.engines.loader.document import JSON
from sandbox.resource_types.kind import Attributes
from sandbox.server.process import Server

Resources = dict[str, dict[str, Attributes]]
REGION = "us-east-1"
TAGS = {"Owner": "platform", "Name": "mine"}
KEY: Resources = {"aws_kms_key": {"k": {"description": "shared"}}}


@dataclass(frozen=True)
class Case:
    """A stack whose resource `x` of the tested type comes with what it needs.

    Attributes:
        stack: The sections `resource` (or `data`), by type and name.
        read: Reads the resource, whose attributes it is given, back.
        expected: What it must find.
        ephemeral: The section of that name.
    """

    stack: Resources
    read: Callable[[Server, Attributes], JSON]
    expected: JSON
    ephemeral: Resources = field(default_factory=dict)


def of(service: str, operation: str, path: str, **parameters: JSON) -> Callable[[Server, Attributes], JSON]:
    """Return a reader: a call (with `{attributes}` filled in), then the members that `path` names."""

    def read(server: Server, made: Attributes) -> JSON:
        response = getattr(server.client(service), operation)(**filled(parameters, made))
        for step in path.split("."):
            response = response[int(step) if step.isdigit() else step]
        return response

    return read


def policy(action: str, **statement: JSON) -> str:
    allowed = {"Effect": "Allow", "Action": action, "Resource": "*"} | statement
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


def assumed_by(service: str) -> str:
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": f"{service}.amazonaws.com"},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def filled(value: JSON, made: Mapping[str, Any]) -> JSON:
    if isinstance(value, dict):
        return {key: filled(each, made) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, made) for each in value]
    return value.format(**made) if isinstance(value, str) else value
