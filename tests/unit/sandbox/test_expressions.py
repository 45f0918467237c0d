import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.engines.loader.expressions import follow, order, references, resolve
from sandbox.errors import LoadError
from synthesized.references import Reference
from synthesized.stack import JSON, Block
from tests.unit.unsupported_expressions import UNSUPPORTED_EXPRESSIONS

KNOWN: dict[str, dict[str, JSON]] = {
    "aws_vpc.main": {"id": "vpc-1", "n": 3, "on": True, "ids": ["a", "b"], "block": [{"x": 7}]},
    "data.aws_region.here": {"region": "us-east-1"},
    "aws_subnet.has-a-dash_1": {"id": "subnet-1"},
}


def lookup(reference: Reference) -> JSON:
    return follow(KNOWN[reference.address][reference.attribute], reference.steps)


def block(address: str, *depends_on: str, **attributes: JSON) -> tuple[str, Block]:
    type_, _, name = address.partition(".")
    return address, Block("resource", type_, name, {**attributes, "depends_on": list(depends_on)})


@pytest.mark.parametrize(
    ("value", "resolved"),
    [
        ("plain", "plain"),
        (None, None),
        (4, 4),
        ("${aws_vpc.main.id}", "vpc-1"),
        ("${ aws_vpc.main.id }", "vpc-1"),
        ("${aws_subnet.has-a-dash_1.id}", "subnet-1"),
        ("${data.aws_region.here.region}a", "us-east-1a"),
        ("${aws_vpc.main.ids}", ["a", "b"]),
        ("${aws_vpc.main.ids[1]}", "b"),
        ("${aws_vpc.main.ids.0}", "a"),
        ("${aws_vpc.main.block[0].x}", 7),
        ("n=${aws_vpc.main.n} on=${aws_vpc.main.on}", "n=3 on=true"),
        ("${aws_vpc.main.id}${aws_vpc.main.n}", "vpc-13"),
        ("$${aws:username} 100%", "${aws:username} 100%"),
        ("$${alone}", "${alone}"),
        ("%%{ if }", "%{ if }"),
        ({"a": ["${aws_vpc.main.id}", {"b": "${aws_vpc.main.n}"}]}, {"a": ["vpc-1", {"b": 3}]}),
    ],
)
def test_references_are_resolved(value: JSON, resolved: JSON) -> None:
    assert resolve(value, lookup, "aws_x.y") == resolved


@pytest.mark.parametrize("expression", UNSUPPORTED_EXPRESSIONS)
@pytest.mark.parametrize("embed", [lambda e: e, lambda e: f"text {e}"])
def test_unsupported_expressions_are_refused_with_their_path(expression: str, embed: JSON) -> None:
    with pytest.raises(LoadError, match=r"^aws_x\.y\.a\[0\]: unknown expression") as raised:
        resolve({"a": [embed(expression)]}, lookup, "aws_x.y")
    assert expression[:5] in str(raised.value)
    with pytest.raises(LoadError, match=r"^aws_x\.y\.a\[0\]: unknown expression"):
        list(references({"a": [embed(expression)]}, "aws_x.y"))


def test_list_inside_a_string_is_refused() -> None:
    with pytest.raises(
        LoadError, match=r"aws_x\.y: .*aws_vpc\.main\.ids.* must be a scalar, got \['a', 'b'\]"
    ):
        resolve("ids: ${aws_vpc.main.ids}", lookup, "aws_x.y")


def test_references_are_found_at_any_depth() -> None:
    value = {
        "a": ["${aws_vpc.main.ids[0]} $${aws_no.reference.x}"],
        "b": {"c": "${data.aws_region.here.region}"},
    }
    assert [reference.address for reference in references(value, "x")] == [
        "aws_vpc.main",
        "data.aws_region.here",
    ]


def test_blocks_are_ordered_by_references_and_depends_on() -> None:
    blocks = dict(
        [
            block("aws_c.c", "aws_b.b"),
            block("aws_b.b", arn="${aws_a.a.arn}"),
            block("aws_a.a"),
        ]
    )
    assert order(blocks) == ["aws_a.a", "aws_b.b", "aws_c.c"]


@given(st.sets(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda pair: pair[0] < pair[1])))
def test_order_respects_every_reference(edges: set[tuple[int, int]]) -> None:
    blocks = dict(
        block(f"aws_x.n{i}", refs=[f"${{aws_x.n{a}.id}}" for a, b in edges if b == i])
        for i in reversed(range(13))
    )
    position = {address: index for index, address in enumerate(order(blocks))}
    assert all(position[f"aws_x.n{a}"] < position[f"aws_x.n{b}"] for a, b in edges)


def test_cycle_is_named() -> None:
    blocks = dict([block("aws_a.a", x="${aws_b.b.id}"), block("aws_b.b", x="${aws_a.a.id}")])
    with pytest.raises(LoadError, match=r"references form a cycle: aws_\w\.\w -> aws_\w\.\w -> aws_\w\.\w"):
        order(blocks)


@pytest.mark.parametrize("arguments", [{"x": "${aws_gone.away.id}"}, {}])
def test_reference_to_missing_block_is_named(arguments: dict[str, JSON]) -> None:
    depends_on = () if arguments else ("aws_gone.away",)
    with pytest.raises(LoadError, match=r"^aws_a\.a: refers to aws_gone\.away, which is not in the stack"):
        order(dict([block("aws_a.a", *depends_on, **arguments)]))


@given(st.text())
def test_text_without_expressions_is_unchanged(text: str) -> None:
    if not any(opening in text for opening in ("${", "%{")):
        assert resolve(text, lookup, "x") == text
