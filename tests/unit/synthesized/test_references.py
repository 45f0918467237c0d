from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from synthesized.references import (
    Expression,
    Reference,
    addresses,
    expressions,
    has_expression,
    is_expression,
    parse,
    references,
    replace,
    replace_in,
    steps,
    whole_expression,
)
from tests.unit.unsupported_expressions import UNSUPPORTED_EXPRESSIONS


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("${aws_vpc.main.id}", Reference("aws_vpc.main", "id")),
        ("${ aws_vpc.main.id }", Reference("aws_vpc.main", "id")),
        ("${aws_subnet.has-a-dash_1.id}", Reference("aws_subnet.has-a-dash_1", "id")),
        ("${data.aws_region.here.region}", Reference("data.aws_region.here", "region")),
        ("${ephemeral.aws_x.y.password}", Reference("ephemeral.aws_x.y", "password")),
        ("${aws_vpc.main.ids[1]}", Reference("aws_vpc.main", "ids", ("1",))),
        ("${aws_vpc.main.ids.0}", Reference("aws_vpc.main", "ids", ("0",))),
        ("${aws_vpc.main.block[0].x}", Reference("aws_vpc.main", "block", ("0", "x"))),
    ],
)
def test_a_reference_is_parsed(text: str, reference: Reference) -> None:
    assert parse(text) == reference
    assert parse(str(reference)) == reference


def test_the_qualified_type_of_a_reference_contains_its_section() -> None:
    assert parse("${aws_vpc.main.id}").qualified_type == "aws_vpc"
    assert parse("${data.aws_region.here.region}").qualified_type == "data.aws_region"


@pytest.mark.parametrize(
    "text", [*UNSUPPORTED_EXPRESSIONS, "", "aws_vpc.main.id", "$${aws_vpc.main.id}", "a ${a_b.c.d}"]
)
def test_a_string_that_is_no_reference_is_rejected(text: str) -> None:
    with pytest.raises(ValueError, match="is no reference"):
        parse(text)


@pytest.mark.parametrize("text", UNSUPPORTED_EXPRESSIONS)
def test_unsupported_expressions_have_no_reference(text: str) -> None:
    first, *_ = expressions(f"before {text}")
    assert first.reference is None
    assert first.rest == text
    assert list(references(text)) == []


def test_references_are_collected_from_any_value() -> None:
    value = {
        "a": ["${aws_vpc.main.ids[0]} $${aws_no.reference.x} ${aws_vpc.main.arn}"],
        "b": {"c": "${data.aws_region.here.region}", "d": 5, "e": None},
    }
    assert addresses(value) == ["aws_vpc.main", "data.aws_region.here"]


def test_a_whole_expression_is_told_from_a_part() -> None:
    assert whole_expression("${a_b.c.d}") == Expression("${a_b.c.d}", "${a_b.c.d}", Reference("a_b.c", "d"))
    assert whole_expression("${f(1)}") == Expression("${f(1)}", "${f(1)}", None)
    assert whole_expression("${a_b.c.d} ") is None
    assert whole_expression("$${a}") is None
    assert whole_expression("${") is None


@pytest.mark.parametrize(
    ("value", "begins", "contains"),
    [
        ("${aws_vpc.main.id}-a", True, True),
        ("a-${aws_vpc.main.id}", False, True),
        ("${jsonencode({})}", True, True),
        ("$${aws:username}", False, False),
        ("plain", False, False),
    ],
)
def test_expressions_are_detected(value: str, begins: bool, contains: bool) -> None:
    assert is_expression(value) is begins
    assert has_expression(value) is contains


@pytest.mark.parametrize("value", [None, 3, ["${a_b.c.d}"]])
def test_only_a_string_is_an_expression(value: object) -> None:
    assert not is_expression(value)


def test_replacing_leaves_escapes_unless_told_otherwise() -> None:
    text = "${a_b.c.d}/$${aws:username}/%%{x}/${f(1)}"

    def upper(expression: Expression) -> str:
        return "X" if expression.reference else expression.text

    assert replace(text, upper) == "X/$${aws:username}/%%{x}/${f(1)}"
    assert replace(text, upper, unescape=True) == "X/${aws:username}/%{x}/${f(1)}"
    assert replace_in({"a": [text, 3, None]}, upper) == {"a": ["X/$${aws:username}/%%{x}/${f(1)}", 3, None]}


@given(st.text())
def test_text_without_expressions_is_unchanged(text: str) -> None:
    if "${" not in text and "%{" not in text:
        assert replace(text, lambda _: "replaced", unescape=True) == text
        assert not has_expression(text)


ANY: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text("${}[].ab_%", max_size=12),
    lambda below: st.lists(below, max_size=2) | st.dictionaries(st.text(max_size=2), below, max_size=2),
)


@given(ANY)
def test_replacing_expressions_by_themselves_changes_nothing(value: Any) -> None:  # noqa: ANN401 - any JSON
    assert replace_in(value, lambda expression: expression.text) == value


def test_steps_of_a_path() -> None:
    assert steps("Groups[0].Id") == ("Groups", "0", "Id")
