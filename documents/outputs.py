"""The table of outputs in docs/outputs.md, read from a synthesized stack."""

from documents.markdown import table
from synthesized.references import parse, whole_expression
from synthesized.stack import Output, Stack, path_in_stack

ATTRIBUTES = {
    "arn": "ARN",
    "bucket": "name",
    "function_name": "name",
    "id": "id",
    "invoke_url": "URL",
    "name": "name",
    "url": "URL",
}
"""The nouns for the attributes that outputs refer to."""

TYPES = {
    "aws_api_gateway_stage": "API",
    "aws_cloudwatch_log_group": "log group",
    "aws_dynamodb_table": "DynamoDB table",
    "aws_iam_role": "IAM role",
    "aws_kms_key": "KMS key",
    "aws_lambda_function": "Lambda function",
    "aws_s3_bucket": "S3 bucket",
    "aws_secretsmanager_secret": "secret",
    "aws_sfn_state_machine": "state machine",
    "aws_sqs_queue": "SQS queue",
    "aws_ssm_parameter": "SSM parameter",
    "aws_vpc": "VPC",
}
"""The nouns for the types of resources that outputs refer to."""


def outputs_table(stack: Stack) -> str:
    """Return a table of the outputs in Markdown: name, what the value is, and the construct that it is of.

    Raises:
        KeyError: An output refers to an attribute or a type of resource without a noun here.
    """
    rows = [(f"`{name}`", *_described(stack, output)) for name, output in sorted(stack.outputs.items())]
    return table(("output", "value", "construct"), rows)


def _described(stack: Stack, output: Output) -> tuple[str, str]:
    """Return what the value of an output is, and the path of the construct that it is of."""
    if not isinstance(output.value, str) or not whole_expression(output.value):
        return f"`{output.value}`", ""
    reference = parse(output.value)
    block = stack.blocks[reference.address]
    path = path_in_stack(block.arguments).rpartition("/")[0]
    return f"{ATTRIBUTES[reference.attribute]} of the {TYPES[block.type]}", f"`{path}`"
