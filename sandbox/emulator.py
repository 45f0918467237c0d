"""MiniStack under hypercorn, with an IAM condition key that it lacks: `cloudwatch:namespace`.

The server's program, run by its path (`sandbox/server.py`). MiniStack 1.5.33 evaluates conditions, but
leaves the namespace out of a request's context: a role that may put metrics into one namespace alone
(requirement U4) could put none. AWS's "Actions, resources, and condition keys for Amazon CloudWatch" has
the key on `PutMetricData`.
"""

import json
import sys
from typing import Any

from hypercorn.__main__ import main
from ministack.core import iam_actions  # type: ignore[import-untyped] # MiniStack has no types

NAMESPACE = "cloudwatch:namespace"


def namespace(action: str, body: bytes) -> dict[str, str]:
    """Return the condition key of a request, if it is one to put metrics; nothing for any other.

    Of CloudWatch's protocols, JSON is known: the one that the pinned SDK speaks. A request in another
    has no key, so that a grant which asks for one does not reach it.
    """
    if action != "cloudwatch:PutMetricData":
        return {}
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    named = content.get("Namespace") if isinstance(content, dict) else None
    return {NAMESPACE: named} if isinstance(named, str) else {}


def add_condition_keys() -> None:
    """Have MiniStack's IAM see the key: it asks this function what a request brings of its own."""
    others = iam_actions.request_tag_context

    def context(service: str, action: str, body: bytes, parameters: dict[str, Any]) -> dict[str, Any]:
        return {**others(service, action, body, parameters), **namespace(action, body)}

    iam_actions.request_tag_context = context


if __name__ == "__main__":
    add_condition_keys()
    sys.exit(main())
