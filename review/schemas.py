"""Compares JSON schemas: what a new one accepts that the old one does not.

Schemas are those of API Gateway's models, draft 4 (https://json-schema.org/draft-04). No library compares
them offline. The keywords of a schema restrict what it accepts independently of each other, except those of
properties and of items, so that a new schema accepts no more if each keyword does not.
"""

import json
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from review.change import JSON, as_list, as_object, value_at

ANNOTATIONS = frozenset(
    {"$schema", "id", "title", "description", "default", "definitions", "deprecated", "discriminator"}
    | {"example", "examples", "externalDocs", "readOnly", "writeOnly", "xml"}
)
"""Keywords that accept and reject nothing; names that begin with `x-` are further ones."""

UPPER_LIMITS = ("maxLength", "maxItems", "maxProperties", "maximum")
LOWER_LIMITS = ("minLength", "minItems", "minProperties", "minimum")
EXCLUSIVE = {"maximum": "exclusiveMaximum", "minimum": "exclusiveMinimum"}
MAX_REFERENCES = 10
"""References to references that are followed."""

COUNTS = frozenset({"minLength", "minItems", "minProperties"})
"""Lower limits of which 0 is the default."""

PROPERTIES = frozenset({"properties", "additionalProperties", "patternProperties"})
COMPARED = frozenset(
    {"type", "required", "enum", "uniqueItems", "allOf", "anyOf", "items", "additionalItems"}
    | {*UPPER_LIMITS, *LOWER_LIMITS, *EXCLUSIVE.values(), *PROPERTIES}
)
"""Keywords whose values are compared. A change of any other one counts as wider."""


class Widening(NamedTuple):
    """A keyword of a schema that accepts more than before.

    Attributes:
        path: Where the schema is: `tags[].name`; empty for the whole one, `*` for properties without a name.
        keyword: The keyword. `required` is that of the property at `path`, and `properties` says that this
            property was not accepted at all.
        before: Its old value; None if there was none.
        after: Its new value; None if there is none.
    """

    path: str
    keyword: str
    before: JSON
    after: JSON


def widenings(before: JSON, after: JSON, before_document: JSON, after_document: JSON) -> Iterator[Widening]:
    """Yield what a schema accepts that the old one does not; nothing if it accepts the same or less.

    What cannot be compared, such as two patterns, counts as wider if it differs.

    Args:
        before: The old schema.
        after: The new schema.
        before_document: The document that the references (`$ref`) in the old schema point into.
        after_document: The same for the new schema.
    """
    yield from _Comparison(before_document, after_document).schemas(before, after, "")


class _Comparison:
    """Compares schemas of two documents.

    Attributes:
        compared: Pairs of schemas that contain the ones that are compared now; a recursive schema ends there.
    """

    def __init__(self, before_document: JSON, after_document: JSON) -> None:
        self._before_document = before_document
        self._after_document = after_document
        self._compared: list[tuple[str, str]] = []

    def schemas(self, before: JSON, after: JSON, path: str) -> Iterator[Widening]:
        pair = (_text(before), _text(after))
        if pair in self._compared:
            return
        self._compared.append(pair)
        old, new = resolve(before, self._before_document), resolve(after, self._after_document)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self._keywords(old, new, path)
        elif pair[0] != pair[1]:
            yield Widening(path, "$ref", before, after)
        self._compared.pop()

    def _keywords(
        self, before: Mapping[str, JSON], after: Mapping[str, JSON], path: str
    ) -> Iterator[Widening]:
        for keyword in sorted(_widened(before, after)):
            yield Widening(path, keyword, before[keyword], after.get(keyword))
        for keyword in sorted(before.keys() - COMPARED - ANNOTATIONS):
            if not keyword.startswith("x-"):
                yield from self._different(keyword, before, after, path)
        for name in as_list(before.get("required")):
            if name not in as_list(after.get("required")):
                yield Widening(_below(path, str(name)), "required", True, None)
        for keyword in ("allOf", "anyOf"):
            yield from self._alternatives(keyword, before, after, path)
        yield from self._items(before, after, path)
        yield from self._properties(before, after, path)

    def _alternatives(self, keyword: str, before: JSON, after: JSON, path: str) -> Iterator[Widening]:
        old, new = before.get(keyword), after.get(keyword)
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            for old_schema, new_schema in zip(old, new, strict=True):
                yield from self.schemas(old_schema, new_schema, path)
        elif old is not None:
            yield from self._different(keyword, before, after, path)

    def _items(self, before: JSON, after: JSON, path: str) -> Iterator[Widening]:
        old, new = before.get("items"), after.get("items", {})
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from self.schemas(old, new, f"{path}[]")
        else:
            for keyword in ("items", "additionalItems"):
                yield from self._different(keyword, before, after, path)

    def _properties(self, before: JSON, after: JSON, path: str) -> Iterator[Widening]:
        if "patternProperties" in before or "patternProperties" in after:
            for keyword in sorted(PROPERTIES):
                yield from self._different(keyword, before, after, path)
            return
        old, new = (as_object(schema.get("properties")) for schema in (before, after))
        old_rest, new_rest = (schema.get("additionalProperties", True) for schema in (before, after))
        for name in old:
            if name in new or new_rest is not False:
                yield from self.schemas(old[name], new.get(name, as_object(new_rest)), _below(path, name))
        for name in new.keys() - old.keys():
            if old_rest is False:
                yield Widening(_below(path, name), "properties", None, new[name])
            else:
                yield from self.schemas(as_object(old_rest), new[name], _below(path, name))
        if old_rest is False and new_rest is not False:
            yield Widening(path, "additionalProperties", False, after.get("additionalProperties"))
        elif new_rest is not False:
            yield from self.schemas(as_object(old_rest), as_object(new_rest), _below(path, "*"))

    def _different(self, keyword: str, before: JSON, after: JSON, path: str) -> Iterator[Widening]:
        """Yield a keyword whose values cannot be compared, if it differs; a new one restricts."""
        if keyword in before:
            old, new = before[keyword], after.get(keyword)
            if _text(_inline(old, self._before_document)) != _text(_inline(new, self._after_document)):
                yield Widening(path, keyword, old, new)


def _widened(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> Iterator[str]:
    """Yield the keywords that accept more, except those that contain schemas or names of properties."""
    types, new_types = _types(before), _types(after)
    if types and not (new_types and new_types <= types):
        yield "type"
    if "enum" in before and not ("enum" in after and _values(after) <= _values(before)):
        yield "enum"
    if before.get("uniqueItems") is True and after.get("uniqueItems") is not True:
        yield "uniqueItems"
    yield from _looser_limits(before, after)


def _types(schema: Mapping[str, JSON]) -> set[str]:
    """Return the types that a schema accepts; none if it accepts all."""
    types = schema.get("type", [])
    names = {str(name) for name in (types if isinstance(types, list) else [types])}
    return names | ({"integer"} if "number" in names else set())


def _values(schema: Mapping[str, JSON]) -> set[str]:
    return {_text(value) for value in as_list(schema["enum"])}


def _looser_limits(before: Mapping[str, JSON], after: Mapping[str, JSON]) -> Iterator[str]:
    """Yield limits that move or go, and those that become inclusive without a move."""
    for limit in (*UPPER_LIMITS, *LOWER_LIMITS):
        if _is_looser(limit, before.get(limit), after.get(limit)):
            yield limit
    for limit, exclusive in EXCLUSIVE.items():
        old, new = before.get(exclusive), after.get(exclusive)
        unmoved = old is not True or before.get(limit) == after.get(limit)
        if old not in (None, False) and unmoved and not _is_same(old, new):
            yield exclusive


def _is_looser(limit: str, before: JSON, after: JSON) -> bool:
    """Return whether an upper limit increases, a lower one decreases, or either goes."""
    if before is None or (limit in COUNTS and before == 0):
        return False
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return not _is_same(before, after)
    return after > before if limit in UPPER_LIMITS else after < before


def resolve(schema: JSON, document: JSON) -> JSON:
    """Return the schema that a reference leads to; None if it leads to none."""
    for _ in range(MAX_REFERENCES):
        if not isinstance(schema, Mapping) or "$ref" not in schema:
            return schema
        root, *steps = str(schema["$ref"]).split("/")
        if root != "#":
            return None
        schema = value_at(document, steps)
    return None


def _inline(value: JSON, document: JSON, within: tuple[str, ...] = ()) -> JSON:
    """Return a value with schemas in place of the references to them, except within themselves."""
    if isinstance(value, Mapping):
        target = resolve(value, document)
        name = str(value.get("$ref", ""))
        if name and target is not None and name not in within:
            return _inline(target, document, (*within, name))
        return {key: _inline(child, document, within) for key, child in value.items()}
    return [_inline(child, document, within) for child in value] if isinstance(value, list) else value


def _is_same(before: JSON, after: JSON) -> bool:
    return _text(before) == _text(after)


def _text(value: JSON) -> str:
    """Return a text that is equal for equal JSON: Python's `True` is equal to 1."""
    return json.dumps(value, sort_keys=True)


def _below(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
