"""What the synthesized stack grants to its roles."""

import json
from collections.abc import Iterator
from typing import Any

from synthesized.references import addresses
from tests.template import Attributes, Template

Calls = set[tuple[str, str]]
"""IAM actions, and addresses of what they are on (``*`` for everything)."""

EXECUTION, GRANTS = "execution", "grants"
"""The inline policies of a role: what services do with it by themselves, and what its code can call."""

NOT_CALLED = {"s3:ListBucket": "it makes S3 say 404 of an object that is gone, and not 403"}
"""Actions that are granted for what they change of other calls."""


def statements(stack: Template, path: str, policy: str = GRANTS) -> list[Attributes]:
    """The statements of this inline policy of the function or state machine at a construct path."""
    attributes = stack.one("aws_iam_role_policy", f"{path}/role/{policy}")
    parsed: list[Attributes] = json.loads(attributes["policy"])["Statement"]
    return parsed


def granted(stack: Template, role: str) -> Calls:
    """The calls that the role at this address allows to a handler or a state machine."""
    return {
        (action, resource)
        for policy in stack.resources("aws_iam_role_policy").values()
        if role in policy["role"] and policy["name"] == GRANTS
        for statement in json.loads(policy["policy"])["Statement"]
        for action, resource in _allowed(statement)
    }


def _allowed(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    through_a_service = "kms:ViaService" in json.dumps(statement.get("Condition", {}))
    if statement["Effect"] == "Allow" and not through_a_service:
        for each in statement["Resource"]:
            for action in set(statement["Action"]) - set(NOT_CALLED):
                yield action, (addresses(each) or ["*"])[0]
