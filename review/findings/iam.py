"""Findings about IAM and resource policies: new permissions and removed denials, by statement."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from review import policies
from review.change import JSON, Change, value_at
from review.findings.documents import POLICIES, documents
from review.findings.finding import Finding, Kind, is_created_with_owner, is_deleted_with_owner
from review.plan import Plan
from review.policies import Grant, Statement
from review.redact import UNKNOWN, Redactor

RESTRICTING_TYPES = frozenset({"aws_vpc_endpoint", "aws_vpc_endpoint_policy"})
"""Types whose policies only restrict: without a policy they allow everything to everyone."""

ATTACHMENTS = re.compile(r"aws_iam_((role|user|group)_)?policy_attachment")
BROAD_MANAGED_POLICIES = re.compile(
    r"\barn:[\w-]+:iam::aws:policy/(.*/)?((Administrator|PowerUser|ReadOnly)Access|AdministratorAccess-\w+|\w+FullAccess)$"
)
"""AWS managed policies that allow all actions of a service, or of all services, on all resources."""

NO_RESOURCE_LEVEL_PERMISSIONS = re.compile(
    r"xray:(Put|Get)\w+|cloudwatch:(PutMetricData|GetMetric\w+|ListMetrics)"
    r"|ec2:(Describe\w+|\w*NetworkInterface\w*|\w*PrivateIpAddresses)"
    r"|logs:(\w*(LogDelivery|LogDeliveries|ResourcePolic(y|ies))|DescribeLogGroups)"
    r"|s3:ListAllMyBuckets|sts:Get(CallerIdentity|SessionToken)"
    r"|kms:(ListKeys|ListAliases|GenerateRandom)|ssm:DescribeParameters|secretsmanager:(ListSecrets|GetRandomPassword)"
    r"|sqs:ListQueues|sns:ListTopics|lambda:(ListFunctions|GetAccountSettings)|dynamodb:ListTables|tag:Get\w+"
    r"|ecr:GetAuthorizationToken"
)
"""Actions that do not support resource-level permissions, so that IAM grants them on `*` only.

From the Service Authorization Reference, for the services that serverless stacks use.
"""

WILDCARD_ACTIONS = re.compile(r"\*|[^:]+:\*")
WILDCARD_RESOURCES = re.compile(r"\*|arn:[^:]*:[^:]*:[^:]*:(:|[^:]+:([\w-]+[:/])?)[*:/]+")
"""`*`, or all resources of one type; in ARNs without an account, such as a bucket's, the name comes first."""

SENSITIVE_POLICY_TEXT = "allows more or denies less; the policy is sensitive and not shown"

MAX_NAMED = 20
"""Actions, resources or principals that a finding lists."""


@dataclass
class _Statements:
    """All statements of one role, user, group or resource, each with the change that contains it.

    Attributes:
        before: Old statements.
        after: New statements.
    """

    before: list[tuple[Change, Statement]] = field(default_factory=list)
    after: list[tuple[Change, Statement]] = field(default_factory=list)


def iam_findings(plan: Plan, changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """Yield new permissions, removed denials, and policies that cannot be compared."""
    statements_by_owner: dict[tuple[str, str], _Statements] = defaultdict(_Statements)
    for change in changes:
        yield from _managed_policy_findings(change, changes, redactor)
        for name, before, after in documents(change, plan):
            if after is None:
                yield _unknown_policy(name, change, redactor)
                continue
            statements = statements_by_owner[_policy_owner(change, name)]
            statements.before += ((change, statement) for statement in before)
            statements.after += ((change, statement) for statement in after)
    for statements in statements_by_owner.values():
        yield from _compare(statements, changes, redactor)


def _unknown_policy(name: str, change: Change, redactor: Redactor) -> Finding:
    text = (
        f"has a {redactor.name(name)} that is known only after apply and cannot be compared (use `--synth`)"
    )
    return Finding(
        "iam", change, text, needs_human=change.action != "create", expected=change.action == "create"
    )


def _policy_owner(change: Change, name: str) -> tuple[str, str]:
    """Return the owner of a policy; all inline policies of a role have the same owner."""
    if name == "assume_role_policy":
        return change.address, name
    for owner in ("role", "user", "group"):
        if change.type == f"aws_iam_{owner}_policy":
            return owner, str(change.value_before(owner) or change.value_after(owner) or change.address)
    return change.address, ""


def _compare(statements: _Statements, changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    before = [statement for _, statement in statements.before]
    after = [statement for _, statement in statements.after]
    for grant in policies.newly_allowed(before, after):
        change = next(change for change, statement in statements.after if statement is grant.statement)
        yield _grant_finding(grant, change, changes, redactor)
    for grant in policies.no_longer_denied(before, after):
        change = next(change for change, statement in statements.before if statement is grant.statement)
        owner_deleted = change.action == "delete" and (
            not change.type.endswith("_policy") or is_deleted_with_owner(change, changes)
        )
        if not owner_deleted:
            protects = bool(grant.statement.principals)
            related = _describe_related(grant, "still denied", redactor)
            text = f"no longer denies {_describe_grant(grant, redactor)}{related}"
            text = SENSITIVE_POLICY_TEXT if _is_sensitive(change) else text
            kind: Kind = "protection" if protects else "iam"
            yield Finding(kind, change, text, needs_human=protects or _is_broad(grant))


def _grant_finding(grant: Grant, change: Change, changes: tuple[Change, ...], redactor: Redactor) -> Finding:
    statement = grant.statement
    public = statement.is_public and change.type not in RESTRICTING_TYPES
    related = _describe_related(grant, "previously", redactor)
    text = f"now allows {_describe_grant(grant, redactor)}{related}"
    text = SENSITIVE_POLICY_TEXT if _is_sensitive(change) else text
    broad = public or (change.type not in RESTRICTING_TYPES and _is_broad(grant))
    kind: Kind = "exposure" if public else "iam"
    return Finding(
        kind, change, text, needs_human=broad, expected=not broad and is_created_with_owner(change, changes)
    )


def _is_sensitive(change: Change) -> bool:
    """Return whether the plan marks a policy of the resource as sensitive."""
    return any(change.is_sensitive((name,)) for name in (*POLICIES, "inline_policy", "statement"))


def _is_broad(grant: Grant) -> bool:
    """Return whether a grant has wildcards that could be narrower."""
    statement = grant.statement
    if statement.except_actions or statement.except_resources:
        return True
    wildcard_action = any(map(WILDCARD_ACTIONS.fullmatch, grant.actions))
    if statement.principals:  # in a key policy, `kms:*` for the account's root is the recommended statement
        to_account = all(principal.endswith(":root") for principal in grant.principals)
        return wildcard_action and not (grant.actions == ("kms:*",) and to_account)
    if wildcard_action:
        return True
    needs_wildcard = (
        all(map(NO_RESOURCE_LEVEL_PERMISSIONS.fullmatch, grant.actions)) or statement.restricts_resource
    )
    return any(map(WILDCARD_RESOURCES.fullmatch, grant.resources)) and not needs_wildcard


def _managed_policy_findings(
    change: Change, changes: tuple[Change, ...], redactor: Redactor
) -> Iterator[Finding]:
    """Yield managed policies that are attached, and permissions boundaries that change."""
    if change.action not in ("create", "update", "replace"):
        return
    name = "policy_arn" if ATTACHMENTS.fullmatch(change.type) else "managed_policy_arns"
    before, after = (_as_strings(value_of(name)) for value_of in (change.value_before, change.value_after))
    for policy in after:
        if policy not in before and change.type.startswith("aws_iam_"):
            broad = bool(BROAD_MANAGED_POLICIES.search(policy))
            text = f"now has the managed policy {redactor.code(policy)}"
            expected = is_created_with_owner(change, changes) and not broad
            yield Finding("iam", change, text, needs_human=broad, expected=expected)
    old, new = change.value_before("permissions_boundary"), change.value_after("permissions_boundary")
    if old and old != new:
        unknown = value_at(change.unknown, ("permissions_boundary",))
        shown = redactor.code(UNKNOWN if unknown else str(new or "none"))
        text = f"changes its permissions boundary: {redactor.code(str(old))} → {shown}"
        yield Finding(
            "iam", change, text, needs_human=not new or bool(BROAD_MANAGED_POLICIES.search(str(new)))
        )


def _as_strings(value: JSON) -> list[str]:
    return [str(item) for item in (value if isinstance(value, list) else [value]) if item]


def _describe_related(grant: Grant, label: str, redactor: Redactor) -> str:
    related = "; ".join(_describe_statement(statement, redactor) for statement in grant.related[:3])
    return f" ({label}: {related})" if related else ""


def _describe_grant(grant: Grant, redactor: Redactor) -> str:
    return _describe(grant.statement, grant.actions, grant.resources, grant.principals, redactor)


def _describe_statement(statement: Statement, redactor: Redactor) -> str:
    actions, resources, principals = (
        sorted(names) for names in (statement.actions, statement.resources, statement.principals)
    )
    return _describe(statement, actions, resources, principals, redactor)


def _describe(
    statement: Statement,
    actions: Sequence[str],
    resources: Sequence[str],
    principals: Sequence[str],
    redactor: Redactor,
) -> str:
    """Return `ACTIONS on RESOURCES for PRINCIPALS if CONDITIONS`, without the parts that are absent."""
    text = f"{_all_except(statement.except_actions)}{_code_list(actions, redactor)}"
    if statement.resources:
        text += f" on {_all_except(statement.except_resources)}{_code_list(resources, redactor)}"
    if principals:
        text += f" for {_all_except(statement.except_principals)}{_code_list(principals, redactor)}"
    conditions = " and ".join(
        f"{redactor.code(key)} {redactor.code(operator)} {_code_list(sorted(values), redactor)}"
        for operator, key, values in sorted(statement.conditions, key=str)
    )
    return f"{text} if {conditions}" if conditions else text


def _all_except(excepted: bool) -> str:
    return "all except " if excepted else ""


def _code_list(texts: Sequence[str], redactor: Redactor) -> str:
    shown = ", ".join(redactor.code(text) for text in texts[:MAX_NAMED])
    return f"{shown} and {len(texts) - MAX_NAMED} more" if len(texts) > MAX_NAMED else shown
