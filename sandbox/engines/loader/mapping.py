"""From Terraform's attribute names to an API's parameters, by botocore's model of the operation.

The two mostly differ in spelling (`rest_api_id`, `restApiId`), in number (a repeated block `rule`, a list
`Rules`) and in wrapping (a block is a list of one element; a scalar may be the only member of a structure).
The table of resource types holds every other difference.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import urlencode

from botocore.model import ListShape, MapShape, Shape, StructureShape

from synthesized.stack import JSON

Names: TypeAlias = Mapping[str, str]
"""The model's name by attribute: a dotted path for a nested member, `block.attribute` inside a block."""

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
    """The operation has no parameter for an attribute (`path`), or one of another type."""

    def __init__(self, path: str, value: JSON, reason: str) -> None:
        self.path, self.value, self.reason = path, value, reason
        super().__init__(f"{path}: {reason}, got {value!r}")


def parameters(
    shape: StructureShape, attributes: Mapping[str, JSON], names: Names, path: str = ""
) -> dict[str, Any]:
    """Return the members of `shape` for `attributes`. Nulls are left out.

    Raises:
        UnknownAttributeError: An attribute has no member.
    """
    members: dict[str, Any] = {}
    for attribute, value in attributes.items():
        here = f"{path}{attribute}"
        if value is None:
            continue
        member = names.get(here) or _member(shape, attribute)
        if member is None:
            raise UnknownAttributeError(here, value, f"unknown attribute (not in {shape.name})")
        _put(members, shape, member.split("."), (here, value), names)
    return members


def tag_parameter(shape: StructureShape, tags: Mapping[str, str], tag_type: str) -> dict[str, Any] | None:
    """Return the parameter for tags, in the form that the operation expects; None when it has none.

    `tag_type` is EC2's name of the resource type. Other services need none.
    """
    member = next((name for name in TAG_MEMBERS if name in shape.members), None)
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
    members: dict[str, Any],
    shape: Shape,
    path: list[str],
    attribute: tuple[str, JSON],
    names: Names,
) -> None:
    """Set the member at `path` in `members` to an attribute: its own path and its value."""
    for step in path[:-1]:
        members = members.setdefault(step, {})
        shape = _inner(shape, step)
    members[path[-1]] = _converted(_inner(shape, path[-1]), *attribute, names)


def _inner(shape: Shape, member: str) -> Shape:
    """Return the shape of a member; of a map, the shape of its values."""
    if isinstance(shape, MapShape):
        return shape.value
    assert isinstance(shape, StructureShape)  # noqa: S101 - the table is wrong, not the stack
    return shape.members[member]


def _converted(shape: Shape, path: str, value: JSON, names: Names) -> JSON:
    """Return `value` in the form of `shape`."""
    if isinstance(shape, StructureShape):
        return _structure(shape, path, value, names)
    if isinstance(shape, ListShape):
        return _list(shape, path, value, names)
    if isinstance(shape, MapShape):
        if not isinstance(value, dict):
            raise UnknownAttributeError(path, value, "a map is expected")
        return {key: _converted(shape.value, path, member, names) for key, member in value.items()}
    return _scalar(shape.type_name, path, value)


def _structure(shape: StructureShape, path: str, value: JSON, names: Names) -> JSON:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, dict):
        return parameters(shape, value, names, f"{path}.")
    if list(shape.members) == ["Value"]:
        return {"Value": _converted(shape.members["Value"], path, value, names)}
    raise UnknownAttributeError(path, value, "a single block is expected")


def _list(shape: ListShape, path: str, value: JSON, names: Names) -> JSON:
    if isinstance(value, dict):
        pair = _pair_members(shape)
        if pair:
            return _pairs(value, *pair)
        value = [value]
    if not isinstance(value, list):
        raise UnknownAttributeError(path, value, "a list is expected")
    return [_converted(shape.member, path, element, names) for element in value]


def _scalar(type_name: str, path: str, value: JSON) -> JSON:
    """Return a string, number or boolean. As Terraform does, it converts between them where possible."""
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
    raise UnknownAttributeError(path, value, f"a value of type {type_name} is expected")


def _member(shape: StructureShape, attribute: str) -> str | None:
    """Return the member with the name of an attribute, in the singular or the plural."""
    name = attribute.replace("_", "")
    members = {member.lower(): member for member in shape.members}
    return members.get(name) or members.get(f"{name}s")


def _pair_members(shape: ListShape) -> tuple[str, ...]:
    """Return the two members of a list of names and values (tags, dimensions); () for another list."""
    members = tuple(shape.member.members) if isinstance(shape.member, StructureShape) else ()
    key, value = (*members, "", "")[:2]
    has_names = key.lower().endswith(("key", "name")) and value.lower().endswith("value")
    is_pair = len(members) == 2 and has_names  # noqa: PLR2004 - a pair has two members
    return members if is_pair else ()


def _pairs(values: Mapping[str, str], key_member: str, value_member: str) -> list[dict[str, str]]:
    return [{key_member: key, value_member: value} for key, value in values.items()]
