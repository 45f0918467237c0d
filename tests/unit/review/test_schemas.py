from typing import Any

import pytest

from review.schemas import Widening, widenings

JSON = dict[str, Any]


def compared(before: object, after: object, **definitions: tuple[object, object]) -> list[Widening]:
    """Return the widenings; `definitions` are schemas by name, before and after."""
    documents = (
        {"components": {"schemas": {name: pair[index] for name, pair in definitions.items()}}}
        for index in (0, 1)
    )
    old, new = documents
    return list(widenings(before, after, old, new))


def ref(name: str) -> JSON:
    return {"$ref": f"#/components/schemas/{name}"}


def with_properties(**properties: object) -> JSON:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    ("keyword", "strict", "loose"),
    [
        ("type", "string", None),
        ("type", "string", ["string", "null"]),
        ("type", "integer", "number"),
        ("maxLength", 1, 2),
        ("maxLength", 1, None),
        ("minLength", 2, 1),
        ("maximum", 1, 1.5),
        ("minimum", 1, None),
        ("maxItems", 1, None),
        ("minItems", 1, 0),
        ("maxProperties", 1, 2),
        ("minProperties", 1, None),
        ("uniqueItems", True, False),
        ("pattern", "^a$", None),
        ("format", "date-time", None),
        ("multipleOf", 2, None),
        ("enum", ["a"], ["a", "b"]),
        ("enum", ["a"], None),
        ("enum", [1], [1, True]),
        ("additionalProperties", False, None),
        ("additionalProperties", False, {"type": "string"}),
        ("oneOf", [{"type": "string"}], None),
        ("not", {"type": "string"}, None),
        ("items", [{"type": "string"}], None),
        ("items", {"type": "string"}, [{"type": "string"}]),
        ("patternProperties", {"^a": {"type": "string"}}, None),
        ("const", 1, None),
    ],
)
def test_a_keyword_that_loosens_widens(keyword: str, strict: object, loose: object) -> None:
    before, after = {keyword: strict}, {} if loose is None else {keyword: loose}
    assert compared(before, after) == [Widening("", keyword, strict, loose)]
    assert compared(before, before) == []
    if loose is None:
        assert compared(after, before) == []


@pytest.mark.parametrize(
    ("strict", "loose"),
    [
        ({"type": "string"}, {"type": ["null", "string"]}),
        ({"maxLength": 1}, {"maxLength": 2}),
        ({"enum": ["a"]}, {"enum": ["b", "a"]}),
        ({"additionalProperties": False}, {"additionalProperties": {"type": "string"}}),
        ({"maximum": 1, "exclusiveMaximum": True}, {"maximum": 1}),
        ({"minLength": 0}, {}),
    ],
)
def test_a_keyword_that_tightens_does_not_widen(strict: JSON, loose: JSON) -> None:
    assert compared(loose, strict) == []


def test_a_pattern_that_changes_cannot_be_judged_and_counts_as_wider() -> None:
    assert compared({"pattern": "^a$"}, {"pattern": "^b$"}) == [Widening("", "pattern", "^a$", "^b$")]


def test_an_exclusive_bound_that_becomes_inclusive_widens() -> None:
    before = {"minimum": 0, "exclusiveMinimum": True}
    assert compared(before, {"minimum": 0}) == [Widening("", "exclusiveMinimum", True, None)]
    assert compared(before, {"minimum": 1}) == []


@pytest.mark.parametrize("keyword", ["title", "description", "default", "example", "x-own", "$schema"])
def test_annotations_are_ignored(keyword: str) -> None:
    assert compared({keyword: "a"}, {}) == []


def test_a_property_that_is_no_longer_required_is_named() -> None:
    before = {"required": ["id", "title"], **with_properties(id={}, title={})}
    assert compared(before, before | {"required": ["id"]}) == [Widening("title", "required", True, None)]
    assert compared(before | {"required": ["id"]}, before) == []


def test_a_widened_property_is_named_by_its_path() -> None:
    def schema(length: int) -> JSON:
        return with_properties(tags={"type": "array", "items": with_properties(name={"maxLength": length})})

    assert compared(schema(1), schema(2)) == [Widening("tags[].name", "maxLength", 1, 2)]


def test_a_new_property_widens_only_a_closed_object() -> None:
    before, after = with_properties(a={}), with_properties(a={}, b={"type": "string"})
    closed = {"additionalProperties": False}
    assert compared(before | closed, after | closed) == [
        Widening("b", "properties", None, {"type": "string"})
    ]
    assert compared(before, after) == []


def test_a_property_that_goes_widens_only_an_open_object() -> None:
    before, after = with_properties(a={"type": "string"}), with_properties()
    assert compared(before, after) == [Widening("a", "type", "string", None)]
    assert compared(before, after | {"additionalProperties": False}) == []
    assert compared(before, after | {"additionalProperties": {"type": "string"}}) == []


def test_further_properties_are_compared() -> None:
    strict, loose = ({"additionalProperties": {"maxLength": length}} for length in (1, 2))
    assert compared(strict, loose) == [Widening("*", "maxLength", 1, 2)]
    assert compared(loose, strict) == []
    assert compared(strict, with_properties(a={"maxLength": 2}) | strict) == [
        Widening("a", "maxLength", 1, 2)
    ]


@pytest.mark.parametrize("keyword", ["allOf", "anyOf"])
def test_alternatives_are_compared_one_by_one(keyword: str) -> None:
    strict, loose = ({keyword: [{"type": "string"}, {"maxLength": length}]} for length in (1, 2))
    assert compared(strict, loose) == [Widening("", "maxLength", 1, 2)]
    assert compared(loose, strict) == []
    assert [widening.keyword for widening in compared(strict, {keyword: [{"type": "string"}]})] == [keyword]


def test_references_are_followed_in_their_own_document() -> None:
    strict, loose = with_properties(a={"maxLength": 1}), with_properties(a={"maxLength": 2})
    assert compared(ref("A"), ref("A"), A=(strict, loose)) == [Widening("a", "maxLength", 1, 2)]
    assert compared(ref("A"), ref("A"), A=(strict, strict)) == []
    assert compared(ref("A"), strict, A=(strict, None)) == []


def test_recursive_schemas_are_compared() -> None:
    def node(length: int) -> JSON:
        return with_properties(name={"maxLength": length}, next=ref("Node"))

    assert compared(ref("Node"), ref("Node"), Node=(node(1), node(1))) == []
    assert compared(ref("Node"), ref("Node"), Node=(node(1), node(2))) == [
        Widening("name", "maxLength", 1, 2)
    ]
    assert compared(ref("Node"), {"type": "object"}, Node=(node(1), None)) == [
        Widening("name", "maxLength", 1, None),
        Widening("next", "type", "object", None),
        Widening("next.name", "maxLength", 1, None),
    ]


@pytest.mark.parametrize("pointer", ["#/components/schemas/Gone", "https://example.com/a", 1, "#/a/0"])
def test_a_reference_to_nothing_counts_as_wider_if_it_changes(pointer: object) -> None:
    unresolved = {"$ref": pointer}
    assert compared({"type": "string"}, unresolved) == [Widening("", "$ref", {"type": "string"}, unresolved)]
    assert compared(unresolved, unresolved) == []


def test_a_reference_to_itself_ends() -> None:
    assert compared(ref("A"), ref("A"), A=(ref("A"), ref("A"))) == []


@pytest.mark.parametrize("schema", [None, 1, [], "a", True, {"required": 1, "properties": 1, "enum": 1}])
def test_malformed_schemas_are_compared_as_a_whole(schema: object) -> None:
    assert compared(schema, schema) == []
    compared(schema, {"type": "string", "required": ["a"], "properties": {"a": {}}, "enum": ["a"]})
    compared({"type": "string", "required": ["a"], "properties": {"a": {}}, "enum": ["a"]}, schema)
