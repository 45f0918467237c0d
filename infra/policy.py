"""IAM policy documents as plain data."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

Statement = dict[str, Any]
Conditions = Mapping[str, Mapping[str, Any]]

INLINE_POLICY_CHARACTERS = 10_240
"""Limit of all inline policies of a role together, without white space
(https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""

_REFERENCE = re.compile(r"\$\{TfToken\[[^\]]*\]\}")
_SHORTEST_VALUE = "0" * 12  # the id of an account


class PolicySizeError(Exception):
    """The inline policies of a role exceed IAM's limit."""


def allow(
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    principal: Mapping[str, str | Sequence[str]] | str | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """A statement that allows `actions` on `resources` (ARNs)."""
    return _statement("Allow", actions, resources, principal, conditions)


def deny(
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    principal: Mapping[str, str | Sequence[str]] | str | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """A statement that denies `actions` on `resources` (ARNs), whatever other statements allow."""
    return _statement("Deny", actions, resources, principal, conditions)


def deny_insecure_transport(actions: Sequence[str], resources: Sequence[str]) -> Statement:
    """A statement that denies all calls without TLS (P11)."""
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    return deny(actions, resources, principal="*", conditions=insecure)


def trust(service: str, *, conditions: Conditions | None = None) -> str:
    """The trust policy, as JSON, of a role that `service` (as `lambda.amazonaws.com`) assumes."""
    statement = allow(["sts:AssumeRole"], [], principal={"Service": service}, conditions=conditions)
    del statement["Resource"]
    return document(statement)


def document(*statements: Statement) -> str:
    """The policy document as JSON; Terraform resolves the references in it."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def distinct(statements: Sequence[Statement]) -> list[Statement]:
    """The statements in their order, without repetitions."""
    return [statement for index, statement in enumerate(statements) if statement not in statements[:index]]


def check_inline_size(role_name: str, *policies: Sequence[Statement]) -> None:
    """Refuse inline policies that IAM would refuse at apply.

    What a reference resolves to is unknown at synth. Each counts as 12 characters, the length of an account
    id, which is the shortest value in use: no policy is refused that IAM accepts.

    Args:
        role_name: Name of the role, for the message.
        policies: Statements of each inline policy of the role.

    Raises:
        PolicySizeError: The policies exceed `INLINE_POLICY_CHARACTERS`.
    """
    text = "".join(document(*statements) for statements in policies if statements)
    size = len(re.sub(r"\s", "", _REFERENCE.sub(_SHORTEST_VALUE, text)))
    if size > INLINE_POLICY_CHARACTERS:
        raise PolicySizeError(
            f"The inline policies of the role {role_name!r} have at least {size:,} characters; IAM allows"
            f" {INLINE_POLICY_CHARACTERS:,}. Grant fewer resources, or the same resources by a common prefix."
        )


def _statement(
    effect: str,
    actions: Sequence[str],
    resources: Sequence[str],
    principal: Mapping[str, str | Sequence[str]] | str | None,
    conditions: Conditions | None,
) -> Statement:
    statement: Statement = {"Effect": effect, "Action": list(actions), "Resource": list(resources)}
    if principal is not None:
        statement["Principal"] = principal
    if conditions is not None:
        statement["Condition"] = conditions
    return statement
