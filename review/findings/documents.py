"""Extracts the policies of a resource from JSON text, blocks and Lambda permissions."""

from collections.abc import Iterable, Iterator

from review import policies
from review.change import JSON, Change, value_at
from review.plan import Plan
from review.policies import Statement
from review.redact import UNKNOWN
from synthesized.references import is_expression

POLICIES = (
    "policy",
    "assume_role_policy",
    "access_policy",
    "access_policies",
    "policy_document",
    "resource_policy",
)
"""Attributes that contain a policy, for values that are not known yet."""


def documents(change: Change, plan: Plan) -> Iterator[tuple[str, list[Statement], list[Statement] | None]]:
    """Yield attribute, old statements and new statements of each policy of a resource.

    The new statements are None if they are unknown.
    """
    if change.type == "aws_iam_policy_document":
        yield (
            "statement",
            policies.parse_blocks(change.value_before("statement")),
            policies.parse_blocks(change.value_after("statement")),
        )
    elif change.type == "aws_lambda_permission":
        yield "permission", _permission(change.before, False), _permission(change.after, change.unknown)
    elif change.action not in ("forget", "read"):
        for name in sorted({*change.before, *change.after, *_unknown_policies(change)}):
            before, after = (
                _statements(value_of(name)) for value_of in (change.value_before, change.value_after)
            )
            unknown, expression = value_at(change.unknown, (name,)) is True, _is_new_expression(change, name)
            if unknown or (after is None and expression):
                if before or name in _unknown_policies(change) or expression:
                    yield name, before or [], policies.parse(plan.synthesized_value(change.address, name))
            elif before is not None or after is not None:
                yield name, before or [], after or []


def _statements(value: JSON) -> list[Statement] | None:
    """Return the statements of a policy text, or of a list of blocks such as `inline_policy`."""
    if not isinstance(value, list):
        return policies.parse(value)
    parsed = [policies.parse(value_at(block, ("policy",))) for block in value]
    return [statement for statements in parsed for statement in statements or ()] if any(parsed) else None


def _is_new_expression(change: Change, name: str) -> bool:
    """Return whether an attribute is a policy that a changed Terraform expression creates."""
    text = change.value_after(name)
    return name in POLICIES and is_expression(text) and text != change.value_before(name)


def _unknown_policies(change: Change) -> Iterable[str]:
    """Return the unknown policies that the configuration sets.

    Other unknown policies reflect another resource, such as a bucket's `policy`.
    """
    in_module = change.address.startswith("module.")  # the configuration of modules is not read
    return [
        name
        for name in POLICIES
        if value_at(change.unknown, (name,)) is True and (in_module or name in change.after)
    ]


def _permission(attributes: JSON, unknown: JSON) -> list[Statement]:
    """Return an `aws_lambda_permission` as a statement."""
    if not attributes:
        return []

    def condition(key: str, name: str) -> dict[str, JSON]:
        value = attributes.get(name) or (UNKNOWN if value_at(unknown, (name,)) is True else None)
        return {key: value} if value else {}

    equal = {
        **condition("aws:SourceAccount", "source_account"),
        **condition("aws:PrincipalOrgID", "principal_org_id"),
        **condition("lambda:EventSourceToken", "event_source_token"),
        **condition("lambda:FunctionUrlAuthType", "function_url_auth_type"),
    }
    content = {
        "Effect": "Allow",
        "Action": attributes.get("action"),
        "Principal": attributes.get("principal"),
        "Condition": {"StringEquals": equal, "ArnLike": condition("aws:SourceArn", "source_arn")},
    }
    return [policies.parse_statement(content)]
