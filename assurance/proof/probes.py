"""Calls that roles must not be allowed to make, by resource type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SERVICES = {"states": "stepfunctions"}
"""The SDK's names of services, by IAM prefix, where the two differ."""

ACTIONS_OF_HANDLERS = {
    *("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Scan"),
    *("s3:GetObject", "s3:PutObject", "kms:GenerateMac", "secretsmanager:GetSecretValue"),
    "states:StartExecution",
}
"""Actions that some handlers need on resources of their own workload; no role needs any other of `PROBES`."""


@dataclass(frozen=True)
class Probe:
    """A call.

    Attributes:
        action: Its IAM action.
        method: Method of the SDK's client.
        resource_parameters: Parameters that name the resource, and the resource's attribute for each.
        parameters: Further parameters. They may be invalid: IAM is evaluated first, and only denials count.
        service: The SDK's name of the service; empty if it follows from the action's prefix.
    """

    action: str
    method: str
    resource_parameters: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    service: str = ""

    @property
    def client(self) -> str:
        """The SDK's name of the service's client."""
        prefix = self.action.partition(":")[0]
        return self.service or SERVICES.get(prefix, prefix)

    def arguments(self, attributes: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of the call on a resource with the given attributes."""
        named = {name: attributes[attribute] for name, attribute in self.resource_parameters.items()}
        return {**named, **self.parameters}


TABLE, BUCKET, KEY = {"TableName": "name"}, {"Bucket": "bucket"}, {"KeyId": "arn"}
SECRET, PARAMETER, QUEUE = {"SecretId": "arn"}, {"Name": "name"}, {"QueueUrl": "url"}
TOPIC, MACHINE = {"TopicArn": "arn"}, {"stateMachineArn": "arn"}
FUNCTION, GROUP = {"FunctionName": "arn"}, {"logGroupName": "name"}
ITEM = {"id": {"S": "probe"}}
NOBODY = '{"Version": "2012-10-17", "Statement": []}'
CODE = {"FunctionName": "probe", "Code": {"ZipFile": b"x"}, "Runtime": "python3.14", "Handler": "a.b"}

PROBES = {
    "aws_dynamodb_table": (
        Probe("dynamodb:GetItem", "get_item", TABLE, {"Key": ITEM}),
        Probe("dynamodb:PutItem", "put_item", TABLE, {"Item": ITEM}),
        Probe("dynamodb:UpdateItem", "update_item", TABLE, {"Key": ITEM}),
        Probe("dynamodb:DeleteItem", "delete_item", TABLE, {"Key": ITEM}),
        Probe("dynamodb:Scan", "scan", TABLE),
        Probe("dynamodb:UpdateTable", "update_table", TABLE, {"DeletionProtectionEnabled": False}),
        Probe("dynamodb:DeleteTable", "delete_table", TABLE),
    ),
    "aws_s3_bucket": (
        Probe("s3:GetObject", "get_object", BUCKET, {"Key": "probe"}),
        Probe("s3:PutObject", "put_object", BUCKET, {"Key": "probe", "Body": b""}),
        Probe("s3:DeleteObject", "delete_object", BUCKET, {"Key": "probe"}),
        Probe("s3:PutBucketPolicy", "put_bucket_policy", BUCKET, {"Policy": NOBODY}),
        Probe("s3:DeleteBucketPolicy", "delete_bucket_policy", BUCKET),
        Probe("s3:DeleteBucket", "delete_bucket", BUCKET),
    ),
    "aws_kms_key": (
        Probe("kms:Encrypt", "encrypt", KEY, {"Plaintext": b"x"}),
        Probe("kms:GenerateDataKey", "generate_data_key", KEY, {"KeySpec": "AES_256"}),
        Probe("kms:GenerateMac", "generate_mac", KEY, {"Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}),
        Probe("kms:PutKeyPolicy", "put_key_policy", KEY, {"Policy": NOBODY}),
        Probe("kms:DisableKey", "disable_key", KEY),
        Probe("kms:ScheduleKeyDeletion", "schedule_key_deletion", KEY),
    ),
    "aws_secretsmanager_secret": (
        Probe("secretsmanager:GetSecretValue", "get_secret_value", SECRET),
        Probe("secretsmanager:PutSecretValue", "put_secret_value", SECRET, {"SecretString": "x"}),
        Probe("secretsmanager:DeleteSecret", "delete_secret", SECRET),
    ),
    "aws_ssm_parameter": (
        Probe("ssm:GetParameter", "get_parameter", PARAMETER, {"WithDecryption": True}),
        Probe("ssm:PutParameter", "put_parameter", PARAMETER, {"Value": "x", "Overwrite": True}),
    ),
    "aws_sqs_queue": (
        # Not sqs:SendMessage: Lambda sends dead letters with the function's role.
        Probe("sqs:ReceiveMessage", "receive_message", QUEUE),
        Probe("sqs:PurgeQueue", "purge_queue", QUEUE),
        Probe("sqs:DeleteQueue", "delete_queue", QUEUE),
    ),
    "aws_sns_topic": (
        Probe("sns:Publish", "publish", TOPIC, {"Message": "x"}),
        Probe("sns:DeleteTopic", "delete_topic", TOPIC),
    ),
    "aws_sfn_state_machine": (
        Probe("states:StartExecution", "start_execution", MACHINE),
        Probe("states:ListExecutions", "list_executions", MACHINE),
        Probe("states:DeleteStateMachine", "delete_state_machine", MACHINE),
    ),
    "aws_lambda_function": (
        Probe("lambda:InvokeFunction", "invoke", FUNCTION),
        Probe("lambda:GetFunction", "get_function", FUNCTION),
        Probe("lambda:UpdateFunctionConfiguration", "update_function_configuration", FUNCTION),
    ),
    "aws_cloudwatch_log_group": (
        Probe("logs:FilterLogEvents", "filter_log_events", GROUP),
        Probe("logs:DeleteLogGroup", "delete_log_group", GROUP),
    ),
    "aws_iam_role": (
        Probe("sts:AssumeRole", "assume_role", {"RoleArn": "arn"}, {"RoleSessionName": "probe"}),
        Probe("iam:PassRole", "create_function", {"Role": "arn"}, CODE, service="lambda"),
        Probe(
            "iam:PutRolePolicy",
            "put_role_policy",
            {"RoleName": "name"},
            {"PolicyName": "probe", "PolicyDocument": NOBODY},
        ),
    ),
}

OWNER = {"UpdateExpression": "SET #o = :o", "ExpressionAttributeNames": {"#o": "owner"}}
BEYOND_GRANTS = {
    ("files", "aws_dynamodb_table"): (
        Probe(
            "dynamodb:UpdateItem",
            "update_item",
            TABLE,
            {"Key": ITEM, **OWNER, "ExpressionAttributeValues": {":o": {"S": "probe"}}},
        ),
    ),
    ("uploads", "aws_s3_bucket"): (Probe("s3:GetObject", "get_object", BUCKET, {"Key": "elsewhere/probe"}),),
    ("requests", "aws_s3_bucket"): (
        Probe("s3:PutObject", "put_object", BUCKET, {"Key": "requests/probe.json", "Body": b""}),
    ),
}
"""Calls that no role of a workload needs, although one needs the action: by workload and resource type."""

METRIC = [{"MetricName": "probe", "Value": 1.0}]
ACCOUNT_WIDE = (
    Probe("iam:CreateUser", "create_user", parameters={"UserName": "probe"}),
    Probe("iam:ListRoles", "list_roles"),
    Probe("s3:ListAllMyBuckets", "list_buckets"),
    Probe("logs:CreateLogGroup", "create_log_group", parameters={"logGroupName": "/aws/lambda/probe"}),
    Probe("ec2:RunInstances", "run_instances", parameters={"MinCount": 1, "MaxCount": 1}),
    Probe("apigateway:GET", "get_api_keys", parameters={"includeValues": True}),
    Probe(
        "cloudwatch:PutMetricData", "put_metric_data", parameters={"Namespace": "Other", "MetricData": METRIC}
    ),
    Probe("secretsmanager:ListSecrets", "list_secrets"),
    Probe("kms:CreateKey", "create_key"),
    Probe("lambda:ListFunctions", "list_functions"),
)
"""Calls that are not on a resource of the stack."""
