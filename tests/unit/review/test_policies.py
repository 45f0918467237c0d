"""Policy statements: parsing, public principals, and what is newly allowed."""

import pytest

from review import policies
from tests.unit.review.builders import JSON, allow, deny, parsed, policy


def widened(
    before: JSON | list[JSON], after: JSON | list[JSON]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    old, new = (parsed(value if isinstance(value, list) else [value]) for value in (before, after))
    return [(grant.actions, grant.resources) for grant in policies.newly_allowed(old, new)]


def test_split_and_joined_statements_allow_nothing_new() -> None:
    apart = [allow("s3:GetObject", "a"), allow("s3:PutObject", "a")]
    assert widened(apart, allow(["s3:PutObject", "s3:GetObject"], ["a"])) == []
    assert widened(allow(["s3:PutObject", "s3:GetObject"], ["a"]), apart) == []


def test_grant_contains_only_the_new_part() -> None:
    before = allow(["s3:GetObject", "s3:PutObject"], ["a/*", "b"])
    after = allow(["s3:GetObject", "s3:DeleteObject"], ["a/x", "b"])
    assert widened(before, after) == [(("s3:DeleteObject",), ("a/x", "b"))]


def test_more_exceptions_allow_nothing_new() -> None:
    narrow = {"Effect": "Allow", "NotAction": ["iam:*", "kms:*"], "Resource": "*"}
    wide = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert widened(wide, narrow) == []
    assert widened(narrow, wide) == [(("iam:*",), ("*",))]


def test_overlapping_exception_does_not_cover_a_pattern() -> None:
    """`*b` is in part what `a*` leaves out, though neither contains the other."""
    before = {"Effect": "Allow", "Action": "s:a", "NotResource": "a*"}
    assert widened(before, allow("s:a", "*b")) == [(("s:a",), ("*b",))]


@pytest.mark.parametrize(
    ("before", "after", "wider"),
    [
        ({"StringEquals": {"k": "1"}}, None, True),
        (None, {"StringEquals": {"k": "1"}}, False),
        ({"StringEquals": {"k": "1"}}, {"StringEquals": {"k": ["1", "2"]}}, True),
        ({"StringEquals": {"k": ["1", "2"]}}, {"StringEquals": {"k": "1"}}, False),
        ({"StringNotEquals": {"k": "1"}}, {"StringNotEquals": {"k": ["1", "2"]}}, False),
        ({"StringNotEquals": {"k": ["1", "2"]}}, {"StringNotEquals": {"k": "1"}}, True),
        ({"StringEquals": {"k": "1"}}, {"StringEqualsIfExists": {"k": "1"}}, True),
        ({"StringEquals": {"AWS:SourceArn": "1"}}, {"StringEquals": {"aws:SourceArn": "1"}}, False),
    ],
)
def test_less_strict_condition_allows_more(before: JSON | None, after: JSON | None, wider: bool) -> None:
    old, new = (allow("s:a", "r") | ({"Condition": value} if value else {}) for value in (before, after))
    assert bool(widened(old, new)) == wider


def test_no_longer_denied_is_the_removed_part() -> None:
    before = parsed([deny(["s:a", "s:b"], "*")])
    after = parsed([deny("s:a", "*")])
    (grant,) = policies.no_longer_denied(before, after)
    assert grant.actions == ("s:b",)


def test_account_id_equals_its_root_arn() -> None:
    short, long = (
        allow("s:a", "r", Principal={"AWS": principal})
        for principal in ("123456789012", "arn:aws:iam::123456789012:root")
    )
    assert widened(short, long) == []


def test_account_root_does_not_cover_its_roles() -> None:
    root = allow("s:a", "r", Principal={"AWS": "arn:aws:iam::123456789012:root"})
    assert widened(root, allow("s:a", "r", Principal={"AWS": "arn:aws:iam::123456789012:role/x"}))


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}])
def test_wildcard_principal_is_public_in_every_form(principal: object) -> None:
    (statement,) = parsed([allow("s:a", "r", Principal=principal)])
    assert statement.is_public


@pytest.mark.parametrize(
    ("condition", "everybody"),
    [
        ({"StringEquals": {"aws:SourceAccount": "123456789012"}}, False),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, False),
        ({"ForAnyValue:StringEquals": {"aws:PrincipalOrgPaths": "o-1/*"}}, False),
        ({"IpAddress": {"aws:SourceIp": "10.1.0.0/16"}}, False),
        ({"IpAddress": {"aws:SourceIp": ["10.1.0.0/16", "0.0.0.0/0"]}}, True),
        ({"IpAddress": {"aws:SourceIp": "0.0.0.0/1"}}, True),
        ({"StringLike": {"aws:PrincipalArn": "*"}}, True),
        ({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/Admin"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:topic"}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::bucket"}}, False),
        ({"Null": {"aws:PrincipalOrgID": "false"}}, True),
        ({"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}, True),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, True),
        ({"ForAllValues:StringEquals": {"aws:PrincipalOrgPaths": "o-1/*"}}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, True),
        ({"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}, True),
        ({"StringEquals": {"kms:CallerAccount": "123456789012"}}, False),
        ({"StringEquals": {"s3:ResourceAccount": "123456789012"}}, True),
        ({"StringEquals": {"sts:ExternalId": "guess"}}, True),
    ],
)
def test_condition_decides_whether_wildcard_principal_is_public(condition: JSON, everybody: bool) -> None:
    (statement,) = parsed([allow("s:a", "r", Principal="*", Condition=condition)])
    assert statement.is_public == everybody


GITHUB = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("condition", "everybody"),
    [
        (None, True),
        ({"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}, True),
        ({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:*"}}, True),
        ({"StringLike": {"token.actions.githubusercontent.com:sub": "repo:me/mine:*"}}, False),
    ],
)
def test_federated_principal_is_public_without_subject_condition(
    condition: JSON | None, everybody: bool
) -> None:
    trust = allow("sts:AssumeRoleWithWebIdentity", Principal={"Federated": GITHUB})
    (statement,) = parsed([trust | ({"Condition": condition} if condition else {})])
    assert statement.is_public == everybody


@pytest.mark.parametrize(
    "text",
    [
        None,
        5,
        "",
        "word",
        "[1]",
        "{}",
        '{"Statement": 5}',
        '{"Statement": [{"Action": "a"}]}',
        '{"Statement"',
        "{" * 5000,
    ],
)
def test_invalid_policy_is_none(text: object) -> None:
    assert policies.parse(text) is None


def test_single_statement_and_escapes_are_parsed() -> None:
    text = policy(allow("s:a", "r")).replace("[", "").replace("]", "").replace("Statement", "\\u0053tatement")
    assert policies.parse(text) == parsed([allow("s:a", "r")])


def test_policy_document_blocks_are_parsed() -> None:
    block = {
        "actions": ["sts:AssumeRole"],
        "principals": [{"type": "AWS", "identifiers": ["*"]}],
        "condition": [{"test": "StringEquals", "variable": "aws:PrincipalOrgID", "values": ["o-1"]}],
    }
    condition = {"StringEquals": {"aws:PrincipalOrgID": ["o-1"]}}
    same = allow(["sts:AssumeRole"], Principal={"AWS": ["*"]}, Condition=condition)
    assert policies.parse_blocks([block]) == parsed([same])
    assert policies.parse_blocks(
        [{"effect": "Deny", "not_actions": ["a"], "not_resources": ["b"]}]
    ) == parsed([{"Effect": "Deny", "NotAction": ["a"], "NotResource": ["b"]}])
    assert policies.parse_blocks(None) == []
