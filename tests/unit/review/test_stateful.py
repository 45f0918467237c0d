from typing import Any

import pytest

from review.change import Change
from review.findings.stateful import STATEFUL, stateful_findings
from review.redact import Redactor
from tests.unit.review.builders import compared, deleted, only_finding, resource, reviewed, texts, updated

TABLE = "aws_dynamodb_table.t"


@pytest.mark.parametrize("resource_type", sorted(STATEFUL))
def test_destroyed_stateful_type_is_a_finding(resource_type: str) -> None:
    change = Change(f"{resource_type}.a", resource_type, "delete", {"id": "a"}, {})
    (finding,) = stateful_findings((change,), Redactor())
    assert finding.needs_human
    assert finding.text == f"is **destroyed**, which loses {STATEFUL[resource_type]}"


@pytest.mark.parametrize(
    "address",
    [TABLE, f"{TABLE}[0]", f'{TABLE}["a.b"]', f"module.m.{TABLE}", f'module.m["x"].module.n[1].{TABLE}["y"]'],
)
def test_stateful_resource_is_found_in_modules_and_instances(address: str) -> None:
    finding = only_finding(reviewed(deleted(address, name="t")))
    assert (finding.kind, finding.change.address, finding.needs_human) == ("stateful", address, True)


def test_finding_names_the_attribute_that_forces_replacement() -> None:
    before, after = {"hash_key": "id", "name": "t"}, {"hash_key": "pk", "name": "t"}
    finding = only_finding(reviewed(resource(TABLE, "replace", before, after, replace_paths=[["hash_key"]])))
    assert finding.text == "is **replaced**, which loses its items; forced by `hash_key`: `id` → `pk`"


def test_finding_names_the_nested_attribute_that_forces_replacement() -> None:
    before, after = {"lsi": [{"name": "a"}]}, {"lsi": [{"name": "b"}]}
    finding = only_finding(
        reviewed(resource(TABLE, "replace", before, after, replace_paths=[["lsi", 0, "name"], ["other"]]))
    )
    assert finding.text.endswith("; forced by `lsi.name`: `a` → `b`; forced by `other`: `none` → `none`")


def test_unknown_and_sensitive_forcing_attributes_are_marked() -> None:
    paths = {"replace_paths": [["a"], ["b"]], "after_unknown": {"a": True}, "before_sensitive": {"b": True}}
    finding = only_finding(reviewed(resource(TABLE, "replace", {"a": "1", "b": "x"}, {"b": "y"}, **paths)))
    assert "forced by `a`: `1` → `(known after apply)`; forced by `b` (sensitive)" in finding.text


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("replace_because_tainted", "it is tainted: its last apply did not complete"),
        ("replace_by_request", "requested by `-replace`"),
        ("replace_by_triggers", "triggered by `replace_triggered_by`"),
    ],
)
def test_finding_explains_the_replacement_reason(reason: str, expected: str) -> None:
    assert only_finding(
        reviewed(resource(TABLE, "replace", {"a": 1}, {"a": 1}, action_reason=reason))
    ).text.endswith(expected)


def test_finding_explains_the_destroy_reason() -> None:
    entry = deleted(TABLE) | {"action_reason": "delete_because_no_resource_config"}
    assert only_finding(reviewed(entry)).text.endswith("; it is no longer in the configuration")


@pytest.mark.parametrize(
    "entry",
    [
        resource(TABLE, "forget", {"name": "t"}, None),
        resource(TABLE, ["create", "forget"], {"name": "t"}, {"name": "t2"}),
        resource(TABLE, "no-op", {"a": 1}, {"a": 1}, previous_address="aws_dynamodb_table.old"),
        resource(TABLE, "no-op", {"a": 1}, {"a": 1}, importing={"id": "t"}),
        updated(TABLE, {"tags": {}}, {"tags": {"a": "b"}}),
        deleted("aws_cloudwatch_log_group.g", skip_destroy=True),
        deleted("aws_lambda_function.f"),
        resource("data.aws_dynamodb_table.t", "read", None, {}),
    ],
)
def test_changes_that_retain_data_have_no_findings(entry: dict[str, Any]) -> None:
    assert texts(reviewed(entry)) == []


def test_table_deleted_outside_terraform_needs_a_human() -> None:
    report = reviewed(resource_drift=[deleted(TABLE, name="t")])
    assert report.needs_human
    assert "outside Terraform, stateful resources are at risk" in report.verdict


@pytest.mark.parametrize(
    ("section", "before", "after"),
    [
        ("terraform", {"backend": {"s3": {"key": "a"}}}, {"backend": {"s3": {"key": "b"}}}),
        ("provider", {"aws": [{"region": "eu-west-1"}]}, {"aws": [{"region": "us-east-1"}]}),
        (
            "provider",
            {"aws": {"assume_role": {"role_arn": "a"}}},
            {"aws": {"assume_role": {"role_arn": "b"}}},
        ),
    ],
)
def test_changed_backend_or_region_needs_a_human(
    section: str, before: dict[str, Any], after: dict[str, Any]
) -> None:
    assert only_finding(compared({section: before}, {section: after})).needs_human


def test_other_settings_have_no_findings() -> None:
    base = {
        "provider": {"aws": [{"default_tags": [{"tags": {"region": "a"}}]}]},
        "terraform": {"required_version": "1"},
    }
    head = {
        "provider": {"aws": [{"default_tags": [{"tags": {"region": "b"}}]}]},
        "terraform": {"required_version": "2"},
    }
    assert texts(compared(base, head)) == []
