"""Policies in texts, blocks, data sources and permissions, known and unknown."""

from typing import Any

import pytest

from tests.unit.review.builders import (
    JSON,
    allow,
    compared,
    created,
    deleted,
    only_finding,
    policy,
    resource,
    reviewed,
    texts,
    updated,
)

ROLE = "aws_iam_role.r"
INLINE = "aws_iam_role_policy.p"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/t"
NARROW = allow("s3:GetObject", "arn:aws:s3:::b/in/*")
PERMISSION = "aws_lambda_permission.p"
INVOKE = {"action": "lambda:InvokeFunction", "function_name": "f"}


@pytest.mark.parametrize(
    ("narrow", "everybody"),
    [
        ({}, True),
        ({"source_arn": "arn:aws:s3:::b"}, False),
        ({"source_account": "123456789012"}, False),
        ({"principal_org_id": "o-1"}, False),
        ({"function_url_auth_type": "NONE"}, True),
    ],
)
def test_wildcard_principal_may_invoke_a_function(narrow: JSON, everybody: bool) -> None:
    finding = only_finding(reviewed(created(PERMISSION, **INVOKE, principal="*", **narrow)))
    assert (finding.kind == "exposure", finding.needs_human) == (everybody, everybody)


def test_removed_source_of_a_permission_is_a_finding() -> None:
    before = {**INVOKE, "principal": "*", "source_arn": "arn:aws:s3:::b"}
    finding = only_finding(reviewed(resource(PERMISSION, "replace", before, {**INVOKE, "principal": "*"})))
    assert finding.text == (
        "now allows `lambda:InvokeFunction` for `*` (previously: `lambda:InvokeFunction` for `*`"
        " if `aws:SourceArn` `ArnLike` `arn:aws:s3:::b`)"
    )


def test_unknown_source_restricts_a_permission() -> None:
    after = {**INVOKE, "principal": "*"}
    entry = resource(f"module.m.{PERMISSION}", "create", None, after, after_unknown={"source_arn": True})
    assert only_finding(reviewed(entry)).kind == "iam"


def test_unknown_policy_of_a_role_needs_a_human() -> None:
    before = {"role": "r", "policy": policy(NARROW)}
    entry = updated(INLINE, before, {"role": "r"}, after_unknown={"policy": True})
    finding = only_finding(reviewed(entry))
    assert (
        finding.text == "has a `policy` that is known only after apply and cannot be compared (use `--synth`)"
    )
    assert finding.needs_human
    new = resource(f"module.m.{INLINE}", "create", None, {}, after_unknown={"policy": True})
    assert only_finding(reviewed(new)).expected


def test_synth_provides_unknown_policies() -> None:
    before = {"role": "r", "policy": policy(allow("dynamodb:GetItem", TABLE))}
    entry = updated(INLINE, before, {"role": "r"}, after_unknown={"policy": True})
    block = {"policy": policy(allow(["dynamodb:GetItem", "dynamodb:PutItem"], "${aws_dynamodb_table.t.arn}"))}
    report = reviewed(
        entry,
        synth={"terraform": {}, "resource": {"aws_iam_role_policy": {"p": block}}},
        state={"aws_dynamodb_table.t": {"arn": TABLE}},
    )
    expected = f"now allows `dynamodb:PutItem` on `{TABLE}` (previously: `dynamodb:GetItem` on `{TABLE}`)"
    assert only_finding(report).text.startswith(expected.partition(" (previously")[0])


def test_computed_policy_has_no_finding() -> None:
    bucket = resource("aws_s3_bucket.b", "create", None, {"bucket": "b"}, after_unknown={"policy": True})
    assert texts(reviewed(bucket)) == []


@pytest.mark.parametrize("name", ["inline_policy", "x"])
def test_policies_in_blocks_are_compared(name: str) -> None:
    before, after = (
        {name: [{"name": "a", "policy": policy(statement)}]} for statement in (NARROW, allow("s3:*", "*"))
    )
    assert only_finding(reviewed(updated(ROLE, before, after))).needs_human


def test_inline_policy_text_is_compared() -> None:
    entry = updated(
        "aws_ssoadmin_permission_set_inline_policy.p", {}, {"inline_policy": policy(allow("*", "*"))}
    )
    assert only_finding(reviewed(entry)).needs_human


def blocks(*actions: str) -> JSON:
    statement = {"actions": list(actions), "resources": ["*"]}
    return {"data": {"aws_iam_policy_document": {"d": {"statement": statement}}}}


def test_policy_document_data_source_is_compared() -> None:
    finding = only_finding(compared(blocks("s3:GetObject"), blocks("s3:GetObject", "s3:PutObject")))
    assert finding.text.startswith("now allows `s3:PutObject` on `*`")
    assert finding.change.address == "data.aws_iam_policy_document.d"
    assert texts(compared(blocks("a", "b"), blocks("b"))) == []


def test_other_data_sources_are_ignored() -> None:
    entry = resource("data.aws_iam_policy.p", "read", None, {"policy": policy(allow("*", "*"))})
    assert texts(reviewed(entry)) == []


def test_policy_from_an_expression_needs_a_human() -> None:
    def stack(text: str) -> JSON:
        return {"resource": {"aws_iam_role_policy": {"p": {"role": "r", "policy": text}}}}

    assert only_finding(compared(stack(policy(NARROW)), stack("${jsonencode({})}"))).needs_human
    assert texts(compared(stack("${a.b.json}"), stack("${a.b.json}"))) == []


def test_removed_permissions_have_no_findings() -> None:
    entries: list[Any] = [
        deleted(PERMISSION, **INVOKE, principal="*"),
        resource(INLINE, "forget", {"role": "r"}, None),
    ]
    assert texts(reviewed(*entries)) == []
