"""DynamoDB items: conversion of attribute values, and the item on which a condition failed.

Written here because the SDK's serializer is part of boto3, which handlers do not import (see `clients`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item: TypeAlias = Mapping[str, AttributeValueTypeDef]


def to_attribute(value: object) -> "AttributeValueTypeDef":
    """Return a value as a DynamoDB attribute.

    Args:
        value: A string, integer, boolean or None, or a list or dictionary of such values.

    Raises:
        TypeError: The value has another type.
    """
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case list():
            return {"L": [to_attribute(element) for element in value]}
        case dict():
            return {"M": {name: to_attribute(element) for name, element in value.items()}}
    raise TypeError(f"{type(value).__name__} cannot be stored as a DynamoDB attribute")


def from_attribute(attribute: Mapping[str, Any]) -> Any:  # noqa: ANN401 - any value that `to_attribute` accepts
    """Return the value of a DynamoDB attribute that `to_attribute` created."""
    ((attribute_type, value),) = attribute.items()
    match attribute_type:
        case "NULL":
            return None
        case "N":
            return int(value)
        case "L":
            return [from_attribute(element) for element in value]
        case "M":
            return {name: from_attribute(element) for name, element in value.items()}
    return value


def item_of_failed_condition(error: ClientError) -> "Item":
    """Return the item on which a conditional write failed; empty if there is no such item.

    The call must have set `ReturnValuesOnConditionCheckFailure="ALL_OLD"`.

    Raises:
        ClientError: `error` itself, if it is not a failed condition.
    """
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
    item: Item = error.response.get("Item", {})  # type: ignore[assignment] # the stubs lack it: only this error has it
    return item
