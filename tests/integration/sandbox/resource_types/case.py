"""A case of the table-driven test of the resource types."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.resource_types.resource_type import Attributes
from sandbox.server.process import Server
from synthesized.stack import JSON

Resources = dict[str, dict[str, Attributes]]
REGION = "us-east-1"
TAGS = {"Owner": "platform", "Name": "mine"}
KEY: Resources = {"aws_kms_key": {"k": {"description": "shared"}}}


@dataclass(frozen=True)
class Case:
    """A stack with a resource `x` of the tested type, and with what that resource needs.

    Attributes:
        stack: The section `resource` (or `data`), by type and name.
        read: Reads the resource back, given its attributes.
        expected: What `read` must return; `{name}` stands for the attribute with that name.
        ephemeral: The section `ephemeral`.
    """

    stack: Resources
    read: Callable[[Server, Attributes], JSON]
    expected: JSON
    ephemeral: Resources = field(default_factory=dict)


def reader(
    service: str, operation: str, path: str, **parameters: JSON
) -> Callable[[Server, Attributes], JSON]:
    """Return a function that makes a call and returns the member of its response at `path`.

    `{name}` in a parameter stands for the attribute with that name.
    """

    def read(server: Server, attributes: Attributes) -> JSON:
        response = getattr(server.client(service), operation)(**filled(parameters, attributes))
        for step in path.split("."):
            response = response[int(step) if step.isdigit() else step]
        return response

    return read


def policy(action: str, **statement: JSON) -> str:
    """Return a policy that allows an action, as JSON; `statement` overrides members of its statement."""
    allow = {"Effect": "Allow", "Action": action, "Resource": "*"} | statement
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def assumed_by(service: str) -> str:
    """Return a trust policy, as JSON, for a service: `lambda`."""
    statement = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"Service": f"{service}.amazonaws.com"},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def filled(value: JSON, attributes: Mapping[str, Any]) -> JSON:
    """Return `value` with attributes in the place of their names in braces."""
    if isinstance(value, dict):
        return {key: filled(member, attributes) for key, member in value.items()}
    if isinstance(value, list):
        return [filled(element, attributes) for element in value]
    return value.format(**attributes) if isinstance(value, str) else value
