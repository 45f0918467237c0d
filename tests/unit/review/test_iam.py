import pytest

from tests.unit.review.builders import (
    JSON,
    allow,
    compared,
    created,
    deleted,
    deny,
    one,
    policy,
    reviewed,
    texts,
    updated,
)

ROLE = "aws_iam_role.r"
INLINE = "aws_iam_role_policy.p"
TABLE = "arn:aws:dynamodb:us-east-1:123456789012:table/t"
NARROW = allow("s3:GetObject", "arn:aws:s3:::b/in/*")


def inline(before: JSON | list[JSON], after: JSON | list[JSON]) -> JSON:
    """A role's policy that changes."""
    old, new = (each if isinstance(each, list) else [each] for each in (before, after))
    return updated(INLINE, {"role": "r", "policy": policy(*old)}, {"role": "r", "policy": policy(*new)})


def test_what_is_new_is_said_and_what_was_before() -> None:
    finding = one(reviewed(inline(NARROW, allow("s3:*", "*"))))
    assert finding.text == "may now do `s3:*` on `*` (before: `s3:GetObject` on `arn:aws:s3:::b/in/*`)"
    assert finding.needs_human


def test_a_statement_that_is_added_is_said_alone() -> None:
    finding = one(reviewed(inline(NARROW, [NARROW, allow("dynamodb:DeleteItem", TABLE)])))
    assert finding.text == f"may now do `dynamodb:DeleteItem` on `{TABLE}`"
    assert not finding.needs_human
    assert not finding.expected


@pytest.mark.parametrize(
    "statement",
    [
        allow("*", TABLE),
        allow("dynamodb:*", TABLE),
        allow("dynamodb:GetItem", "*"),
        allow("sts:AssumeRole", "*"),
        allow("s3:GetObject", "arn:aws:s3:::*"),
        allow("s3:GetObject", "arn:aws:s3:::*/*"),
        allow("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/*"),
        allow("s3:GetObject", "*", Condition={"Bool": {"aws:SecureTransport": "true"}}),
        allow("s3:GetObject", "*", Condition={"StringEquals": {"aws:PrincipalAccount": "123456789012"}}),
        allow("s3:GetObject", "*", Condition={"StringLike": {"s3:prefix": "*"}}),
        allow("s3:GetObject", "*", Condition={"StringEqualsIfExists": {"s3:prefix": "in/"}}),
        allow(["xray:PutTraceSegments", "iam:PassRole"], "*"),
        {"Effect": "Allow", "NotAction": "iam:*", "Resource": TABLE},
        {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::b/*"},
    ],
)
def test_what_is_on_everything_needs_a_human(statement: JSON) -> None:
    assert one(reviewed(inline(NARROW, [NARROW, statement]))).needs_human


@pytest.mark.parametrize(
    "statement",
    [
        allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*"),
        allow("cloudwatch:PutMetricData", "*"),
        allow("s3:ListBucket", "*", Condition={"StringLike": {"s3:prefix": "in/*"}}),
        allow("ec2:RunInstances", "*", Condition={"StringEquals": {"aws:ResourceTag/team": "a"}}),
        allow(
            "kms:Decrypt", "*", Condition={"StringEquals": {"kms:ViaService": "s3.us-east-1.amazonaws.com"}}
        ),
        allow("logs:PutLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/f:*"),
        allow("s3:GetObject", "arn:aws:s3:::b/*"),
    ],
)
def test_what_cannot_be_narrower_does_not(statement: JSON) -> None:
    assert not one(reviewed(inline(NARROW, [NARROW, statement]))).needs_human


def test_a_statement_that_moves_to_another_policy_of_the_role_is_not_new() -> None:
    gone = deleted("aws_iam_role_policy.old", role="r", policy=policy(NARROW))
    made = created("aws_iam_role_policy.new", role="r", policy=policy(NARROW))
    assert texts(reviewed(gone, made)) == []
    other = created("aws_iam_role_policy.new", role="other", policy=policy(NARROW))
    assert len(texts(reviewed(gone, other))) == 1


def test_a_policy_for_a_role_that_was_there_is_not_folded() -> None:
    made = created(INLINE, role="r", policy=policy(NARROW))
    assert not one(reviewed(made)).expected
    unknown = created(INLINE, policy=policy(NARROW)) | {"address": "module.m.aws_iam_role_policy.p"}
    unknown["change"]["after_unknown"] = {"role": True}
    for new in (reviewed(made, created(ROLE, name="r")), reviewed(unknown)):
        assert one(new).expected


def test_a_policy_for_a_role_of_this_stack_is_new_with_it() -> None:
    role = {"aws_iam_role": {"r": {"name": "r"}}}
    grants = {"aws_iam_role_policy": {"p": {"role": "${aws_iam_role.r.name}", "policy": policy(NARROW)}}}
    assert one(compared({}, {"resource": {**role, **grants}})).expected
    assert not one(compared({"resource": role}, {"resource": {**role, **grants}})).expected


@pytest.mark.parametrize(
    ("principal", "more", "kind"),
    [
        ("*", {}, "exposure"),
        ({"AWS": "*"}, {}, "exposure"),
        ({"AWS": "arn:aws:iam::999999999999:root"}, {}, "iam"),
        ({"Service": "events.amazonaws.com"}, {}, "iam"),
        ("*", {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}, "iam"),
    ],
)
def test_who_may_assume_a_role(principal: object, more: JSON, kind: str) -> None:
    before = policy(allow("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}))
    after = policy(allow("sts:AssumeRole", Principal=principal, **more))
    finding = one(reviewed(updated(ROLE, {"assume_role_policy": before}, {"assume_role_policy": after})))
    assert (finding.kind, finding.needs_human) == (kind, kind == "exposure")
    assert finding.text.startswith("now lets `")
    assert "(before: `lambda.amazonaws.com` do `sts:AssumeRole`)" in finding.text


def test_a_condition_that_is_dropped_from_trust_is_said() -> None:
    condition = {"StringEquals": {"sts:ExternalId": "x"}}
    who = {"AWS": "arn:aws:iam::999999999999:root"}
    before = policy(allow("sts:AssumeRole", Principal=who, Condition=condition))
    after = policy(allow("sts:AssumeRole", Principal=who))
    finding = one(reviewed(updated(ROLE, {"assume_role_policy": before}, {"assume_role_policy": after})))
    assert "where `sts:ExternalId` `StringEquals`" in finding.text.partition("(before:")[2]


def test_all_but_somebody_is_everybody_else() -> None:
    statement = {
        "Effect": "Allow",
        "NotPrincipal": {"AWS": "arn:aws:iam::1:role/x"},
        "Action": "sqs:*",
        "Resource": "*",
    }
    finding = one(reviewed(created("aws_sqs_queue_policy.p", queue_url="q", policy=policy(statement))))
    assert finding.kind == "exposure"
    assert finding.text == "now lets all but `arn:aws:iam::1:role/x` do `sqs:*` on `*`"


@pytest.mark.parametrize(
    "kind", ["aws_sns_topic_policy", "aws_s3_bucket_policy", "aws_ecr_repository_policy"]
)
def test_where_everybody_is_let_in_is_said(kind: str) -> None:
    statement = allow("x:Read", "arn:aws:s3:::b/*", Principal="*")
    finding = one(reviewed(created(f"{kind}.p", policy=policy(statement))))
    assert finding.text == "now lets `*` do `x:Read` on `arn:aws:s3:::b/*`"
    assert (finding.kind, finding.needs_human) == ("exposure", True)


def test_all_of_a_service_for_another_account_needs_a_human() -> None:
    statement = allow("s3:*", "arn:aws:s3:::b/*", Principal={"AWS": "999999999999"})
    assert one(reviewed(created("aws_s3_bucket_policy.p", policy=policy(statement)))).needs_human


def test_an_account_rules_its_own_key() -> None:
    statement = allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
    finding = one(reviewed(created("aws_kms_key.k", policy=policy(statement))))
    assert finding.expected


def test_endpoints_filter() -> None:
    report = reviewed(created("aws_vpc_endpoint.e", policy=policy(allow("*", "*", Principal="*"))))
    assert not report.needs_human


TLS = deny("s3:*", "*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})


def test_plain_http_that_is_no_longer_denied() -> None:
    before, after = policy(TLS, NARROW), policy(NARROW)
    finding = one(reviewed(updated("aws_s3_bucket_policy.p", {"policy": before}, {"policy": after})))
    assert (finding.kind, finding.needs_human) == ("protection", True)
    assert finding.text.startswith(
        "no longer denies `*` do `s3:*` on `*` where `aws:SecureTransport` `Bool` `false`"
    )


def test_a_denial_that_is_narrowed_says_what_is_left_out() -> None:
    before = policy(deny(["s3:PutObject", "s3:DeleteObject"], "*"))
    after = policy(deny("s3:PutObject", "*"))
    finding = one(reviewed(updated(INLINE, {"role": "r", "policy": before}, {"role": "r", "policy": after})))
    assert finding.text == "no longer denies `s3:DeleteObject` on `*`"
    assert (finding.kind, finding.needs_human) == ("iam", True)


def test_a_denial_that_asks_for_more_says_what_is_still_denied() -> None:
    before = policy(deny("s3:PutObject", "*", Principal="*"))
    after = policy(TLS)
    finding = one(reviewed(updated("aws_s3_bucket_policy.p", {"policy": before}, {"policy": after})))
    assert "(still: `*` do `s3:*` on `*` where" in finding.text


def test_a_denial_that_grows_is_not_said() -> None:
    before, after = deny("logs:CreateLogGroup", "*"), deny("logs:*", "*")
    assert texts(reviewed(inline(before, after))) == []


def test_a_policy_that_goes_with_what_it_is_for_is_not_said() -> None:
    bucket = deleted("aws_s3_bucket.b", id="b", bucket="b")
    gone = deleted("aws_s3_bucket_policy.p", id="b", bucket="b", policy=policy(TLS))
    assert [each.kind for each in reviewed(gone, bucket).findings] == ["stateful"]
    assert one(reviewed(gone)).kind == "protection"


@pytest.mark.parametrize(
    ("arn", "mighty"),
    [
        ("arn:aws:iam::aws:policy/AdministratorAccess", True),
        ("arn:aws:iam::aws:policy/AdministratorAccess-Amplify", True),
        ("arn:aws:iam::aws:policy/PowerUserAccess", True),
        ("arn:aws:iam::aws:policy/ReadOnlyAccess", True),
        ("arn:aws-us-gov:iam::aws:policy/AmazonS3FullAccess", True),
        ("arn:aws:iam::aws:policy/AWSLambda_FullAccess", True),
        ("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole", False),
        ("arn:aws:iam::123456789012:policy/FullAccess", False),
    ],
)
@pytest.mark.parametrize("form", ["attachment", "exclusive", "list"])
def test_managed_policies_that_are_added(arn: str, mighty: bool, form: str) -> None:
    entry = {
        "attachment": created("aws_iam_role_policy_attachment.a", role="r", policy_arn=arn),
        "exclusive": created("aws_iam_policy_attachment.a", roles=["r"], policy_arn=arn),
        "list": updated(ROLE, {"managed_policy_arns": ["x"]}, {"managed_policy_arns": ["x", arn]}),
    }[form]
    finding = one(reviewed(entry))
    assert finding.text == f"may now do what the managed policy `{arn}` allows"
    assert finding.needs_human == mighty
    assert not finding.expected


@pytest.mark.parametrize(
    ("after", "needs_human"),
    [(None, True), ("arn:aws:iam::aws:policy/AdministratorAccess", True), ("arn:x", False)],
)
def test_a_boundary_that_is_taken_away(after: str | None, needs_human: bool) -> None:
    finding = one(reviewed(updated(ROLE, {"permissions_boundary": "arn:b"}, {"permissions_boundary": after})))
    assert finding.text == f"has another permissions boundary: `arn:b` → `{after or 'none'}`"
    assert finding.needs_human == needs_human


def test_no_action_hides_among_others() -> None:
    many = [f"a4b:Do{number:02}" for number in range(19)]
    assert "`iam:PassRole`" in one(reviewed(inline(NARROW, allow([*many, "iam:PassRole"], "arn:r")))).text
    crowd = [f"a4b:Do{number:02}" for number in range(25)]
    assert " and 5 more on `arn:r`" in one(reviewed(inline(NARROW, allow(crowd, "arn:r")))).text
