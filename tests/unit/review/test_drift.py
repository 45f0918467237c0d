from typing import Any

import pytest

from review.report import Report
from tests.unit.review.builders import JSON, deleted, reviewed, updated

ROLE = "aws_iam_role.r"
GROUP = "aws_security_group.g"


def drifted(address: str, before: JSON, after: JSON, **more: Any) -> Report:  # noqa: ANN401 - any JSON
    return reviewed(resource_drift=[updated(address, before, after)], **more)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": None}, {"a": ""}),
        ({"a": None}, {"a": []}),
        ({"a": None}, {"a": {}}),
        ({"a": None}, {"a": 0}),
        ({"a": None}, {"a": False}),
        ({"a": [{"b": None}]}, {"a": [{"b": ""}]}),
        ({"a": {"b": None}}, {"a": {}}),
        ({"a": '{"b": 1, "c": 2}'}, {"a": '{"c":2,"b":1}'}),
        ({"last_modified": "1"}, {"last_modified": "2"}),
        ({}, {"a": None}),
    ],
)
def test_equivalent_values_are_not_drift(before: JSON, after: JSON) -> None:
    assert drifted("aws_x.a", {"id": "a", **before}, {"id": "a", **after}).drift == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"a": None}, {"a": "x"}),
        ({"a": "x"}, {"a": None}),
        ({"a": True}, {"a": False}),
        ({"a": 5}, {"a": 0}),
        ({"a": ["x"]}, {"a": []}),
        ({"a": '{"b": 1}'}, {"a": '{"b": 2}'}),
        ({"a": "{"}, {"a": "[1]"}),
    ],
)
def test_changed_values_are_drift(before: JSON, after: JSON) -> None:
    (change,) = drifted("aws_x.a", {"id": "a", **before}, {"id": "a", **after}).drift
    assert [difference.name for difference in change.differences] == ["a"]


def test_drift_contains_only_relevant_differences() -> None:
    before = {"memory_size": 128, "last_modified": "1", "layers": None}
    after = {"memory_size": 256, "last_modified": "2", "layers": []}
    (change,) = drifted("aws_lambda_function.f", before, after).drift
    assert [difference.name for difference in change.differences] == ["memory_size"]


def test_destroyed_resource_is_drift() -> None:
    report = reviewed(resource_drift=[deleted("aws_sns_topic.t", name="t")])
    assert [change.action for change in report.drift] == ["delete"]
    assert report.needs_human


ATTACHED = {"aws_iam_role_policy_attachment.a": {"role": "r", "policy_arn": "arn:a"}}


def test_reflected_attachment_is_not_drift() -> None:
    before, after = {"name": "r", "managed_policy_arns": []}, {"name": "r", "managed_policy_arns": ["arn:a"]}
    assert drifted(ROLE, before, after, state=ATTACHED).drift == ()
    assert len(drifted(ROLE, before, after).drift) == 1


def test_policy_attached_outside_terraform_is_drift() -> None:
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    before = {"name": "r", "managed_policy_arns": ["arn:a"]}
    for was in (before, {"name": "r", "managed_policy_arns": []}):
        report = drifted(ROLE, was, {"name": "r", "managed_policy_arns": ["arn:a", admin]}, state=ATTACHED)
        assert report.needs_human
        assert any(admin in finding.text for finding in report.drift_findings)
    instead = drifted(ROLE, {"name": "r"}, {"name": "r", "managed_policy_arns": [admin]}, state=ATTACHED)
    assert instead.needs_human


def test_policy_detached_outside_terraform_is_drift() -> None:
    before, after = {"name": "r", "managed_policy_arns": ["arn:a"]}, {"name": "r", "managed_policy_arns": []}
    assert len(drifted(ROLE, before, after, state=ATTACHED).drift) == 1


def test_inline_policy_added_outside_terraform_is_drift() -> None:
    ours = {
        "name": "p",
        "policy": '{"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "a"}]}',
    }
    theirs = {"name": "q", "policy": '{"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'}
    state = {"aws_iam_role_policy.p": {"id": "r:p", "role": "r", **ours}}
    rewritten = {**ours, "policy": ours["policy"].replace(" ", "")}
    before = {"name": "r", "inline_policy": []}
    assert drifted(ROLE, before, {"name": "r", "inline_policy": [rewritten]}, state=state).drift == ()
    for drifted_rules in ([theirs], [ours, theirs], [{**theirs, "name": "p"}]):
        report = drifted(ROLE, before, {"name": "r", "inline_policy": drifted_rules}, state=state)
        assert report.needs_human


def rule(port: int, *networks: str) -> JSON:
    return {
        "from_port": port,
        "to_port": port,
        "protocol": "tcp",
        "cidr_blocks": list(networks),
        "description": "",
        "self": False,
        "security_groups": [],
    }


RULES: dict[str, JSON] = {
    "aws_vpc_security_group_ingress_rule.a": {
        "security_group_id": "sg-1",
        "from_port": 443,
        "to_port": 443,
        "ip_protocol": "tcp",
        "cidr_ipv4": "10.0.0.0/8",
        "description": None,
    },
    "aws_vpc_security_group_ingress_rule.b": {
        "security_group_id": "sg-1",
        "from_port": 80,
        "to_port": 80,
        "ip_protocol": "tcp",
        "cidr_ipv4": "0.0.0.0/0",
        "description": None,
    },
}


@pytest.mark.parametrize(
    ("drifted_rules", "drift"),
    [
        ([rule(443, "10.0.0.0/8")], False),
        ([rule(443, "10.0.0.0/8"), rule(80, "0.0.0.0/0")], False),
        ([rule(443, "10.0.0.0/8", "0.0.0.0/0")], True),
        ([rule(443, "0.0.0.0/0")], True),
        ([rule(22, "0.0.0.0/0")], True),
    ],
)
def test_security_group_rule_added_outside_terraform_is_drift(drifted_rules: list[JSON], drift: bool) -> None:
    before, after = {"id": "sg-1", "ingress": []}, {"id": "sg-1", "ingress": drifted_rules}
    report = drifted(GROUP, before, after, state=RULES)
    assert bool(report.drift) == drift
    assert report.needs_human == drift


def test_reflected_bucket_configuration_is_not_drift() -> None:
    state = {"aws_s3_bucket_versioning.v": {"bucket": "b"}}
    before, after = {"id": "b", "versioning": []}, {"id": "b", "versioning": [{"enabled": True}]}
    assert drifted("module.m.aws_s3_bucket.b[0]", before, after, state=state).drift == ()
    assert len(drifted("aws_s3_bucket.b", before, {**after, "id": "other"}, state=state).drift) == 1


def test_malformed_state_address_is_ignored() -> None:
    assert (
        len(drifted(ROLE, {"name": "r"}, {"name": "r", "inline_policy": [{}, 5]}, state={"odd": {}}).drift)
        == 1
    )
