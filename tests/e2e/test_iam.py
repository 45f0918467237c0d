"""Calls with the functions' roles, and signed calls to an API without API keys."""

from collections.abc import Callable
from functools import partial
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from assurance.loaded_stack import LoadedStack
from sandbox.server.process import Client

Call = Callable[[Client, str], object]
ALLOWED = {
    "get": {"GetItem", "Scan"},
    "post": {"PutItem"},
    "put": {"UpdateItem"},
    "delete": {"DeleteItem"},
}


def _key() -> dict[str, dict[str, str]]:
    return {"id": {"S": str(uuid4())}}


ITEM_CALLS: dict[str, Call] = {
    "GetItem": lambda client, table: client.get_item(TableName=table, Key=_key()),
    "Scan": lambda client, table: client.scan(TableName=table, Limit=1),
    # The condition is never true, so that no invalid item is left in the table.
    "PutItem": lambda client, table: client.put_item(
        TableName=table, Item=_key(), ConditionExpression="attribute_exists(id)"
    ),
    "UpdateItem": lambda client, table: client.update_item(
        TableName=table, Key=_key(), ConditionExpression="attribute_exists(id)"
    ),
    "DeleteItem": lambda client, table: client.delete_item(TableName=table, Key=_key()),
    "DeleteTable": lambda client, table: client.delete_table(TableName=table),
}
DENIED = {"AccessDenied", "AccessDeniedException"}
CONDITION_FAILED = "ConditionalCheckFailedException"


def is_denied(call: Callable[..., object], **parameters: object) -> bool:
    """Whether IAM denies a call.

    Raises:
        ClientError: The call fails for another reason than a denial or an untrue condition.
    """
    try:
        call(**parameters)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in DENIED | {CONDITION_FAILED}:
            raise
        return code in DENIED
    return False


@pytest.mark.parametrize("method", ALLOWED)
def test_role_allows_only_the_calls_of_its_function_on_the_table(stack: LoadedStack, method: str) -> None:
    table = str(stack.loaded.outputs["dynamodb-table-name"])
    client = stack.client("dynamodb", role_arn=stack.role_of(method))
    allowed = {name for name, call in ITEM_CALLS.items() if not is_denied(partial(call, client, table))}
    assert allowed == ALLOWED[method]


@pytest.mark.parametrize("method", ALLOWED)
def test_roles_are_denied_other_resources(stack: LoadedStack, method: str) -> None:
    key = stack.client("kms").describe_key(KeyId="alias/trainr963-e2e-kms-platform-dev")["KeyMetadata"]["Arn"]
    bucket = stack.loaded.outputs["s3-bucket-name"]
    calls: list[Callable[[], object]] = [
        lambda: stack.client("ssm", role_arn=stack.role_of(method)).get_parameter(
            Name=stack.loaded.outputs["api-key-parameter"], WithDecryption=True
        ),
        lambda: stack.client("kms", role_arn=stack.role_of(method)).encrypt(KeyId=key, Plaintext=b"x"),
        lambda: stack.client("s3", role_arn=stack.role_of(method)).get_object(Bucket=bucket, Key="tasks.zip"),
        lambda: stack.client("s3", role_arn=stack.role_of(method)).list_buckets(),
        lambda: stack.client("iam", role_arn=stack.role_of(method)).list_roles(),
        lambda: stack.client("logs", role_arn=stack.role_of(method)).create_log_group(
            logGroupName=f"/aws/lambda/{uuid4()}"
        ),
        lambda: stack.client("lambda", role_arn=stack.role_of(method)).list_functions(),
    ]
    assert all(is_denied(call) for call in calls)


def test_only_the_role_of_get_can_sign_cursors(stack: LoadedStack) -> None:
    alias = "alias/trainr963-e2e-kms-cursors-dev"
    key = stack.client("kms").describe_key(KeyId=alias)["KeyMetadata"]["Arn"]

    def sign(method: str) -> None:
        kms = stack.client("kms", role_arn=stack.role_of(method))
        kms.generate_mac(KeyId=key, MacAlgorithm="HMAC_SHA_256", Message=b"x")

    assert {method for method in ALLOWED if is_denied(partial(sign, method))} == {"post", "put", "delete"}


def test_unsigned_call_of_api_with_iam_authorization_is_rejected(iam_stack: LoadedStack) -> None:
    assert iam_stack.call("GET", "/tasks").status_code == 403


def test_signed_call_needs_permission(iam_stack: LoadedStack) -> None:
    assert iam_stack.signed("GET", "/tasks", iam_stack.session(iam_stack.role_of("get"))).status_code == 403
    api = iam_stack.resource("aws_api_gateway_rest_api", "apigateway-api-dev")
    keys = iam_stack.caller(f"{api['execution_arn']}/*/GET/tasks")
    assert iam_stack.signed("GET", "/tasks", keys).status_code == 200
    assert iam_stack.signed("DELETE", f"/tasks?id={uuid4()}", keys).status_code == 403
