"""Schema comparison against a validator, over all values of a small model."""

from collections.abc import Callable
from itertools import combinations_with_replacement, product
from typing import Any

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from review.schemas import widenings

JSON = dict[str, Any]

SCALARS = [None, True, 0, 1, 3, 1.5, "", "a", "bb", "aaa"]
LISTS = [list(items) for length in range(3) for items in combinations_with_replacement(SCALARS, length)]
ABSENT = object()
OBJECTS = [
    {name: value for name, value in zip("abc", values, strict=True) if value is not ABSENT}
    for values in product([ABSENT, 1, "a", "bb", {"a": 1}], repeat=3)
]
VALUES = [*SCALARS, *LISTS, *OBJECTS, *([value] for value in OBJECTS)]

REFERENCE = {"$ref": "#/components/schemas/Named"}


def keywords(inner: st.SearchStrategy[JSON]) -> dict[str, st.SearchStrategy[Any]]:
    def some(*values: object) -> st.SearchStrategy[list[Any]]:
        return st.lists(st.sampled_from(values), min_size=1, unique_by=repr)

    number = st.integers(0, 3)
    types = ("null", "boolean", "integer", "number", "string", "array", "object")
    properties = st.dictionaries(st.sampled_from("abc"), inner, max_size=2)
    return {
        "type": st.sampled_from(types) | some(*types),
        "enum": some(*SCALARS, {"a": 1}, [1]),
        "pattern": st.sampled_from(["^a", "a$"]),
        "uniqueItems": st.booleans(),
        "required": some(*"abc"),
        "properties": properties,
        "additionalProperties": st.booleans() | inner,
        "patternProperties": st.dictionaries(st.sampled_from(["^a", "b"]), inner, min_size=1, max_size=1),
        "items": inner | st.lists(inner, min_size=1, max_size=2),
        "additionalItems": st.booleans() | inner,
        "allOf": st.lists(inner, min_size=1, max_size=2),
        "anyOf": st.lists(inner, min_size=1, max_size=2),
        "oneOf": st.lists(inner, min_size=1, max_size=2),
        "not": inner,
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), number),
        **dict.fromkeys(("minProperties", "maxProperties", "minimum", "maximum"), number),
        **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), st.booleans()),
    }


def schema_of(inner: st.SearchStrategy[JSON]) -> st.SearchStrategy[JSON]:
    """Return schemas with up to three keywords, and with a bound wherever one has to be there."""
    by_name = keywords(inner)
    picked = st.lists(st.sampled_from(sorted(by_name)), max_size=3, unique=True)
    return picked.flatmap(lambda names: st.fixed_dictionaries({name: by_name[name] for name in names})).map(
        lambda schema: {
            **{limit: 1 for limit in ("minimum", "maximum") if f"exclusive{limit.capitalize()}" in schema},
            **schema,
        }
    )


SCHEMAS = st.recursive(st.just(REFERENCE) | schema_of(st.just({})), schema_of, max_leaves=6)


@st.composite
def changed(draw: st.DrawFn) -> tuple[JSON, JSON]:
    """Return a schema and one that differs from it in one keyword, at the top or in a property."""
    before = draw(SCHEMAS.filter(lambda schema: "$ref" not in schema))
    by_name = keywords(SCHEMAS)
    name = draw(st.sampled_from(sorted(by_name)))
    after = {keyword: value for keyword, value in before.items() if keyword != name}
    if draw(st.booleans()):
        after[name] = draw(by_name[name])
    if "exclusiveMinimum" in after or "exclusiveMaximum" in after:
        after = {"minimum": 1, "maximum": 1, **after}
    if draw(st.booleans()):
        return {"properties": {"a": before}}, {"properties": {"a": after}}
    return before, after


def document(named: JSON) -> JSON:
    return {"components": {"schemas": {"Named": named}}}


def accepting(schema: JSON, named: JSON) -> Callable[[Any], bool]:
    """Return what draft 4 says of a value."""
    validator = jsonschema_rs.Draft4Validator({"allOf": [schema], **document(named)})
    return validator.is_valid


@given(
    st.tuples(SCHEMAS, SCHEMAS) | changed(),
    st.tuples(schema_of(st.just({})), schema_of(st.just({}))) | schema_of(st.just({})).map(lambda s: (s, s)),
)
def test_a_schema_without_widenings_accepts_nothing_new(
    pair: tuple[JSON, JSON], named: tuple[JSON, JSON]
) -> None:
    (before, after), (old, new) = pair, named
    if any(widenings(before, after, document(old), document(new))):
        return
    accepted_before, accepted_after = accepting(before, old), accepting(after, new)
    assert [value for value in VALUES if accepted_after(value) and not accepted_before(value)] == []


@given(SCHEMAS, schema_of(st.just({})))
def test_an_equal_schema_has_no_widenings(schema: JSON, named: JSON) -> None:
    assert list(widenings(schema, schema, document(named), document(named))) == []


LOOSER: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties", "maximum"), lambda value: value + 1),
    **dict.fromkeys(("minLength", "minItems", "minProperties", "minimum"), lambda value: max(0, value - 1)),
    "type": lambda value: sorted({*([value] if isinstance(value, str) else value), "boolean"}),
    "enum": lambda value: [*value, "new"],
    "required": lambda value: value[1:],
    "uniqueItems": lambda _: False,
}


@given(SCHEMAS.filter(lambda schema: bool(LOOSER.keys() & schema.keys())), schema_of(st.just({})), st.data())
def test_a_widened_schema_accepts_a_superset_and_its_opposite_has_no_widenings(
    strict: JSON, named: JSON, data: st.DataObject
) -> None:
    keyword = data.draw(st.sampled_from(sorted(LOOSER.keys() & strict.keys())))
    loose = strict | {keyword: LOOSER[keyword](strict[keyword])}
    if loose[keyword] == []:
        del loose[keyword]  # draft 4 has no empty list of names
    shared = document(named)
    assert list(widenings(loose, strict, shared, shared)) == []
    accepted, accepted_now = accepting(strict, named), accepting(loose, named)
    further = [value for value in VALUES if accepted_now(value) and not accepted(value)]
    assert all(accepted_now(value) for value in VALUES if accepted(value))
    assert not further or any(widenings(strict, loose, shared, shared))
