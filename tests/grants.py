"""What the synthesized stack grants to its roles."""

import json
import re
from collections.abc import Iterator
from typing import Any

from tests.template import Template

Calls = set[tuple[str, str]]
"""IAM actions, and addresses of what they are on (``*`` for everything)."""

NOT_THE_HANDLERS = {
    "run": "Lambda and X-Ray act in the role's name",
    "environment": "Lambda decrypts the environment in the role's name",
    "queue": "Lambda sends to the dead-letter queue in the role's name",
}
"""Beginnings of inline policies for what is done around a handler, and by whom."""

NOT_CALLED = {"s3:ListBucket": "it makes S3 say 404 of an object that is gone, and not 403"}
"""Actions that are granted for what they change of other calls."""


def granted(stack: Template, role: str) -> Calls:
    """What the inline policies of the role at this address grant, to a handler or a state machine."""
    return {
        (action, resource)
        for policy in stack.resources("aws_iam_role_policy").values()
        if role in policy["role"] and not policy["name"].startswith(tuple(NOT_THE_HANDLERS))
        for statement in json.loads(policy["policy"])["Statement"]
        for action, resource in _allowed(statement)
    }


def addresses(reference: str) -> list[str]:
    """The resources that a text refers to."""
    return re.findall(r"aws_\w+\.[\w-]+", reference)


def _allowed(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    through_a_service = "kms:ViaService" in json.dumps(statement.get("Condition", {}))
    if statement["Effect"] == "Allow" and not through_a_service:
        for each in statement["Resource"]:
            for action in set(statement["Action"]) - set(NOT_CALLED):
                yield action, (addresses(each) or ["*"])[0]
