"""Where the policies of a resource stand: texts, blocks, and permissions that have no document."""

from collections.abc import Iterable, Iterator

from review import policies
from review.change import JSON, Change, at
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
"""Attributes that hold a policy, for where the value is not known yet."""


def documents(change: Change, plan: Plan) -> Iterator[tuple[str, list[Statement], list[Statement] | None]]:
    """Each policy of a resource: attribute, statements before and after; None where those are unknown."""
    if change.type == "aws_iam_policy_document":
        yield (
            "statement",
            policies.document(change.was("statement")),
            policies.document(change.becomes("statement")),
        )
    elif change.type == "aws_lambda_permission":
        yield "permission", _permission(change.before, False), _permission(change.after, change.unknown)
    elif change.action not in ("forget", "read"):
        for name in sorted({*change.before, *change.after, *_unknown_policies(change)}):
            before, after = (_statements(each(name)) for each in (change.was, change.becomes))
            if at(change.unknown, (name,)) is True or (after is None and _unread(change, name)):
                if before or name in _unknown_policies(change) or _unread(change, name):
                    yield name, before or [], policies.parse(plan.synthesized(change.address, name))
            elif before is not None or after is not None:
                yield name, before or [], after or []


def _statements(value: JSON) -> list[Statement] | None:
    """Of a policy's text, or of blocks that have one each, such as `inline_policy`."""
    if not isinstance(value, list):
        return policies.parse(value)
    found = [policies.parse(at(each, ("policy",))) for each in value]
    return [statement for each in found for statement in each or ()] if any(found) else None


def _unread(change: Change, name: str) -> bool:
    """Whether it is a policy that an expression makes, in a synthesized stack."""
    text = change.becomes(name)
    return name in POLICIES and is_expression(text) and text != change.was(name)


def _unknown_policies(change: Change) -> Iterable[str]:
    """Those that the configuration sets; a bucket's `policy`, say, is else what another resource makes it."""
    in_module = change.address.startswith("module.")  # the configuration of modules is not read
    return [
        each
        for each in POLICIES
        if at(change.unknown, (each,)) is True and (in_module or each in change.after)
    ]


def _permission(attributes: JSON, unknown: JSON) -> list[Statement]:
    """What a permission on a function says, as a statement."""
    if not attributes:
        return []

    def condition(key: str, name: str) -> dict[str, JSON]:
        value = attributes.get(name) or (UNKNOWN if at(unknown, (name,)) is True else None)
        return {key: value} if value else {}

    same = {
        **condition("aws:SourceAccount", "source_account"),
        **condition("aws:PrincipalOrgID", "principal_org_id"),
        **condition("lambda:EventSourceToken", "event_source_token"),
        **condition("lambda:FunctionUrlAuthType", "function_url_auth_type"),
    }
    content = {
        "Effect": "Allow",
        "Action": attributes.get("action"),
        "Principal": attributes.get("principal"),
        "Condition": {"StringEquals": same, "ArnLike": condition("aws:SourceArn", "source_arn")},
    }
    return [policies.statement(content)]
