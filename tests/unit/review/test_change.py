from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.change import Change, compare, dotted_path, leaves, value_at
from tests.unit.review.builders import only_change, resource, reviewed, updated

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("xyz"), below, max_size=3),
    max_leaves=8,
)


def differing(before: object, after: object, unknown: object = False) -> list[tuple[str, Any, Any, bool]]:
    return [
        (dotted_path(path), old, new, marked) for path, old, new, marked in compare(before, after, unknown)
    ]


def test_differences_name_the_leaf() -> None:
    before = {"environment": [{"variables": {"A": "1", "B": "2"}}], "memory": 128}
    after = {"environment": [{"variables": {"A": "1", "B": "3"}}], "memory": 256}
    assert differing(before, after) == [
        ("environment.variables.B", "2", "3", False),
        ("memory", 128, 256, False),
    ]


@pytest.mark.parametrize("nothing", [None, "", [], {}, [{"a": None}]])
def test_null_equals_empty(nothing: object) -> None:
    assert differing({"a": None}, {"a": nothing}) == []
    assert differing({"a": nothing}, {}) == []


@pytest.mark.parametrize("value", [0, False])
def test_null_differs_from_zero_and_false(value: object) -> None:
    assert differing({"a": None}, {"a": value}) == [("a", None, value, False)]


def test_common_list_elements_are_ignored() -> None:
    before = {"rule": [{"id": "a"}, {"id": "b"}]}
    after = {"rule": [{"id": "c"}, {"id": "a"}]}
    assert differing(before, after) == [("rule.id", "b", "c", False)]


def test_reordered_list_differs_as_a_whole() -> None:
    assert differing({"layers": ["a", "b"]}, {"layers": ["b", "a"]}) == [
        ("layers", ["a", "b"], ["b", "a"], False)
    ]


def test_unknown_values_are_differences() -> None:
    before = {"arn": "a", "block": [{"key": "x", "size": 1}]}
    after = {"block": [{"size": 2}]}
    assert differing(before, after, {"arn": True, "block": [{"key": True}]}) == [
        ("arn", "a", None, True),
        ("block.key", "x", None, True),
        ("block.size", 1, 2, False),
    ]


def test_unknown_values_in_equal_attributes_are_differences() -> None:
    same = {"block": [{"size": 1, "inner": {"a": "x"}}]}
    assert differing(same, same, {"block": [{"key": True, "inner": {"a": True}}]}) == [
        ("block.key", None, None, True),
        ("block.inner.a", "x", None, True),
    ]


@pytest.mark.parametrize("unknown", [[True], [{"a": True}], {"a": [True]}])
def test_marks_of_another_shape_are_ignored(unknown: object) -> None:
    entry = updated("aws_x.a", {"a": {"b": 1}}, {"a": {"b": 2}}, after_unknown=unknown)
    assert [difference.name for difference in only_change(reviewed(entry)).differences] == ["a.b"]


@given(VALUES, VALUES)
def test_compare_yields_only_differences(before: object, after: object) -> None:
    assert not list(compare(before, before))
    for path, old, new, _ in compare(before, after):
        assert old != new
        assert value_at(before, path) == old or value_at(after, path) == new


@given(VALUES)
def test_leaf_paths_lead_to_the_leaves(value: object) -> None:
    assert all(value_at(value, path) is leaf for path, leaf in leaves(value))


def test_missing_path_has_value_none() -> None:
    assert value_at({"a": [1]}, ("a", 5, "b")) is None


@pytest.mark.parametrize("mark", [True, {"variables": True}, {"variables": {"A": True}}])
def test_marks_on_parents_and_children_make_a_difference_sensitive(mark: object) -> None:
    before, after = {"environment": {"variables": {"A": "1"}}}, {"environment": {"variables": {"A": "2"}}}
    for side in ("before_sensitive", "after_sensitive"):
        changed = only_change(reviewed(updated("aws_x.a", before, after, **{side: {"environment": mark}})))
        assert [difference.sensitive for difference in changed.differences] == [True]


def test_marked_element_makes_all_elements_sensitive() -> None:
    """The mark has the index of the old element, the difference the index of a new one."""
    before = {"setting": [{"value": "12345"}, {"value": "a"}]}
    after = {"setting": [{"value": "a"}, {"value": "b"}]}
    marks = {"setting": [{"value": True}, {}]}
    changed = only_change(reviewed(updated("aws_x.a", before, after, before_sensitive=marks)))
    assert all(difference.sensitive for difference in changed.differences)


def test_tag_update_is_tags_only() -> None:
    changed = only_change(
        reviewed(updated("aws_x.a", {"tags": {"A": "1"}, "n": 1}, {"tags": {"A": "2"}, "n": 1}))
    )
    assert changed.tags_only


@pytest.mark.parametrize("after", [{"tags": {"A": "2"}, "n": 2}, {"tags": {"A": "1"}, "n": None}])
def test_other_updates_are_not_tags_only(after: dict[str, object]) -> None:
    before = {"tags": {"A": "1"}, "n": "" if after["n"] is None else 1}
    assert not only_change(reviewed(updated("aws_x.a", before, after))).tags_only


def test_replacement_is_not_tags_only() -> None:
    changed = only_change(
        reviewed(resource("aws_x.a", "replace", {"tags": {"A": "1"}}, {"tags": {"A": "2"}}))
    )
    assert not changed.tags_only


def test_dotted_path_omits_index_zero() -> None:
    assert dotted_path(("rule", 0, "id")) == "rule.id"
    assert dotted_path(("rule", 1, "id")) == "rule[1].id"


def test_values_before_and_after_are_read_by_path() -> None:
    changed = Change("aws_x.a", "aws_x", "update", {"a": [{"b": 1}]}, {"a": []})
    assert changed.value_before("a", 0, "b") == 1
    assert changed.value_after("a", 0, "b") is None
