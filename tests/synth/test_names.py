"""P4: no name is longer than its service takes, whatever the settings are."""

import re

import pytest

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
"""The attribute that is the name, and how long it may be."""

ACCOUNT = re.compile(r"\$\{data\.aws_caller_identity\.[^}]+\}")


@pytest.mark.parametrize("kind", LIMITS)
def test_the_longest_settings_give_names_that_aws_takes(synthesize: Synthesize, kind: str) -> None:
    part = "a" * 32
    stack = synthesize(
        PROJECT=part,
        ENVIRONMENT_SUFFIX=part.replace("a", "b"),
        ENVIRONMENT="production",
        FILES_CLIENTS=part.replace("a", "c"),
        REQUESTS_STATE_MACHINE_TYPE="EXPRESS",
    )
    attribute, limit = LIMITS[kind]

    def fits(attributes: Attributes) -> bool:
        return len(ACCOUNT.sub("0" * 12, attributes[attribute])) <= limit

    stack.every(kind, fits)
