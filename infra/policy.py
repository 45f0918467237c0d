"""IAM policy documents as plain data."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

Statement = dict[str, Any]
Conditions = Mapping[str, Mapping[str, Any]]


def allow(
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    principal: Mapping[str, str | Sequence[str]] | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """A statement that allows ``actions`` on ``resources`` (ARNs)."""
    return _statement("Allow", actions, resources, principal, conditions)


def deny(
    actions: Sequence[str],
    resources: Sequence[str],
    *,
    principal: Mapping[str, str | Sequence[str]] | str | None = None,
    conditions: Conditions | None = None,
) -> Statement:
    """A statement that denies ``actions`` on ``resources`` (ARNs), whatever else allows them."""
    return _statement("Deny", actions, resources, principal, conditions)


def deny_plain_transport(actions: Sequence[str], resources: Sequence[str]) -> Statement:
    """Deny whatever does not come over TLS (P11)."""
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    return deny(actions, resources, principal="*", conditions=plain)


def trust(service: str, *, conditions: Conditions | None = None) -> str:
    """The trust policy of a role that ``service`` (``lambda.amazonaws.com``) assumes."""
    statement = allow(["sts:AssumeRole"], [], principal={"Service": service}, conditions=conditions)
    del statement["Resource"]
    return document(statement)


def document(*statements: Statement) -> str:
    """The policy document as JSON; references inside stay the strings that Terraform resolves."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


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
