"""IAM and resource policies: who can now do what they could not, statement by statement."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from review import policies
from review.change import JSON, Change, at
from review.findings.documents import POLICIES, documents
from review.findings.finding import Finding, Kind, goes_along, is_new
from review.plan import Plan
from review.policies import Grant, Statement
from review.redact import UNKNOWN, Redactor

FILTERS = frozenset({"aws_vpc_endpoint", "aws_vpc_endpoint_policy"})
"""Their policies leave out; `Principal: "*"` is what they are without one."""

ATTACHMENTS = re.compile(r"aws_iam_((role|user|group)_)?policy_attachment")
ALL_POWERFUL = re.compile(
    r"\barn:[\w-]+:iam::aws:policy/(.*/)?((Administrator|PowerUser|ReadOnly)Access|AdministratorAccess-\w+|\w+FullAccess)$"
)
"""AWS's policies that allow a service, or all of them, on everything."""

NO_RESOURCES = re.compile(
    r"xray:(Put|Get)\w+|cloudwatch:(PutMetricData|GetMetric\w+|ListMetrics)"
    r"|ec2:(Describe\w+|\w*NetworkInterface\w*|\w*PrivateIpAddresses)"
    r"|logs:(\w*(LogDelivery|LogDeliveries|ResourcePolic(y|ies))|DescribeLogGroups)"
    r"|s3:ListAllMyBuckets|sts:Get(CallerIdentity|SessionToken)"
    r"|kms:(ListKeys|ListAliases|GenerateRandom)|ssm:DescribeParameters|secretsmanager:(ListSecrets|GetRandomPassword)"
    r"|sqs:ListQueues|sns:ListTopics|lambda:(ListFunctions|GetAccountSettings)|dynamodb:ListTables|tag:Get\w+"
    r"|ecr:GetAuthorizationToken"
)
"""Actions that IAM grants on `*` alone (Service Authorization Reference), of what serverless stacks use."""

ALL_ACTIONS = re.compile(r"\*|[^:]+:\*")
ALL_RESOURCES = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:(:|[^:]+:([\w-]+[:/])?)[*:/]+")
"""`*`, or all of one type; without an account, as of buckets, what comes first is a name."""

UNSAID = "allows more, or denies less, by a policy that is sensitive"

MOST = 20
"""Actions, resources or principals that are named: enough that nothing hides among the rest."""


@dataclass
class _Holder:
    """What one role, user or resource has of policies, before and after."""

    before: list[tuple[Change, Statement]] = field(default_factory=list)
    after: list[tuple[Change, Statement]] = field(default_factory=list)


def widenings(plan: Plan, changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """What is allowed and was not, what is no longer denied, and policies that cannot be compared."""
    holders: dict[tuple[str, str], _Holder] = defaultdict(_Holder)
    for change in changes:
        yield from _attached(change, changes, redactor)
        for name, before, after in documents(change, plan):
            if after is None:
                yield _incomparable(name, change, redactor)
                continue
            holder = holders[_holder(change, name)]
            holder.before += ((change, each) for each in before)
            holder.after += ((change, each) for each in after)
    for holder in holders.values():
        yield from _compared(holder, changes, redactor)


def _incomparable(name: str, change: Change, redactor: Redactor) -> Finding:
    named = redactor.name(name)
    text = f"has a {named} that is known after the apply: it cannot be compared (`--synth` shows it)"
    return Finding(
        "iam", change, text, needs_human=change.action != "create", expected=change.action == "create"
    )


def _holder(change: Change, name: str) -> tuple[str, str]:
    """Whose policy it is: a role's inline policies are one, however they are cut."""
    if name == "assume_role_policy":
        return change.address, name
    for owner in ("role", "user", "group"):
        if change.type == f"aws_iam_{owner}_policy":
            return owner, str(change.was(owner) or change.becomes(owner) or change.address)
    return change.address, ""


def _compared(holder: _Holder, changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    before = [statement for _, statement in holder.before]
    after = [statement for _, statement in holder.after]
    for grant in policies.widened(before, after):
        change = next(each for each, statement in holder.after if statement is grant.statement)
        yield _granted(grant, change, changes, redactor)
    for grant in policies.lifted(before, after):
        change = next(each for each, statement in holder.before if statement is grant.statement)
        gone = change.action == "delete" and (
            not change.type.endswith("_policy") or goes_along(change, changes)
        )
        if not gone:
            guard = bool(grant.statement.principals)
            text = f"no longer denies {_said(grant, redactor)}{_before(grant, 'still', redactor)}"
            text = UNSAID if _secret(change) else text
            yield Finding("protection" if guard else "iam", change, text, needs_human=guard or _wide(grant))


def _granted(grant: Grant, change: Change, changes: tuple[Change, ...], redactor: Redactor) -> Finding:
    statement = grant.statement
    everybody = statement.for_everybody and change.type not in FILTERS
    text = f"may now do {_said(grant, redactor)}{_before(grant, 'before', redactor)}"
    if statement.principals:
        text = f"now lets {_said(grant, redactor)}{_before(grant, 'before', redactor)}"
    text = UNSAID if _secret(change) else text
    wide = everybody or (change.type not in FILTERS and _wide(grant))
    kind: Kind = "exposure" if everybody else "iam"
    return Finding(kind, change, text, needs_human=wide, expected=not wide and is_new(change, changes))


def _secret(change: Change) -> bool:
    """Whether the plan marks its policy: then no part of it is shown."""
    return any(change.hides((name,)) for name in (*POLICIES, "inline_policy", "statement"))


def _wide(grant: Grant) -> bool:
    """Whether it is on `*` where it need not be."""
    statement = grant.statement
    if statement.except_actions or statement.except_resources:
        return True
    if statement.principals:  # of a resource's policy; an account that rules its own key is as it has to be
        own_key = grant.actions == ("kms:*",) and all(each.endswith(":root") for each in grant.principals)
        return any(map(ALL_ACTIONS.fullmatch, grant.actions)) and not own_key
    if any(map(ALL_ACTIONS.fullmatch, grant.actions)):
        return True
    needs_it = all(map(NO_RESOURCES.fullmatch, grant.actions)) or statement.narrowed
    return any(map(ALL_RESOURCES.fullmatch, grant.resources)) and not needs_it


def _attached(change: Change, changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """Managed policies that are added, and a boundary that is taken away."""
    if change.action not in ("create", "update", "replace"):
        return
    name = "policy_arn" if ATTACHMENTS.fullmatch(change.type) else "managed_policy_arns"
    before, after = (_listed(each(name)) for each in (change.was, change.becomes))
    for policy in after:
        if policy not in before and change.type.startswith("aws_iam_"):
            mighty = bool(ALL_POWERFUL.search(policy))
            text = f"may now do what the managed policy {redactor.code(policy)} allows"
            new = is_new(change, changes) and not mighty
            yield Finding("iam", change, text, needs_human=mighty, expected=new)
    old, new = change.was("permissions_boundary"), change.becomes("permissions_boundary")
    if old and old != new:
        shown = redactor.code(
            UNKNOWN if at(change.unknown, ("permissions_boundary",)) else str(new or "none")
        )
        text = f"has another permissions boundary: {redactor.code(str(old))} → {shown}"
        yield Finding("iam", change, text, needs_human=not new or bool(ALL_POWERFUL.search(str(new))))


def _listed(value: JSON) -> list[str]:
    return [str(each) for each in (value if isinstance(value, list) else [value]) if each]


def _before(grant: Grant, word: str, redactor: Redactor) -> str:
    others = "; ".join(_statement(each, redactor) for each in grant.before[:3])
    return f" ({word}: {others})" if others else ""


def _said(grant: Grant, redactor: Redactor) -> str:
    return _phrase(grant.statement, grant.actions, grant.resources, grant.principals, redactor)


def _statement(one: Statement, redactor: Redactor) -> str:
    actions, resources, principals = (sorted(each) for each in (one.actions, one.resources, one.principals))
    return _phrase(one, actions, resources, principals, redactor)


def _phrase(
    one: Statement,
    actions: Sequence[str],
    resources: Sequence[str],
    principals: Sequence[str],
    redactor: Redactor,
) -> str:
    """Who does what on what, and where; a trust policy has no resource, a role's no principal."""
    who = f"{_but(one.except_principals)}{_codes(principals, redactor)} do " if principals else ""
    on = f" on {_but(one.except_resources)}{_codes(resources, redactor)}" if one.resources else ""
    parts = (
        f"{redactor.code(key)} {redactor.code(operator)} {_codes(sorted(values), redactor)}"
        for operator, key, values in sorted(one.conditions, key=str)
    )
    where = " and ".join(parts)
    return (
        f"{who}{_but(one.except_actions)}{_codes(actions, redactor)}{on}{f' where {where}' if where else ''}"
    )


def _but(excepted: bool) -> str:
    return "all but " if excepted else ""


def _codes(texts: Sequence[str], redactor: Redactor) -> str:
    shown = ", ".join(redactor.code(each) for each in texts[:MOST])
    return f"{shown} and {len(texts) - MOST} more" if len(texts) > MOST else shown
