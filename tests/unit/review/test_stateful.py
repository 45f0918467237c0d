from typing import Any

import pytest

from review.change import Change
from review.findings.stateful import STATEFUL, stateful
from review.redact import Redactor
from tests.unit.review.builders import compared, deleted, one, resource, reviewed, texts, updated

TABLE = "aws_dynamodb_table.t"


@pytest.mark.parametrize("kind", sorted(STATEFUL))
def test_whatever_holds_something_is_said_when_it_goes(kind: str) -> None:
    change = Change(f"{kind}.a", kind, "delete", {"id": "a"}, {})
    (finding,) = stateful((change,), Redactor())
    assert finding.needs_human
    assert finding.text == f"is **destroyed**, and {STATEFUL[kind]} with it"


@pytest.mark.parametrize(
    "address",
    [TABLE, f"{TABLE}[0]", f'{TABLE}["a.b"]', f"module.m.{TABLE}", f'module.m["x"].module.n[1].{TABLE}["y"]'],
)
def test_wherever_it_is(address: str) -> None:
    finding = one(reviewed(deleted(address, name="t")))
    assert (finding.kind, finding.change.address, finding.needs_human) == ("stateful", address, True)


def test_what_forces_a_replacement_is_said() -> None:
    before, after = {"hash_key": "id", "name": "t"}, {"hash_key": "pk", "name": "t"}
    found = one(reviewed(resource(TABLE, "replace", before, after, replace_paths=[["hash_key"]])))
    assert found.text == "is **replaced**, and its items with it; forced by `hash_key`: `id` → `pk`"


def test_what_forces_it_from_within_a_block_is_said() -> None:
    before, after = {"lsi": [{"name": "a"}]}, {"lsi": [{"name": "b"}]}
    found = one(
        reviewed(resource(TABLE, "replace", before, after, replace_paths=[["lsi", 0, "name"], ["other"]]))
    )
    assert found.text.endswith("; forced by `lsi.name`: `a` → `b`; forced by `other`: `none` → `none`")


def test_what_forces_it_and_is_not_known_or_sensitive_is_said_to_be() -> None:
    paths = {"replace_paths": [["a"], ["b"]], "after_unknown": {"a": True}, "before_sensitive": {"b": True}}
    found = one(reviewed(resource(TABLE, "replace", {"a": "1", "b": "x"}, {"b": "y"}, **paths)))
    assert "forced by `a`: `1` → `(known after apply)`; forced by `b`, which is sensitive" in found.text


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("replace_because_tainted", "the last apply left it half made (tainted)"),
        ("replace_by_request", "`-replace` asks for it"),
        ("replace_by_triggers", "`replace_triggered_by` asks for it"),
    ],
)
def test_why_else_it_is_replaced_is_said(reason: str, said: str) -> None:
    assert one(reviewed(resource(TABLE, "replace", {"a": 1}, {"a": 1}, action_reason=reason))).text.endswith(
        said
    )


def test_why_it_is_destroyed_is_said() -> None:
    gone = deleted(TABLE) | {"action_reason": "delete_because_no_resource_config"}
    assert one(reviewed(gone)).text.endswith("; it is no longer in the configuration")


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
def test_what_keeps_its_data_is_not_said(entry: dict[str, Any]) -> None:
    assert texts(reviewed(entry)) == []


def test_a_table_that_was_deleted_by_hand_is_said() -> None:
    report = reviewed(resource_drift=[deleted(TABLE, name="t")])
    assert report.needs_human
    assert "outside Terraform, data, or what others rely on" in report.verdict


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
def test_another_state_or_region_is_said(section: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    assert one(compared({section: before}, {section: after})).needs_human


def test_other_settings_are_not() -> None:
    base = {
        "provider": {"aws": [{"default_tags": [{"tags": {"region": "a"}}]}]},
        "terraform": {"required_version": "1"},
    }
    head = {
        "provider": {"aws": [{"default_tags": [{"tags": {"region": "b"}}]}]},
        "terraform": {"required_version": "2"},
    }
    assert texts(compared(base, head)) == []
