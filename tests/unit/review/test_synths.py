from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review import synths
from review.errors import InputError
from review.markdown import markdown
from review.report import as_json, review
from tests.unit.review.builders import JSON, compared, only_change, only_finding, texts

TABLE = {"name": "t", "hash_key": "id", "attribute": [{"name": "id", "type": "S"}]}


def stack(**kinds: Any) -> JSON:  # noqa: ANN401 - any JSON
    return {"resource": kinds}


def test_equal_stacks_have_no_changes() -> None:
    same = stack(aws_dynamodb_table={"t": TABLE})
    assert markdown(compared(same, same)) == "**No changes.** 1 resource unchanged.\n"


@pytest.mark.parametrize(
    ("one_form", "other"),
    [
        ({"enabled": True}, [{"enabled": True}]),
        ([{"a": {"b": 1}}, {"a": [{"b": 2}]}], [{"a": [{"b": 1}]}, {"a": {"b": 2}}]),
    ],
)
def test_single_block_equals_list_of_one(one_form: object, other: object) -> None:
    base, head = (stack(aws_x={"a": {"block": form}}) for form in (one_form, other))
    assert compared(base, head).plan.changes == ()


def test_added_changed_and_removed_resources() -> None:
    base = stack(aws_x={"gone": {"n": 1}, "kept": {"n": 1, "depends_on": ["a"]}, "changed": {"n": 1}})
    head = stack(aws_x={"new": {"n": 1}, "kept": {"n": 1}, "changed": {"n": 2}})
    assert [(change.address, change.action) for change in compared(base, head).plan.changes] == [
        ("aws_x.changed", "update"),
        ("aws_x.gone", "delete"),
        ("aws_x.new", "create"),
    ]


def test_force_new_attribute_causes_replacement() -> None:
    report = compared(
        stack(aws_dynamodb_table={"t": TABLE}), stack(aws_dynamodb_table={"t": {**TABLE, "hash_key": "pk"}})
    )
    assert (
        only_finding(report).text
        == "is **replaced**, which loses its items; forced by `hash_key`: `id` → `pk`"
    )


def test_different_block_form_causes_no_replacement() -> None:
    index = {"name": "i", "range_key": "r"}
    base, head = (
        stack(aws_dynamodb_table={"t": {**TABLE, "local_secondary_index": form}}) for form in (index, [index])
    )
    assert compared(base, head).plan.changes == ()


@pytest.mark.parametrize("listed", [True, False])
def test_forgotten_and_moved_resources_have_no_findings(listed: bool) -> None:
    removed = {"from": "aws_dynamodb_table.t", "lifecycle": {"destroy": False}}
    moved = {"from": "aws_s3_bucket.old", "to": "aws_s3_bucket.new"}
    base = stack(aws_dynamodb_table={"t": TABLE}, aws_s3_bucket={"old": {"bucket": "b"}})
    head = {
        **stack(aws_s3_bucket={"new": {"bucket": "b"}}),
        "removed": [removed] if listed else removed,
        "moved": [moved] if listed else moved,
    }
    report = compared(base, head)
    assert texts(report) == []
    assert [(change.action, change.previous_address) for change in report.plan.changes] == [
        ("forget", None),
        ("move", "aws_s3_bucket.old"),
    ]


@pytest.mark.parametrize("lifecycle", [{"destroy": True}, {}, [{"destroy": True}]])
def test_removed_block_that_destroys_is_a_finding(lifecycle: object) -> None:
    head = {"removed": [{"from": "aws_dynamodb_table.t", "lifecycle": lifecycle}]}
    assert only_finding(compared(stack(aws_dynamodb_table={"t": TABLE}), head)).needs_human


def test_move_from_remaining_resource_is_a_creation() -> None:
    base = stack(aws_x={"a": {"n": 1}})
    head = {**stack(aws_x={"a": {"n": 2}, "b": {"n": 1}}), "moved": [{"from": "aws_x.a", "to": "aws_x.b"}]}
    changes = [(change.address, change.action) for change in compared(base, head).plan.changes]
    assert changes == [("aws_x.a", "update"), ("aws_x.b", "create")]


def test_empty_resource_is_unchanged() -> None:
    assert compared(stack(aws_x={"a": {}}), stack(aws_x={"a": {}})).plan.changes == ()


def test_sensitive_output_is_hidden_everywhere() -> None:
    head = {
        "output": {"o": {"value": "plain-words", "sensitive": True}},
        **stack(aws_x={"a": {"n": "plain-words"}}),
    }
    base = stack(aws_x={"a": {"n": "other"}})
    assert "plain-words" not in markdown(compared(base, head))


def test_move_from_unknown_address_is_a_creation() -> None:
    head = {**stack(aws_x={"a": {}}), "moved": [{"from": "aws_x.none", "to": "aws_x.a"}]}
    assert only_change(compared({}, head)).action == "create"


def test_changed_provider_is_a_difference() -> None:
    base, head = (stack(aws_x={"a": {"provider": provider}}) for provider in ("aws.a", "aws.b"))
    assert [difference.name for difference in only_change(compared(base, head)).differences] == ["provider"]


def test_data_sources_are_compared() -> None:
    base, head = ({"data": {"aws_x": {"a": {"n": n}}}} for n in (1, 2))
    change = only_change(compared(base, head))
    assert (change.address, change.type, change.action) == ("data.aws_x.a", "aws_x", "read")


@pytest.mark.parametrize("section", ["provider", "terraform", "module", "variable", "locals", "import"])
def test_every_section_is_compared(section: str) -> None:
    base, head = ({section: {"a": {"n": n}}} for n in (1, 2))
    change = only_change(compared(base, head))
    assert (change.type, change.action) == (section, "update")


def test_comments_are_ignored() -> None:
    assert compared({"//": {"metadata": 1}}, {"//": {"metadata": 2}}).plan.changes == ()


def test_outputs_are_compared() -> None:
    base = {"output": {"a": {"value": "1"}, "b": {"value": "secret", "sensitive": True}, "c": {"value": "x"}}}
    head = {"output": {"a": {"value": "2"}, "b": {"value": "other"}, "d": {"value": "y"}}}
    outputs = as_json(compared(base, head))["outputs"]
    assert outputs == [
        {"name": "a", "action": "update", "before": "1", "after": "2"},
        {"name": "b", "action": "update", "before": "(sensitive)", "after": "(sensitive)"},
        {"name": "c", "action": "delete", "before": "x", "after": "none"},
        {"name": "d", "action": "create", "before": "none", "after": "y"},
    ]


def test_construct_path_is_read_from_metadata() -> None:
    block = {"n": 1, "//": {"metadata": {"path": "serverless/a", "uniqueId": "a"}}}
    assert only_change(compared({}, stack(aws_x={"a": block}))).construct == "serverless/a"
    odd = {"n": 1, "//": {"metadata": {"path": 5}}}
    assert only_change(compared({}, stack(aws_x={"a": odd}))).construct is None


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ([], "stack.json: is not a synthesized stack; create one, cdk.tf.json, with `make synth`"),
        ({"format_version": "1.2"}, "is not a synthesized stack"),
        ({"terraform": {}, "resource": []}, "`make synth`: resource: "),
        ({"terraform": {}, "resource": {"aws_x": {"a": 5}}}, "resource.aws_x.a: "),
        ({"terraform": {}, "moved": [{"from": "a"}]}, "moved.0.to: "),
        ({"terraform": {}, "removed": [{"from": 5}]}, "removed.0.from: "),
    ],
)
def test_invalid_stack_is_rejected_with_one_line(content: object, expected: str) -> None:
    with pytest.raises(InputError) as raised:
        synths.parse(content, "stack.json")
    assert expected in str(raised.value)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(max_size=4), below, max_size=2),
    max_leaves=8,
)
BLOCKS = st.dictionaries(
    st.sampled_from(
        ["aws_s3_bucket", "aws_iam_role_policy", "aws_iam_policy_document", "aws_lambda_permission"]
    ),
    st.dictionaries(
        st.text(max_size=3),
        st.dictionaries(
            st.sampled_from(["policy", "statement", "lifecycle", "//", "bucket", "provider"]), ANY, max_size=3
        ),
        max_size=2,
    ),
    max_size=2,
)
STACKS: st.SearchStrategy[JSON] = st.fixed_dictionaries(
    {"terraform": st.just({})},
    optional={
        "resource": BLOCKS | ANY,
        "data": BLOCKS,
        "output": st.dictionaries(
            st.text(max_size=2), st.dictionaries(st.sampled_from(["value", "sensitive"]), ANY)
        ),
        "provider": ANY,
        "removed": ANY,
        "moved": ANY,
    },
)


@given(STACKS, STACKS)
def test_any_stacks_are_compared_or_rejected(base: JSON, head: JSON) -> None:
    try:
        report = review(synths.compare_stacks(synths.parse(base, "base"), synths.parse(head, "head")))
    except InputError:
        return
    assert markdown(report)
    assert as_json(report)


def test_data_sources_do_not_count_as_unchanged_resources() -> None:
    synth = {"resource": {"aws_x": {"a": {"n": 1}}}, "data": {"aws_caller_identity": {"c": {}}}}
    assert compared(synth, synth).verdict == "**No changes.** 1 resource unchanged."
