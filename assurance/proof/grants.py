"""The calls that the inline policies of a synthesized stack allow to its roles."""

import json
from collections.abc import Iterator
from typing import Any

from synthesized.references import addresses
from synthesized.stack import Stack

Calls = set[tuple[str, str]]
"""IAM actions and the addresses of the resources that they are allowed on; `*` for all resources."""

GRANTS = "grants"
"""The inline policy of a role that allows the calls of its code."""

NOT_CALLED = {"s3:ListBucket": "with it, S3 responds to a missing object with 404 instead of 403"}
"""Actions that are granted only because they change the response of other calls."""


def granted(stack: Stack, role: str) -> Calls:
    """Return the calls that the role at an address allows to the code of a function or state machine."""
    return {
        (action, resource)
        for policy in stack.resources("aws_iam_role_policy").values()
        if role in policy["role"] and policy["name"] == GRANTS
        for statement in json.loads(policy["policy"])["Statement"]
        for action, resource in _allowed(statement)
    }


def _allowed(statement: dict[str, Any]) -> Iterator[tuple[str, str]]:
    via_service = "kms:ViaService" in json.dumps(statement.get("Condition", {}))
    if statement["Effect"] == "Allow" and not via_service:
        for resource in statement["Resource"]:
            for action in set(statement["Action"]) - set(NOT_CALLED):
                yield action, (addresses(resource) or ["*"])[0]
