"""IAM and resource policies: who can now do what they could not, statement by statement."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from review import policies
from review.change import JSON, Change, at
from review.findings.finding import Finding, Kind, goes_along
from review.plan import Plan
from review.policies import Grant, Statement
from review.redact import Redactor

POLICIES = ("policy", "assume_role_policy", "access_policy", "access_policies", "resource_policy")
"""Attributes that hold a policy, for where the value is not known yet."""

FILTERS = frozenset({"aws_vpc_endpoint", "aws_vpc_endpoint_policy"})
"""Their policies leave out; `Principal: "*"` is what they are without one."""

ATTACHMENTS = re.compile(r"aws_iam_(role|user|group)_policy_attachment")
ALL_POWERFUL = re.compile(r":policy/(.*/)?(AdministratorAccess|PowerUserAccess|IAMFullAccess|\w+FullAccess)$")

NO_RESOURCES = re.compile(
    r"xray:(Put|Get)\w+|cloudwatch:(PutMetricData|GetMetric\w+|ListMetrics)|ec2:(Describe\w+|\w*NetworkInterface\w*|\w*PrivateIpAddresses)"
    r"|logs:\w*(LogDelivery|LogDeliveries|ResourcePolic(y|ies)|DescribeLogGroups)|s3:ListAllMyBuckets|sts:Get(CallerIdentity|SessionToken)"
    r"|kms:(ListKeys|ListAliases|GenerateRandom)|ssm:DescribeParameters|secretsmanager:(ListSecrets|GetRandomPassword)"
    r"|sqs:ListQueues|sns:ListTopics|lambda:(ListFunctions|GetAccountSettings)|dynamodb:ListTables|tag:Get\w+|ecr:GetAuthorizationToken"
)
"""Actions that IAM grants on `*` alone (Service Authorization Reference), of what serverless stacks use."""

MOST = 6
"""Actions, resources or principals that are named."""


@dataclass
class _Holder:
    """What one role, user or resource has of policies, before and after."""

    before: list[tuple[Change, Statement]] = field(default_factory=list)
    after: list[tuple[Change, Statement]] = field(default_factory=list)


def widenings(plan: Plan, changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """What is allowed and was not, what is no longer denied, and policies that cannot be compared."""
    holders: dict[tuple[str, str], _Holder] = defaultdict(_Holder)
    unknown = []
    for change in (each for each in changes if each.action != "forget"):
        if ATTACHMENTS.fullmatch(change.type):
            yield from _attached(change, redactor)
        for name, before, after in _documents(change, plan):
            if after is None:
                unknown.append(change)
                continue
            holder = holders[_holder(change, name)]
            holder.before += ((change, each) for each in before)
            holder.after += ((change, each) for each in after)
    for holder in holders.values():
        yield from _compared(holder, changes, redactor)
    yield from map(_incomparable, unknown)


def _documents(change: Change, plan: Plan) -> Iterator[tuple[str, list[Statement], list[Statement] | None]]:
    """Each policy of a resource: attribute, statements before and after; None where those are unknown."""
    for name in sorted({*change.before, *change.after, *_unknown_policies(change)}):
        if name == "inline_policy":
            yield name, _inline(change.was(name)), _inline(change.becomes(name))
            continue
        before, after = policies.parse(change.was(name)), policies.parse(change.becomes(name))
        if at(change.unknown, (name,)) is True:
            if before or name in _unknown_policies(change):
                yield name, before or [], policies.parse(plan.synthesized(change.address, name))
        elif before is not None or after is not None:
            yield name, before or [], after or []


def _unknown_policies(change: Change) -> Iterable[str]:
    """Those that the configuration sets; a bucket's `policy`, say, is else what another resource makes it."""
    unread = change.address.startswith("module.")  # the configuration of modules is not read
    return (
        each for each in POLICIES if at(change.unknown, (each,)) is True and (unread or each in change.after)
    )


def _inline(blocks: JSON) -> list[Statement]:
    return [each for block in blocks or () for each in policies.parse(block.get("policy")) or ()]


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
        yield _granted(grant, change, redactor)
    for statement in policies.lifted(before, after):
        change = next(each for each, other in holder.before if other is statement)
        gone = change.action == "delete" and (
            not change.type.endswith("_policy") or goes_along(change, changes)
        )
        if not gone:
            plain_http = any(key.lower() == "aws:securetransport" for _, key, _ in statement.conditions)
            kind: Kind = "protection" if plain_http else "iam"
            text = f"no longer denies {_said(statement, redactor)}"
            yield Finding(kind, change, text, needs_human=plain_http)


def _granted(grant: Grant, change: Change, redactor: Redactor) -> Finding:
    statement = grant.statement
    actions = _but(statement.except_actions) + _codes(grant.actions, redactor)
    resources, principals = (_codes(part, redactor) for part in (grant.resources, grant.principals))
    conditions = _conditions(statement, redactor)
    everybody = "*" in grant.principals and not statement.restricted and change.type not in FILTERS
    if "sts:AssumeRole" in grant.actions or statement.principals:
        wide = everybody or (statement.except_principals and not statement.restricted)
        text = f"lets {_but(statement.except_principals)}{principals} do {actions}{conditions}"
    else:
        wide = _wide(grant)
        text = f"may now do {actions} on {_but(statement.except_resources)}{resources}{conditions}"
    before = "; ".join(_said(each, redactor) for each in grant.before[:3])
    if before:
        text += f" (before: {before})"
    new = change.action == "create"
    kind: Kind = "exposure" if everybody else "iam"
    return Finding(kind, change, text, needs_human=wide, expected=new and not wide)


def _wide(grant: Grant) -> bool:
    """Whether it is on `*` where it need not be."""
    statement = grant.statement
    if statement.excepts or any(each == "*" or each.endswith(":*") for each in grant.actions):
        return True
    needs_it = all(map(NO_RESOURCES.fullmatch, grant.actions)) or statement.conditions
    return "*" in grant.resources and not needs_it


def _attached(change: Change, redactor: Redactor) -> Iterator[Finding]:
    policy = str(change.becomes("policy_arn") or "")
    if change.action in ("create", "update", "replace") and policy and policy != change.was("policy_arn"):
        mighty = bool(ALL_POWERFUL.search(policy))
        text = f"may now do what the managed policy {redactor.code(policy)} allows"
        yield Finding(
            "iam", change, text, needs_human=mighty, expected=change.action == "create" and not mighty
        )


def _incomparable(change: Change) -> Finding:
    text = "has a policy that is known after the apply: it cannot be compared (`--synth` shows it)"
    return Finding("iam", change, text, expected=change.action == "create")


def _said(statement: Statement, redactor: Redactor) -> str:
    actions, resources = (_codes(sorted(part), redactor) for part in (statement.actions, statement.resources))
    principals = _codes(sorted(statement.principals), redactor)
    who = f" to {_but(statement.except_principals)}{principals}" if principals else ""
    where = f" on {_but(statement.except_resources)}{resources}" if resources else ""
    return f"{_but(statement.except_actions)}{actions}{where}{who}{_conditions(statement, redactor)}"


def _conditions(statement: Statement, redactor: Redactor) -> str:
    parts = (
        f"{redactor.code(key)} {operator} {_codes(sorted(values), redactor)}"
        for operator, key, values in sorted(statement.conditions, key=str)
    )
    text = " and ".join(parts)
    return f" where {text}" if text else ""


def _but(excepted: bool) -> str:
    return "all but " if excepted else ""


def _codes(texts: Iterable[str], redactor: Redactor) -> str:
    texts = list(texts)
    shown = ", ".join(redactor.code(each) for each in texts[:MOST])
    return f"{shown} and {len(texts) - MOST} more" if len(texts) > MOST else shown
