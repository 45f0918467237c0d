"""Statements: what they say, for whom, and what is new in them."""

import pytest

from review import policies
from tests.unit.review.builders import JSON, allow, deny, parsed, policy


def widened(
    before: JSON | list[JSON], after: JSON | list[JSON]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    old, new = (parsed(each if isinstance(each, list) else [each]) for each in (before, after))
    return [(each.actions, each.resources) for each in policies.widened(old, new)]


def test_what_is_split_or_joined_is_not_new() -> None:
    apart = [allow("s3:GetObject", "a"), allow("s3:PutObject", "a")]
    assert widened(apart, allow(["s3:PutObject", "s3:GetObject"], ["a"])) == []
    assert widened(allow(["s3:PutObject", "s3:GetObject"], ["a"]), apart) == []


def test_only_the_part_that_is_new_is_said() -> None:
    before = allow(["s3:GetObject", "s3:PutObject"], ["a/*", "b"])
    after = allow(["s3:GetObject", "s3:DeleteObject"], ["a/x", "b"])
    assert widened(before, after) == [(("s3:DeleteObject",), ("a/x", "b"))]


def test_more_that_is_left_out_is_not_wider() -> None:
    narrow = {"Effect": "Allow", "NotAction": ["iam:*", "kms:*"], "Resource": "*"}
    wide = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert widened(wide, narrow) == []
    assert widened(narrow, wide) == [(("iam:*",), ("*",))]


def test_patterns_that_cross_are_not_left_out() -> None:
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
def test_conditions_widen_where_they_ask_for_less(
    before: JSON | None, after: JSON | None, wider: bool
) -> None:
    old, new = (allow("s:a", "r") | ({"Condition": each} if each else {}) for each in (before, after))
    assert bool(widened(old, new)) == wider


def test_what_is_no_longer_denied_is_what_is_left() -> None:
    before = parsed([deny(["s:a", "s:b"], "*")])
    after = parsed([deny("s:a", "*")])
    (grant,) = policies.lifted(before, after)
    assert grant.actions == ("s:b",)


def test_an_account_is_its_root() -> None:
    short, long = (
        allow("s:a", "r", Principal={"AWS": each})
        for each in ("123456789012", "arn:aws:iam::123456789012:root")
    )
    assert widened(short, long) == []


def test_a_role_of_the_account_is_more_than_the_account() -> None:
    root = allow("s:a", "r", Principal={"AWS": "arn:aws:iam::123456789012:root"})
    assert widened(root, allow("s:a", "r", Principal={"AWS": "arn:aws:iam::123456789012:role/x"}))


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["*"]}])
def test_everybody_is_everybody_in_every_form(principal: object) -> None:
    (statement,) = parsed([allow("s:a", "r", Principal=principal)])
    assert statement.for_everybody


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
def test_a_condition_leaves_somebody_out_or_does_not(condition: JSON, everybody: bool) -> None:
    (statement,) = parsed([allow("s:a", "r", Principal="*", Condition=condition)])
    assert statement.for_everybody == everybody


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
def test_who_has_an_account_elsewhere_is_everybody_until_it_is_said_who(
    condition: JSON | None, everybody: bool
) -> None:
    trust = allow("sts:AssumeRoleWithWebIdentity", Principal={"Federated": GITHUB})
    (statement,) = parsed([trust | ({"Condition": condition} if condition else {})])
    assert statement.for_everybody == everybody


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
def test_what_is_no_policy_is_none(text: object) -> None:
    assert policies.parse(text) is None


def test_one_statement_may_stand_alone_and_escaped() -> None:
    text = policy(allow("s:a", "r")).replace("[", "").replace("]", "").replace("Statement", "\\u0053tatement")
    assert policies.parse(text) == parsed([allow("s:a", "r")])


def test_a_document_of_blocks_says_the_same() -> None:
    block = {
        "actions": ["sts:AssumeRole"],
        "principals": [{"type": "AWS", "identifiers": ["*"]}],
        "condition": [{"test": "StringEquals", "variable": "aws:PrincipalOrgID", "values": ["o-1"]}],
    }
    condition = {"StringEquals": {"aws:PrincipalOrgID": ["o-1"]}}
    same = allow(["sts:AssumeRole"], Principal={"AWS": ["*"]}, Condition=condition)
    assert policies.document([block]) == parsed([same])
    assert policies.document([{"effect": "Deny", "not_actions": ["a"], "not_resources": ["b"]}]) == parsed(
        [{"Effect": "Deny", "NotAction": ["a"], "NotResource": ["b"]}]
    )
    assert policies.document(None) == []
