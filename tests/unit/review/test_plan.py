"""Plans as Terraform 1.11 to 1.14 and OpenTofu write them, and malformed plans."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review import planfile
from review.errors import InputError
from review.markdown import markdown
from review.plan import without_instance_keys
from review.report import as_json, review
from tests.unit.review.builders import created, document, only_change, plan, resource, reviewed, updated

JSON = dict[str, Any]


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["create"], "create"),
        (["update"], "update"),
        (["delete"], "delete"),
        (["delete", "create"], "replace"),
        (["create", "delete"], "replace"),
        (["create", "forget"], "replace"),
        (["forget", "create"], "replace"),
        (["forget"], "forget"),
        (["read"], "read"),
    ],
)
def test_actions_map_to_one_word(actions: list[str], action: str) -> None:
    assert only_change(reviewed(resource("aws_x.a", actions, {"a": 1}, {"a": 2}))).action == action


def test_imports_and_moves_are_changes() -> None:
    imported = resource("aws_x.a", "no-op", {"a": 1}, {"a": 1}, importing={"id": "a"})
    moved = resource("aws_x.b", "no-op", {"a": 1}, {"a": 1}, previous_address="aws_x.a")
    both = plan(imported, moved).changes
    assert [(change.action, change.previous_address) for change in both] == [
        ("import", None),
        ("move", "aws_x.a"),
    ]


def test_import_with_changes_is_an_update() -> None:
    assert (
        only_change(reviewed(updated("aws_x.a", {"a": 1}, {"a": 2}, importing={"identity": {}}))).action
        == "update"
    )


def test_deposed_object_is_named_in_the_address() -> None:
    entry = resource("aws_dynamodb_table.a", "delete", {"name": "t"}, None, deposed="byebye12")
    report = reviewed(entry)
    assert only_change(report).address == "aws_dynamodb_table.a (deposed byebye12)"
    assert report.needs_human


def test_deposed_object_is_not_part_of_the_state() -> None:
    known = [
        {"address": "aws_x.a", "values": {"n": "current"}},
        {"address": "aws_x.a", "values": {"n": "old"}, "deposed_key": "1"},
    ]
    read = planfile.read(document(prior_state={"values": {"root_module": {"resources": known}}}), "p", {})
    assert read.state == {"aws_x.a": {"n": "current"}}


def test_nested_modules_are_read() -> None:
    inner = {"resources": [{"address": "module.a.module.b.aws_x.c", "values": {"n": 1}}]}
    tree = {"root_module": {"child_modules": [{"child_modules": [inner]}]}}
    read = planfile.read(document(prior_state={"values": tree}), "p", {})
    assert read.state == {"module.a.module.b.aws_x.c": {"n": 1}}


def test_unknown_attribute_has_its_reference_as_value() -> None:
    expressions = {"role": {"references": ["aws_iam_role.r.id", "aws_iam_role.r"]}, "x": [{}], "y": {}}
    configuration = {"root_module": {"resources": [{"address": "aws_x.a", "expressions": expressions}]}}
    entry = resource("aws_x.a[0]", "create", None, {"n": 1}, after_unknown={"role": True, "id": True})
    read = plan(entry, configuration=configuration)
    assert read.changes[0].after == {"n": 1, "role": "${aws_iam_role.r.id}"}


@pytest.mark.parametrize(
    ("address", "bare"),
    [
        ("aws_x.a[0]", "aws_x.a"),
        ('module.m["a.b"].aws_x.a["c[1]"]', "module.m.aws_x.a"),
        ('aws_x.a["say \\"]\\""]', "aws_x.a"),
    ],
)
def test_instance_keys_are_removed_from_addresses(address: str, bare: str) -> None:
    assert without_instance_keys(address) == bare


def test_failed_plan_needs_a_human() -> None:
    report = reviewed(created("aws_x.a"), errored=True)
    assert report.needs_human
    assert report.verdict.startswith("**Needs a human:** planning failed")
    assert "> Planning failed: " in markdown(report)


def test_incomplete_plans_checks_and_actions_are_noted() -> None:
    notes = reviewed(
        complete=False,
        checks=[
            {"address": {"to_display": 'check.a["`x`"]'}, "status": "fail"},
            {"address": {"to_display": "check.b"}, "status": "pass"},
            {"status": "error"},
        ],
        action_invocations=[
            {"address": "action.aws_lambda_invoke.a", "config_values": {"payload": "hidden"}}
        ],
    ).plan.notes
    assert notes == (
        "The plan is incomplete: after applying it, plan and apply again.",
        "The action `action.aws_lambda_invoke.a` will be invoked.",
        "The check `check.a` fails.",
        "The check `unknown` fails.",
    )


def test_unknown_properties_are_ignored() -> None:
    entry = updated("aws_x.a", {"n": 1}, {"n": 2}, before_identity={"id": 1}, after_identity={"id": 1})
    more = {
        "deferred_changes": [{"reason": "absent_prereq"}],
        "relevant_attributes": [],
        "timestamp": "",
        "applyable": True,
    }
    assert only_change(reviewed(entry | {"mode": "managed", "index": "a"}, **more)).action == "update"


def test_synth_adds_construct_paths_and_unknown_policies() -> None:
    block = {"policy": '{"a": "${aws_x.b.arn} ${aws_x.c.arn}"}', "//": {"metadata": {"path": "s/a"}}}
    entry = resource("aws_y.a", "update", {}, {}, after_unknown={"policy": True})
    state = {"aws_x.b": {"arn": "arn:b"}}
    read = plan(entry, synth={"terraform": {}, "resource": {"aws_y": {"a": block}}}, state=state)
    assert read.changes[0].construct == "s/a"
    assert read.synthesized_value("aws_y.a[0]", "policy") == '{"a": "arn:b ${aws_x.c.arn}"}'
    assert read.synthesized_value("aws_y.a", "other") is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([], "plan.json: is not a plan; create one with `terraform plan -out=FILE`"),
        ({"version": 4}, "plan.json: is not a plan"),
        ({"format_version": "2.0"}, "plan.json: has an unsupported format: format_version: "),
        ({"format_version": "1.0", "values": {}}, "plan.json: is a state, not a plan"),
        (document({"address": "a"}), "plan.json: has an unsupported format: resource_changes.0.type: "),
        (
            document(resource("aws_x.a", ["burn"], {}, {})),
            "plan.json: unknown actions ('burn',); allowed are no-op, create",
        ),
        (
            document(
                resource("aws_x.a", "update", {}, {}) | {"change": {"actions": ["update"], "before": "x"}}
            ),
            "before",
        ),
    ],
)
def test_invalid_plan_is_rejected_with_one_line(content: object, expected: str) -> None:
    with pytest.raises(InputError) as raised:
        planfile.read(content, "plan.json", {})
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=10,
)
TYPES = [
    "aws_s3_bucket",
    "aws_s3_bucket_policy",
    "aws_security_group",
    "aws_lambda_permission",
    "aws_api_gateway_method",
    "aws_api_gateway_rest_api",
    "aws_route",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_dynamodb_table",
    "aws_vpc_endpoint",
    "aws_wafv2_web_acl",
    "aws_ssm_parameter",
    "aws_iam_policy_document",
    "aws_kinesis_stream",
    "aws_cloudwatch_metric_alarm",
    "aws_lambda_function",
    "aws_lambda_provisioned_concurrency_config",
    "aws_api_gateway_integration",
    "aws_s3_bucket_public_access_block",
]
NAMES = [
    "policy",
    "body",
    "ingress",
    "from_port",
    "cidr_blocks",
    "statement",
    "rule",
    "tags",
    "tags_all",
    "role",
    "bucket",
    "acl",
    "global_secondary_index",
    "read_capacity",
    "subnet_ids",
    "inline_policy",
    "managed_policy_arns",
    "principal",
    "source_arn",
    "environment",
    "retention_in_days",
    "metric_query",
    "route",
    "gateway_id",
    "vpc_endpoint_type",
    "permissions_boundary",
    "server_side_encryption",
    "expiration",
    "days",
]
ATTRIBUTES = st.none() | st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), ANY, max_size=4)
ENTRIES = st.builds(
    lambda kind, name, actions, before, after, rest: {
        "address": f"{kind}.{name}",
        "type": kind,
        "change": {"actions": actions, "before": before, "after": after, **rest},
    },
    st.sampled_from(TYPES),
    st.text(max_size=5),
    st.sampled_from(
        [["create"], ["update"], ["delete"], ["delete", "create"], ["read"], ["no-op"], ["forget"]]
    ),
    ATTRIBUTES,
    ATTRIBUTES,
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("after_unknown", "before_sensitive", "after_sensitive"), ANY)
    ),
)


@given(
    st.fixed_dictionaries(
        {"format_version": st.just("1.2")},
        optional={
            "resource_changes": st.lists(ENTRIES, max_size=3) | ANY,
            "resource_drift": st.lists(ENTRIES, max_size=2) | ANY,
            "output_changes": ANY
            | st.dictionaries(
                st.text(max_size=3), st.fixed_dictionaries({"actions": st.just(["update"]), "after": ANY})
            ),
            "prior_state": ANY,
            "planned_values": ANY,
            "configuration": ANY,
            "checks": ANY,
            "action_invocations": ANY,
        },
    )
)
def test_any_plan_is_reviewed_or_rejected(content: JSON) -> None:
    try:
        report = review(planfile.read(content, "plan.json", {}))
    except InputError:
        return
    assert markdown(report)
    assert as_json(report)
