"""Calls with each role, not only a reading of its policy; and signed calls to an API without keys."""

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
    # On a condition that never holds, so that nothing strange is left in the table.
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
ALLOWED_BUT_UNMET = "ConditionalCheckFailedException"


def is_denied(call: Callable[..., object], **params: object) -> bool:
    try:
        call(**params)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in DENIED | {ALLOWED_BUT_UNMET}:
            raise
        return code in DENIED
    return False


@pytest.mark.parametrize("method", ALLOWED)
def test_a_role_can_do_on_the_table_what_its_function_calls_and_no_more(
    stack: LoadedStack, method: str
) -> None:
    table = str(stack.loaded.outputs["dynamodb-table-name"])
    client = stack.client("dynamodb", role_arn=stack.role_of(method))
    possible = {name for name, call in ITEM_CALLS.items() if not is_denied(partial(call, client, table))}
    assert possible == ALLOWED[method]


@pytest.mark.parametrize("method", ALLOWED)
def test_no_role_reaches_beyond_its_own_things(stack: LoadedStack, method: str) -> None:
    key = stack.client("kms").describe_key(KeyId="alias/trainr963-e2e-kms-platform-dev")["KeyMetadata"]["Arn"]
    bucket = stack.loaded.outputs["s3-bucket-name"]
    probes: list[Callable[[], object]] = [
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
    assert all(is_denied(probe) for probe in probes)


def test_only_the_reader_signs_cursors(stack: LoadedStack) -> None:
    alias = "alias/trainr963-e2e-kms-cursors-dev"
    key = stack.client("kms").describe_key(KeyId=alias)["KeyMetadata"]["Arn"]

    def sign(method: str) -> None:
        kms = stack.client("kms", role_arn=stack.role_of(method))
        kms.generate_mac(KeyId=key, MacAlgorithm="HMAC_SHA_256", Message=b"x")

    assert {method for method in ALLOWED if is_denied(partial(sign, method))} == {"post", "put", "delete"}


def test_an_unsigned_call_to_an_iam_api_is_refused(iam_stack: LoadedStack) -> None:
    assert iam_stack.call("GET", "/tasks").status_code == 403


def test_a_signed_call_needs_the_permission(iam_stack: LoadedStack) -> None:
    assert iam_stack.signed("GET", "/tasks", iam_stack.session(iam_stack.role_of("get"))).status_code == 403
    api = iam_stack.resource("aws_api_gateway_rest_api", "apigateway-api-dev")
    keys = iam_stack.caller(f"{api['execution_arn']}/*/GET/tasks")
    assert iam_stack.signed("GET", "/tasks", keys).status_code == 200
    assert iam_stack.signed("DELETE", f"/tasks?id={uuid4()}", keys).status_code == 403
