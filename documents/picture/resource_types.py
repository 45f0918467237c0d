"""How the picture shows each type of resource: drawn, counted, or as a part of a drawn resource."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DrawnType:
    """A type of resource that is drawn.

    Attributes:
        label: The text above the name in its box.
        noun: The noun for counts.
        family: Its colour, by the names in `svg.py`.
        column: Its column in a lane: 0 is called from outside, 1 runs in the VPC, 2 is used.
    """

    label: str
    noun: str
    family: str
    column: int


DRAWN = {
    "aws_api_gateway_rest_api": DrawnType("API Gateway", "API", "entry", 0),
    "aws_lambda_function": DrawnType("Lambda", "function", "compute", 1),
    "aws_sfn_state_machine": DrawnType("Step Functions", "state machine", "compute", 2),
    "aws_dynamodb_table": DrawnType("DynamoDB table", "table", "data", 2),
    "aws_s3_bucket": DrawnType("S3 bucket", "bucket", "data", 2),
    "aws_sqs_queue": DrawnType("SQS queue", "queue", "message", 2),
    "aws_sns_topic": DrawnType("SNS topic", "topic", "message", 2),
    "aws_secretsmanager_secret": DrawnType("Secrets Manager", "secret", "secret", 2),
    "aws_kms_key": DrawnType("KMS key", "key", "secret", 2),
}
NETWORK = {
    *("aws_vpc", "aws_subnet", "aws_internet_gateway", "aws_nat_gateway", "aws_eip", "aws_vpc_endpoint"),
    *("aws_route", "aws_route_table", "aws_route_table_association"),
}
"""Types that `network.py` draws, or derives arrows from."""

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
"""Types that are counted, with their nouns."""
PARTS = {
    *("aws_kms_alias", "aws_sns_topic_policy", "aws_sqs_queue_policy", "aws_secretsmanager_secret_version"),
    *("aws_iam_role_policy", "aws_iam_role_policy_attachment", "aws_appautoscaling_policy"),
    *("aws_lambda_permission", "aws_lambda_function_event_invoke_config", "aws_s3_object"),
    *("aws_default_security_group", "aws_vpc_security_group_egress_rule"),
    *("aws_vpc_security_group_ingress_rule", "aws_s3_bucket_public_access_block"),
    *("aws_s3_bucket_ownership_controls", "aws_s3_bucket_server_side_encryption_configuration"),
    *("aws_s3_bucket_versioning", "aws_s3_bucket_lifecycle_configuration", "aws_s3_bucket_policy"),
    *("aws_s3_bucket_logging", "aws_s3_bucket_notification", "aws_s3_bucket_cors_configuration"),
    *("aws_api_gateway_deployment", "aws_api_gateway_stage", "aws_api_gateway_method_settings"),
    "aws_api_gateway_usage_plan_key",
}
"""Types whose resources are parts of drawn or counted ones; some show in their boxes or arrows."""
