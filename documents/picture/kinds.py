"""What becomes of each type of resource in the picture: drawn, counted, or a part of something drawn."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A type of resource that is drawn.

    Attributes:
        label: What a box of it says above its name.
        noun: What it is counted as.
        family: Its colour.
        column: Where in a lane it is: what is called from outside, what runs in the VPC, what is used.
    """

    label: str
    noun: str
    family: str
    column: int


DRAWN = {
    "aws_api_gateway_rest_api": Kind("API Gateway", "API", "entry", 0),
    "aws_lambda_function": Kind("Lambda", "function", "compute", 1),
    "aws_sfn_state_machine": Kind("Step Functions", "state machine", "compute", 2),
    "aws_dynamodb_table": Kind("DynamoDB table", "table", "data", 2),
    "aws_s3_bucket": Kind("S3 bucket", "bucket", "data", 2),
    "aws_sqs_queue": Kind("SQS queue", "queue", "message", 2),
    "aws_sns_topic": Kind("SNS topic", "topic", "message", 2),
    "aws_secretsmanager_secret": Kind("Secrets Manager", "secret", "secret", 2),
    "aws_kms_key": Kind("KMS key", "key", "secret", 2),
}
NETWORK = {
    *("aws_vpc", "aws_subnet", "aws_internet_gateway", "aws_nat_gateway", "aws_eip", "aws_vpc_endpoint"),
    *("aws_route", "aws_route_table", "aws_route_table_association"),
}
"""What `network.py` draws, or makes arrows of."""

COUNTED = {
    "aws_cloudwatch_metric_alarm": "alarm",
    "aws_cloudwatch_log_group": "log group",
    "aws_iam_role": "role",
    "aws_api_gateway_api_key": "API key",
    "aws_api_gateway_usage_plan": "usage plan",
    "aws_ssm_parameter": "parameter",
    "aws_lambda_layer_version": "layer",
    "aws_security_group": "security group",
    "aws_flow_log": "flow log",
    "aws_appautoscaling_target": "autoscaling target",
    "aws_sns_topic_subscription": "subscription",
}
"""What is counted, and as what."""
PARTS = {
    *("aws_kms_alias", "aws_sns_topic_policy", "aws_sqs_queue_policy", "aws_secretsmanager_secret_version"),
    *("aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_appautoscaling_policy"),
    *("aws_lambda_permission", "aws_lambda_function_event_invoke_config", "aws_s3_object"),
    *("aws_default_security_group", "aws_vpc_security_group_egress_rule"),
    *("aws_vpc_security_group_ingress_rule", "aws_s3_bucket_public_access_block"),
    *("aws_s3_bucket_ownership_controls", "aws_s3_bucket_server_side_encryption_configuration"),
    *("aws_s3_bucket_versioning", "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_policy"),
    *("aws_s3_bucket_logging", "aws_s3_bucket_notification", "aws_s3_bucket_cors_configuration"),
    *("aws_api_gateway_gateway_response", "aws_api_gateway_resource", "aws_api_gateway_request_validator"),
    *("aws_api_gateway_method", "aws_api_gateway_integration", "aws_api_gateway_model"),
    *(
        "aws_api_gateway_method_response",
        "aws_api_gateway_integration_response",
        "aws_api_gateway_deployment",
    ),
    *("aws_api_gateway_stage", "aws_api_gateway_method_settings", "aws_api_gateway_usage_plan_key"),
}
"""What belongs to something drawn or counted, and shows in it or in its arrows if at all."""
