"""Items of DynamoDB: values as its attributes, and the item that a condition failed on.

A few lines of our own, because the serializer of the SDK is in boto3 (see `clients`).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

    Item: TypeAlias = Mapping[str, AttributeValueTypeDef]


def attribute(value: object) -> "AttributeValueTypeDef":
    """Return a value as a DynamoDB attribute: text, whole numbers, truth, None, and lists and maps of them.

    Raises:
        TypeError: It is another.
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
            return {"L": [attribute(each) for each in value]}
        case dict():
            return {"M": {name: attribute(each) for name, each in value.items()}}
    raise TypeError(f"{type(value).__name__} is no attribute")


def value_of(held: Mapping[str, Any]) -> Any:  # noqa: ANN401 - whatever `attribute` was given
    """Return the value that `attribute` made an attribute of."""
    ((kind, value),) = held.items()
    match kind:
        case "NULL":
            return None
        case "N":
            return int(value)
        case "L":
            return [value_of(each) for each in value]
        case "M":
            return {name: value_of(each) for name, each in value.items()}
    return value


def old_item(error: ClientError) -> "Item":
    """Return the item on which a condition failed, empty where there is none; raise any other error.

    The call has to ask for it: `ReturnValuesOnConditionCheckFailure="ALL_OLD"`.
    """
    if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
        raise error
    item: Item = error.response.get("Item", {})  # type: ignore[assignment] # in no stub: for this error alone
    return item
