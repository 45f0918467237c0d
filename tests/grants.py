"""The inline policies of the stack's roles."""

import json

from assurance.proof.grants import GRANTS
from tests.template import Attributes, Template

EXECUTION = "execution"
"""The inline policy of a role for what services do with it; `GRANTS` is for the calls of its code."""


def statements(stack: Template, path: str, policy: str = GRANTS) -> list[Attributes]:
    """Return the statements of this inline policy of the function or state machine at a construct path."""
    attributes = stack.resource("aws_iam_role_policy", f"{path}/role/{policy}")
    parsed: list[Attributes] = json.loads(attributes["policy"])["Statement"]
    return parsed
