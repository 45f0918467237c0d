from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review.change import Change, at, compare, dotted, leaves
from tests.unit.review.builders import only, resource, reviewed, updated

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "a", "b"]),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from("xyz"), below, max_size=3),
    max_leaves=8,
)


def differing(before: object, after: object, unknown: object = False) -> list[tuple[str, Any, Any, bool]]:
    return [(dotted(path), old, new, marked) for path, old, new, marked in compare(before, after, unknown)]


def test_what_differs_is_named_to_the_leaf() -> None:
    before = {"environment": [{"variables": {"A": "1", "B": "2"}}], "memory": 128}
    after = {"environment": [{"variables": {"A": "1", "B": "3"}}], "memory": 256}
    assert differing(before, after) == [
        ("environment.variables.B", "2", "3", False),
        ("memory", 128, 256, False),
    ]


@pytest.mark.parametrize("nothing", [None, "", [], {}, [{"a": None}]])
def test_null_against_empty_is_no_difference(nothing: object) -> None:
    assert differing({"a": None}, {"a": nothing}) == []
    assert differing({"a": nothing}, {}) == []


@pytest.mark.parametrize("value", [0, False])
def test_zero_and_false_are_values(value: object) -> None:
    assert differing({"a": None}, {"a": value}) == [("a", None, value, False)]


def test_what_both_lists_have_is_left_out() -> None:
    before = {"rule": [{"id": "a"}, {"id": "b"}]}
    after = {"rule": [{"id": "c"}, {"id": "a"}]}
    assert differing(before, after) == [("rule.id", "b", "c", False)]


def test_a_list_that_differs_in_order_alone_differs() -> None:
    assert differing({"layers": ["a", "b"]}, {"layers": ["b", "a"]}) == [
        ("layers", ["a", "b"], ["b", "a"], False)
    ]


def test_what_is_unknown_is_said_where_it_is() -> None:
    before = {"arn": "a", "block": [{"key": "x", "size": 1}]}
    after = {"block": [{"size": 2}]}
    assert differing(before, after, {"arn": True, "block": [{"key": True}]}) == [
        ("arn", "a", None, True),
        ("block.key", "x", None, True),
        ("block.size", 1, 2, False),
    ]


def test_what_is_unknown_within_the_same_is_said() -> None:
    same = {"block": [{"size": 1, "inner": {"a": "x"}}]}
    assert differing(same, same, {"block": [{"key": True, "inner": {"a": True}}]}) == [
        ("block.key", None, None, True),
        ("block.inner.a", "x", None, True),
    ]


@given(VALUES, VALUES)
def test_what_differs_is_what_is_yielded(before: object, after: object) -> None:
    assert not list(compare(before, before))
    for path, old, new, _ in compare(before, after):
        assert old != new
        assert at(before, path) == old or at(after, path) == new


@given(VALUES)
def test_each_leaf_is_where_its_path_leads(value: object) -> None:
    assert all(at(value, path) is leaf for path, leaf in leaves(value))


def test_nothing_is_where_a_path_leads_nowhere() -> None:
    assert at({"a": [1]}, ("a", 5, "b")) is None


@pytest.mark.parametrize("mark", [True, {"variables": True}, {"variables": {"A": True}}])
def test_sensitive_is_what_is_marked_around_or_within(mark: object) -> None:
    before, after = {"environment": {"variables": {"A": "1"}}}, {"environment": {"variables": {"A": "2"}}}
    for side in ("before_sensitive", "after_sensitive"):
        changed = only(reviewed(updated("aws_x.a", before, after, **{side: {"environment": mark}})))
        assert [each.sensitive for each in changed.differences] == [True]


def test_an_element_is_sensitive_wherever_it_stood() -> None:
    """The mark is at the element's place before, the difference at that of another after."""
    before = {"setting": [{"value": "12345"}, {"value": "a"}]}
    after = {"setting": [{"value": "a"}, {"value": "b"}]}
    marks = {"setting": [{"value": True}, {}]}
    changed = only(reviewed(updated("aws_x.a", before, after, before_sensitive=marks)))
    assert all(each.sensitive for each in changed.differences)


def test_tags_alone_are_said_to_be() -> None:
    changed = only(reviewed(updated("aws_x.a", {"tags": {"A": "1"}, "n": 1}, {"tags": {"A": "2"}, "n": 1})))
    assert changed.tags_alone


@pytest.mark.parametrize("after", [{"tags": {"A": "2"}, "n": 2}, {"tags": {"A": "1"}, "n": None}])
def test_other_changes_are_not_said_to_be_of_tags(after: dict[str, object]) -> None:
    before = {"tags": {"A": "1"}, "n": "" if after["n"] is None else 1}
    assert not only(reviewed(updated("aws_x.a", before, after))).tags_alone


def test_what_is_replaced_for_its_tags_is_not_of_tags_alone() -> None:
    changed = only(reviewed(resource("aws_x.a", "replace", {"tags": {"A": "1"}}, {"tags": {"A": "2"}})))
    assert not changed.tags_alone


def test_a_name_leaves_out_the_first_index() -> None:
    assert dotted(("rule", 0, "id")) == "rule.id"
    assert dotted(("rule", 1, "id")) == "rule[1].id"


def test_values_before_and_after_by_path() -> None:
    changed = Change("aws_x.a", "aws_x", "update", {"a": [{"b": 1}]}, {"a": []})
    assert changed.was("a", 0, "b") == 1
    assert changed.becomes("a", 0, "b") is None
