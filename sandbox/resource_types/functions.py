"""Lambda."""

import uuid
from collections.abc import Mapping

from sandbox.resource_types.kind import Attributes, Call, Context, Kind, Wait

_CODE_HASH = {"source_code_hash": "code_sha256"}


def _code(path: str) -> dict[str, str]:
    """Return where a zip in S3 is named in a call."""
    return {
        "s3_bucket": f"{path}.S3Bucket",
        "s3_key": f"{path}.S3Key",
        "s3_object_version": f"{path}.S3ObjectVersion",
    }


def _statement_id(attributes: Attributes, _: Context) -> Attributes:
    """Give a permission the id that Terraform gives it when the configuration names none."""
    return {"statement_id": f"terraform-{uuid.uuid4().hex}"} | attributes


KINDS: Mapping[str, Kind] = {
    "aws_lambda_function": Kind(
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
                takes=("reserved_concurrent_executions",),
                keys={"FunctionName": "function_name"},
            ),
        ),
        composed={
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
        wait=Wait("function_active_v2", {"FunctionName": "function_name"}),
        caveat="functions: run on this machine's interpreter and processor, without a VPC; metrics of direct"
        " invocations alone",
    ),
    "aws_lambda_layer_version": Kind(
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
    "aws_lambda_permission": Kind(
        "lambda",
        Call("AddPermission", reshape=_statement_id),
    ),
    "aws_lambda_function_event_invoke_config": Kind("lambda", Call("PutFunctionEventInvokeConfig")),
}
