"""Lambda: functions, layers, permissions."""

import uuid
from collections.abc import Mapping

from sandbox.resource_types.resource_type import Attributes, Call, Context, ResourceType, Waiter

_CODE_HASH = {"source_code_hash": "code_sha256"}


def _code(path: str) -> dict[str, str]:
    """Return the names of the attributes that locate a zip in S3, in the structure at `path`."""
    return {
        "s3_bucket": f"{path}.S3Bucket",
        "s3_key": f"{path}.S3Key",
        "s3_object_version": f"{path}.S3ObjectVersion",
    }


def _statement_id(attributes: Attributes, _: Context) -> Attributes:
    """Add a statement id, as Terraform does when the configuration has none."""
    return {"statement_id": f"terraform-{uuid.uuid4().hex}"} | attributes


RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "aws_lambda_function": ResourceType(
        "lambda",
        Call(
            "CreateFunction",
            names=_code("Code"),
            returns={
                "arn": "FunctionArn",
                "id": "FunctionName",
                "version": "Version",
                "code_sha256": "CodeSha256",
            },
        ),
        then=(
            Call(
                "PutFunctionConcurrency",
                attributes=("reserved_concurrent_executions",),
                parameters={"FunctionName": "function_name"},
            ),
        ),
        computed={
            "invoke_arn": "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/"
            "{arn}/invocations",
            "qualified_arn": "{arn}:{version}",
        },
        ignored={
            "replace_security_groups_on_destroy": "how a function is destroyed",
            "replacement_security_group_ids": "how a function is destroyed",
            "skip_destroy": "how a function is destroyed",
        },
        checks=_CODE_HASH,
        waiter=Waiter("function_active_v2", {"FunctionName": "function_name"}),
        limitation="Lambda: functions run on this machine's Python and processor, outside the VPC and without"
        " a memory limit; metrics count direct invocations only",
    ),
    "aws_lambda_layer_version": ResourceType(
        "lambda",
        Call(
            "PublishLayerVersion",
            names=_code("Content"),
            returns={
                "arn": "LayerVersionArn",
                "id": "LayerVersionArn",
                "layer_arn": "LayerArn",
                "version": "Version",
                "code_sha256": "Content.CodeSha256",
            },
        ),
        ignored={"skip_destroy": "how a layer is destroyed"},
        checks=_CODE_HASH,
    ),
    "aws_lambda_permission": ResourceType(
        "lambda",
        Call("AddPermission", transform=_statement_id),
    ),
    "aws_lambda_function_event_invoke_config": ResourceType("lambda", Call("PutFunctionEventInvokeConfig")),
}
