"""Conversion of DynamoDB items."""

import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from handlers.common.items import from_attribute, item_of_failed_condition, to_attribute

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**37), 10**37) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(values)
def test_attributes_equal_those_of_boto3_and_convert_back(value: object) -> None:
    attribute = to_attribute(value)
    assert attribute == TypeSerializer().serialize(value)
    converted = from_attribute(attribute)
    assert (converted, type(converted)) == (value, type(value))


@pytest.mark.parametrize("value", [1.5, b"x", {1}, object()], ids=["float", "bytes", "set", "object"])
def test_unsupported_type_is_rejected(value: object) -> None:
    with pytest.raises(TypeError, match=f"^{type(value).__name__} cannot be stored as a DynamoDB attribute$"):
        to_attribute([value])


def error(code: str, **members: object) -> ClientError:
    return ClientError({"Error": {"Code": code}, **members}, "PutItem")  # type: ignore[typeddict-item] # the stubs lack Item


def test_item_of_a_failed_condition_is_returned() -> None:
    assert item_of_failed_condition(error("ConditionalCheckFailedException", Item={"id": {"S": "a"}})) == {
        "id": {"S": "a"}
    }
    assert item_of_failed_condition(error("ConditionalCheckFailedException")) == {}
    other = error("ThrottlingException")
    with pytest.raises(ClientError) as caught:
        item_of_failed_condition(other)
    assert caught.value is other
