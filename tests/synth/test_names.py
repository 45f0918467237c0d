"""No settings result in a name over the limit of its service (P4)."""

import pytest

from synthesized.references import Expression, replace
from tests.synthesis import Synthesize
from tests.template import Attributes

LIMITS = {
    "aws_api_gateway_api_key": ("name", 1024),
    "aws_api_gateway_rest_api": ("name", 1024),
    "aws_api_gateway_usage_plan": ("name", 1024),
    "aws_cloudwatch_log_group": ("name", 512),
    "aws_cloudwatch_metric_alarm": ("alarm_name", 255),
    "aws_dynamodb_table": ("name", 255),
    "aws_iam_role": ("name", 64),
    "aws_kms_alias": ("name", 256),
    "aws_lambda_function": ("function_name", 64),
    "aws_lambda_layer_version": ("layer_name", 140),
    "aws_s3_bucket": ("bucket", 63),
    "aws_secretsmanager_secret": ("name", 512),
    "aws_sfn_state_machine": ("name", 80),
    "aws_sns_topic": ("name", 256),
    "aws_sqs_queue": ("name", 80),
    "aws_ssm_parameter": ("name", 2048),
}
"""The attribute of the name, and its maximum length."""


@pytest.mark.parametrize("resource_type", LIMITS)
def test_the_longest_settings_result_in_names_that_aws_accepts(
    synthesize: Synthesize, resource_type: str
) -> None:
    segment = "a" * 32
    stack = synthesize(
        PROJECT=segment,
        ENVIRONMENT_SUFFIX=segment.replace("a", "b"),
        ENVIRONMENT="production",
        FILES_CLIENTS=segment.replace("a", "c"),
        REQUESTS_STATE_MACHINE_TYPE="EXPRESS",
    )
    attribute, limit = LIMITS[resource_type]

    def fits(attributes: Attributes) -> bool:
        return len(replace(attributes[attribute], _account_id)) <= limit

    stack.assert_every(resource_type, fits)


def _account_id(expression: Expression) -> str:
    """Return an account's id for a reference to it. Other expressions are unchanged."""
    reference = expression.reference
    is_account = reference and reference.qualified_type == "data.aws_caller_identity"
    return "0" * 12 if is_account else expression.text
