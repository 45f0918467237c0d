"""Where policies stand: in texts, blocks, data sources and permissions, known or not."""

from typing import Any

import pytest

from tests.unit.review.builders import (
    JSON,
    allow,
    compared,
    created,
    deleted,
    one,
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
def test_anybody_may_invoke_a_function(narrow: JSON, everybody: bool) -> None:
    finding = one(reviewed(created(PERMISSION, **INVOKE, principal="*", **narrow)))
    assert (finding.kind == "exposure", finding.needs_human) == (everybody, everybody)


def test_a_source_that_is_dropped_from_a_permission_is_said() -> None:
    before = {**INVOKE, "principal": "*", "source_arn": "arn:aws:s3:::b"}
    finding = one(reviewed(resource(PERMISSION, "replace", before, {**INVOKE, "principal": "*"})))
    assert finding.text == (
        "now lets `*` do `lambda:InvokeFunction` (before: `*` do `lambda:InvokeFunction`"
        " where `aws:SourceArn` `ArnLike` `arn:aws:s3:::b`)"
    )


def test_a_source_that_is_not_known_yet_is_one() -> None:
    after = {**INVOKE, "principal": "*"}
    made = resource(f"module.m.{PERMISSION}", "create", None, after, after_unknown={"source_arn": True})
    assert one(reviewed(made)).kind == "iam"


def test_a_policy_of_a_role_that_cannot_be_compared_needs_a_human() -> None:
    before = {"role": "r", "policy": policy(NARROW)}
    entry = updated(INLINE, before, {"role": "r"}, after_unknown={"policy": True})
    finding = one(reviewed(entry))
    assert (
        finding.text
        == "has a `policy` that is known after the apply: it cannot be compared (`--synth` shows it)"
    )
    assert finding.needs_human
    new = resource(f"module.m.{INLINE}", "create", None, {}, after_unknown={"policy": True})
    assert one(reviewed(new)).expected


def test_a_synth_shows_what_is_not_known_yet() -> None:
    before = {"role": "r", "policy": policy(allow("dynamodb:GetItem", TABLE))}
    entry = updated(INLINE, before, {"role": "r"}, after_unknown={"policy": True})
    block = {"policy": policy(allow(["dynamodb:GetItem", "dynamodb:PutItem"], "${aws_dynamodb_table.t.arn}"))}
    report = reviewed(
        entry,
        synth={"terraform": {}, "resource": {"aws_iam_role_policy": {"p": block}}},
        state={"aws_dynamodb_table.t": {"arn": TABLE}},
    )
    said = f"may now do `dynamodb:PutItem` on `{TABLE}` (before: `dynamodb:GetItem` on `{TABLE}`)"
    assert one(report).text.startswith(said.partition(" (before")[0])


def test_a_policy_that_only_the_provider_computes_is_not_said() -> None:
    bucket = resource("aws_s3_bucket.b", "create", None, {"bucket": "b"}, after_unknown={"policy": True})
    assert texts(reviewed(bucket)) == []


@pytest.mark.parametrize("name", ["inline_policy", "x"])
def test_policies_in_blocks(name: str) -> None:
    before, after = ({name: [{"name": "a", "policy": policy(each)}]} for each in (NARROW, allow("s3:*", "*")))
    assert one(reviewed(updated(ROLE, before, after))).needs_human


def test_an_inline_policy_may_be_a_text() -> None:
    entry = updated(
        "aws_ssoadmin_permission_set_inline_policy.p", {}, {"inline_policy": policy(allow("*", "*"))}
    )
    assert one(reviewed(entry)).needs_human


def blocks(*actions: str) -> JSON:
    statement = {"actions": list(actions), "resources": ["*"]}
    return {"data": {"aws_iam_policy_document": {"d": {"statement": statement}}}}


def test_a_document_of_a_data_source_is_compared() -> None:
    finding = one(compared(blocks("s3:GetObject"), blocks("s3:GetObject", "s3:PutObject")))
    assert finding.text.startswith("may now do `s3:PutObject` on `*`")
    assert finding.change.address == "data.aws_iam_policy_document.d"
    assert texts(compared(blocks("a", "b"), blocks("b"))) == []


def test_another_data_source_is_not() -> None:
    entry = resource("data.aws_iam_policy.p", "read", None, {"policy": policy(allow("*", "*"))})
    assert texts(reviewed(entry)) == []


def test_a_policy_of_an_expression_cannot_be_compared() -> None:
    def stack(text: str) -> JSON:
        return {"resource": {"aws_iam_role_policy": {"p": {"role": "r", "policy": text}}}}

    assert one(compared(stack(policy(NARROW)), stack("${jsonencode({})}"))).needs_human
    assert texts(compared(stack("${a.b.json}"), stack("${a.b.json}"))) == []


def test_a_permission_that_goes_or_is_forgotten_gives_nothing() -> None:
    gone: list[Any] = [
        deleted(PERMISSION, **INVOKE, principal="*"),
        resource(INLINE, "forget", {"role": "r"}, None),
    ]
    assert texts(reviewed(*gone)) == []
