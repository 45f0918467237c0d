"""From Terraform's attribute names to an API's parameters, by botocore's model of the operation.

The two mostly differ in spelling alone (`rest_api_id`, `restApiId`), in number (a repeated block
`rule`, a list `Rules`) and in wrapping (a block is a list of one; some scalars stand in a structure
of their own). Where they differ in more, a kind's row says so.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlencode

from botocore.model import ListShape, MapShape, Shape, StructureShape

from sandbox.engines.loader.document import JSON

Names: TypeAlias = Mapping[str, str]
"""The member for an attribute (dotted where it lies deeper); `block.attribute` inside a block."""

CONVERSIONS: Mapping[str, Callable[[JSON], JSON]] = {
    "string": str,
    "integer": int,
    "long": int,
    "double": float,
    "float": float,
    "boolean": bool,
}
TAG_MEMBERS = ("TagSpecifications", "Tags", "tags", "Tagging")


class UnknownAttributeError(Exception):
    """The operation has no member for an attribute (`path`), or not of the kind of its value."""

    def __init__(self, path: str, value: JSON, reason: str) -> None:
        self.path, self.value, self.reason = path, value, reason
        super().__init__(f"{path}: {reason}, got {value!r}")


def parameters(
    shape: StructureShape, attributes: Mapping[str, JSON], names: Names, path: str = ""
) -> dict[str, Any]:
    """Return the members of `shape` for `attributes`; nulls are left out.

    Raises:
        UnknownAttributeError: For the first attribute that has no member.
    """
    found: dict[str, Any] = {}
    for attribute, value in attributes.items():
        here = f"{path}{attribute}"
        if value is None:
            continue
        member = names.get(here) or _member(shape, attribute)
        if member is None:
            raise UnknownAttributeError(here, value, f"unknown attribute (not in {shape.name})")
        _put(found, shape, member.split("."), (here, value), names)
    return found


def tag_parameter(shape: StructureShape, tags: Mapping[str, str], tag_type: str) -> dict[str, Any] | None:
    """Return the parameter that carries tags in the form which the operation wants, if it has one.

    `tag_type` is EC2's resource type; other services need none.
    """
    member = next((each for each in TAG_MEMBERS if each in shape.members), None)
    if member is None:
        return None
    target = shape.members[member]
    if member == "TagSpecifications":
        return {member: [{"ResourceType": tag_type, "Tags": _pairs(tags, "Key", "Value")}]}
    if isinstance(target, StructureShape):  # S3's buckets
        return {member: {"TagSet": _pairs(tags, "Key", "Value")}}
    if isinstance(target, ListShape):
        return {member: _pairs(tags, *_pair_members(target))}
    return {member: dict(tags) if isinstance(target, MapShape) else urlencode(tags)}


def _put(
    found: dict[str, Any],
    shape: Shape,
    members: list[str],
    given: tuple[str, JSON],
    names: Names,
) -> None:
    """Set one (possibly deep) member of `found`."""
    for member in members[:-1]:
        found = found.setdefault(member, {})
        shape = _inner(shape, member)
    found[members[-1]] = _converted(_inner(shape, members[-1]), *given, names)


def _inner(shape: Shape, member: str) -> Shape:
    """Return the shape of a member (of a map: that of its values)."""
    if isinstance(shape, MapShape):
        return shape.value
    assert isinstance(shape, StructureShape)  # noqa: S101 - a row's mistake, not the stack's
    return shape.members[member]


def _converted(shape: Shape, path: str, value: JSON, names: Names) -> JSON:
    """Return `value` as `shape` wants it."""
    if isinstance(shape, StructureShape):
        return _structure(shape, path, value, names)
    if isinstance(shape, ListShape):
        return _list(shape, path, value, names)
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            raise UnknownAttributeError(path, value, "wants a map")
        return {key: _converted(shape.value, path, each, names) for key, each in value.items()}
    return _scalar(shape.type_name, path, value)


def _structure(shape: StructureShape, path: str, value: JSON, names: Names) -> JSON:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        return parameters(shape, value, names, f"{path}.")
    if list(shape.members) == ["Value"]:
        return {"Value": _converted(shape.members["Value"], path, value, names)}
    raise UnknownAttributeError(path, value, "wants one block")


def _list(shape: ListShape, path: str, value: JSON, names: Names) -> JSON:
    if isinstance(value, dict):
        pair = _pair_members(shape)
        if pair:
            return _pairs(value, *pair)
        value = [value]
    if not isinstance(value, list):
        raise UnknownAttributeError(path, value, "wants a list")
    return [_converted(shape.member, path, each, names) for each in value]


def _scalar(type_name: str, path: str, value: JSON) -> JSON:
    """Return a text, number or truth value; Terraform takes each for the other where it can."""
    try:
        if type_name == "string" and isinstance(value, bool):
            return str(value).lower()
        if type_name == "boolean" and isinstance(value, str):
            return {"true": True, "false": False}[value]
        if type_name == "blob" and isinstance(value, str | bytes):
            return value
        if not isinstance(value, list | dict):
            return CONVERSIONS[type_name](value)
    except (KeyError, ValueError):
        pass
    raise UnknownAttributeError(path, value, f"wants a value of type {type_name}")


def _member(shape: StructureShape, attribute: str) -> str | None:
    """Return the member that an attribute is spelled like; a block's plural counts."""
    plain = attribute.replace("_", "")
    spelled = {member.lower(): member for member in shape.members}
    return spelled.get(plain) or spelled.get(f"{plain}s")


def _pair_members(shape: ListShape) -> tuple[str, ...]:
    """Return the members of a list of name and value (tags, dimensions); () for another list."""
    members = tuple(shape.member.members) if isinstance(shape.member, StructureShape) else ()
    key, value = (*members, "", "")[:2]
    named = key.lower().endswith(("key", "name")) and value.lower().endswith("value")
    is_pair = len(members) == 2 and named  # noqa: PLR2004 - a pair
    return members if is_pair else ()


def _pairs(values: Mapping[str, str], key: str, value: str) -> list[dict[str, str]]:
    return [{key: name, value: each} for name, each in values.items()]
