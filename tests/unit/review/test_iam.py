import pytest

from tests.unit.review.builders import (
    JSON,
    allow,
    compared,
    created,
    deleted,
    deny,
    only_finding,
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
    """Return a change of a policy of a role."""
    old, new = (value if isinstance(value, list) else [value] for value in (before, after))
    return updated(INLINE, {"role": "r", "policy": policy(*old)}, {"role": "r", "policy": policy(*new)})


def test_finding_names_new_and_previous_permissions() -> None:
    finding = only_finding(reviewed(inline(NARROW, allow("s3:*", "*"))))
    assert finding.text == "now allows `s3:*` on `*` (previously: `s3:GetObject` on `arn:aws:s3:::b/in/*`)"
    assert finding.needs_human


def test_unrelated_statements_are_not_part_of_the_finding() -> None:
    finding = only_finding(reviewed(inline(NARROW, [NARROW, allow("dynamodb:DeleteItem", TABLE)])))
    assert finding.text == f"now allows `dynamodb:DeleteItem` on `{TABLE}`"
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
def test_avoidable_wildcard_needs_a_human(statement: JSON) -> None:
    assert only_finding(reviewed(inline(NARROW, [NARROW, statement]))).needs_human


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
def test_necessary_wildcard_needs_no_human(statement: JSON) -> None:
    assert not only_finding(reviewed(inline(NARROW, [NARROW, statement]))).needs_human


def test_statement_moved_within_a_role_is_not_new() -> None:
    deletion = deleted("aws_iam_role_policy.old", role="r", policy=policy(NARROW))
    creation = created("aws_iam_role_policy.new", role="r", policy=policy(NARROW))
    assert texts(reviewed(deletion, creation)) == []
    other = created("aws_iam_role_policy.new", role="other", policy=policy(NARROW))
    assert len(texts(reviewed(deletion, other))) == 1


def test_policy_of_existing_role_is_not_expected() -> None:
    creation = created(INLINE, role="r", policy=policy(NARROW))
    assert not only_finding(reviewed(creation)).expected
    unknown = created(INLINE, policy=policy(NARROW)) | {"address": "module.m.aws_iam_role_policy.p"}
    unknown["change"]["after_unknown"] = {"role": True}
    for new in (reviewed(creation, created(ROLE, name="r")), reviewed(unknown)):
        assert only_finding(new).expected


def test_policy_of_new_role_is_expected_in_synths() -> None:
    role = {"aws_iam_role": {"r": {"name": "r"}}}
    grants = {"aws_iam_role_policy": {"p": {"role": "${aws_iam_role.r.name}", "policy": policy(NARROW)}}}
    assert only_finding(compared({}, {"resource": {**role, **grants}})).expected
    assert not only_finding(compared({"resource": role}, {"resource": {**role, **grants}})).expected


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
def test_new_principal_in_trust_policy(principal: object, more: JSON, kind: str) -> None:
    before = policy(allow("sts:AssumeRole", Principal={"Service": "lambda.amazonaws.com"}))
    after = policy(allow("sts:AssumeRole", Principal=principal, **more))
    finding = only_finding(
        reviewed(updated(ROLE, {"assume_role_policy": before}, {"assume_role_policy": after}))
    )
    assert (finding.kind, finding.needs_human) == (kind, kind == "exposure")
    assert finding.text.startswith("now allows `")
    assert "(previously: `sts:AssumeRole` for `lambda.amazonaws.com`)" in finding.text


def test_condition_removed_from_trust_policy_is_a_finding() -> None:
    condition = {"StringEquals": {"sts:ExternalId": "x"}}
    who = {"AWS": "arn:aws:iam::999999999999:root"}
    before = policy(allow("sts:AssumeRole", Principal=who, Condition=condition))
    after = policy(allow("sts:AssumeRole", Principal=who))
    finding = only_finding(
        reviewed(updated(ROLE, {"assume_role_policy": before}, {"assume_role_policy": after}))
    )
    assert "if `sts:ExternalId` `StringEquals`" in finding.text.partition("(previously:")[2]


def test_not_principal_is_public() -> None:
    statement = {
        "Effect": "Allow",
        "NotPrincipal": {"AWS": "arn:aws:iam::1:role/x"},
        "Action": "sqs:*",
        "Resource": "*",
    }
    finding = only_finding(
        reviewed(created("aws_sqs_queue_policy.p", queue_url="q", policy=policy(statement)))
    )
    assert finding.kind == "exposure"
    assert finding.text == "now allows `sqs:*` on `*` for all except `arn:aws:iam::1:role/x`"


@pytest.mark.parametrize(
    "resource_type", ["aws_sns_topic_policy", "aws_s3_bucket_policy", "aws_ecr_repository_policy"]
)
def test_public_resource_policy_is_exposure(resource_type: str) -> None:
    statement = allow("x:Read", "arn:aws:s3:::b/*", Principal="*")
    finding = only_finding(reviewed(created(f"{resource_type}.p", policy=policy(statement))))
    assert finding.text == "now allows `x:Read` on `arn:aws:s3:::b/*` for `*`"
    assert (finding.kind, finding.needs_human) == ("exposure", True)


def test_wildcard_action_for_other_account_needs_a_human() -> None:
    statement = allow("s3:*", "arn:aws:s3:::b/*", Principal={"AWS": "999999999999"})
    assert only_finding(reviewed(created("aws_s3_bucket_policy.p", policy=policy(statement)))).needs_human


def test_account_root_in_key_policy_is_expected() -> None:
    statement = allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"})
    finding = only_finding(reviewed(created("aws_kms_key.k", policy=policy(statement))))
    assert finding.expected


def test_endpoint_policy_needs_no_human() -> None:
    report = reviewed(created("aws_vpc_endpoint.e", policy=policy(allow("*", "*", Principal="*"))))
    assert not report.needs_human


TLS = deny("s3:*", "*", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})


def test_removed_tls_denial_needs_a_human() -> None:
    before, after = policy(TLS, NARROW), policy(NARROW)
    finding = only_finding(reviewed(updated("aws_s3_bucket_policy.p", {"policy": before}, {"policy": after})))
    assert (finding.kind, finding.needs_human) == ("protection", True)
    assert finding.text.startswith(
        "no longer denies `s3:*` on `*` for `*` if `aws:SecureTransport` `Bool` `false`"
    )


def test_narrowed_denial_names_what_is_no_longer_denied() -> None:
    before = policy(deny(["s3:PutObject", "s3:DeleteObject"], "*"))
    after = policy(deny("s3:PutObject", "*"))
    finding = only_finding(
        reviewed(updated(INLINE, {"role": "r", "policy": before}, {"role": "r", "policy": after}))
    )
    assert finding.text == "no longer denies `s3:DeleteObject` on `*`"
    assert (finding.kind, finding.needs_human) == ("iam", True)


def test_denial_with_new_condition_names_what_is_still_denied() -> None:
    before = policy(deny("s3:PutObject", "*", Principal="*"))
    after = policy(TLS)
    finding = only_finding(reviewed(updated("aws_s3_bucket_policy.p", {"policy": before}, {"policy": after})))
    assert "(still denied: `s3:*` on `*` for `*` if" in finding.text


def test_wider_denial_has_no_findings() -> None:
    before, after = deny("logs:CreateLogGroup", "*"), deny("logs:*", "*")
    assert texts(reviewed(inline(before, after))) == []


def test_policy_destroyed_with_its_bucket_has_no_finding() -> None:
    bucket = deleted("aws_s3_bucket.b", id="b", bucket="b")
    deletion = deleted("aws_s3_bucket_policy.p", id="b", bucket="b", policy=policy(TLS))
    assert [finding.kind for finding in reviewed(deletion, bucket).findings] == ["stateful"]
    assert only_finding(reviewed(deletion)).kind == "protection"


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
def test_attached_managed_policy_is_a_finding(arn: str, mighty: bool, form: str) -> None:
    entry = {
        "attachment": created("aws_iam_role_policy_attachment.a", role="r", policy_arn=arn),
        "exclusive": created("aws_iam_policy_attachment.a", roles=["r"], policy_arn=arn),
        "list": updated(ROLE, {"managed_policy_arns": ["x"]}, {"managed_policy_arns": ["x", arn]}),
    }[form]
    finding = only_finding(reviewed(entry))
    assert finding.text == f"now has the managed policy `{arn}`"
    assert finding.needs_human == mighty
    assert not finding.expected


@pytest.mark.parametrize(
    ("after", "needs_human"),
    [(None, True), ("arn:aws:iam::aws:policy/AdministratorAccess", True), ("arn:x", False)],
)
def test_changed_permissions_boundary_is_a_finding(after: str | None, needs_human: bool) -> None:
    finding = only_finding(
        reviewed(updated(ROLE, {"permissions_boundary": "arn:b"}, {"permissions_boundary": after}))
    )
    assert finding.text == f"changes its permissions boundary: `arn:b` → `{after or 'none'}`"
    assert finding.needs_human == needs_human


def test_long_action_lists_are_shown_up_to_a_limit() -> None:
    many = [f"a4b:Do{number:02}" for number in range(19)]
    assert (
        "`iam:PassRole`"
        in only_finding(reviewed(inline(NARROW, allow([*many, "iam:PassRole"], "arn:r")))).text
    )
    crowd = [f"a4b:Do{number:02}" for number in range(25)]
    assert " and 5 more on `arn:r`" in only_finding(reviewed(inline(NARROW, allow(crowd, "arn:r")))).text
