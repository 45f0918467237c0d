"""What the policies in `docs/policies`, beside AWS's managed ones, allow and refuse.

Untried: the embedded AWS evaluates no `kms:ResourceAliases`, asks for another action than AWS where a table
is read with PartiQL, and serves neither `StartLiveTail` nor `GetLogObject` as AWS does.
"""

import json
from operator import itemgetter
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from operations.aws import Clients
from sandbox.server.process import ACCOUNT, Server
from tests.integration.pipeline_roles import assume_role

Call = tuple[str, str, dict[str, Any]]
"""Service, method of its client, and arguments; a bucket `STATE` is the state's."""

REGION = "us-east-1"
NAME = uuid4().hex[:8]
TABLE = f"project-main-dynamodb-{NAME}-dev"
QUEUE = f"project-main-sqs-{NAME}-dev"
SECRET = f"project-main-secretsmanager-{NAME}"
PARAMETER = f"/project-main-ssm-{NAME}"
ROLE = f"project-main-lambda-{NAME}"
DATA = f"project-main-s3-{NAME}-dev-{ACCOUNT}"
CODE = "project-main-s3-lambda-deploy"
EXECUTION = f"arn:aws:states:{REGION}:{ACCOUNT}:execution:project-main-states-{NAME}-dev:one"
POLICY = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
)
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
)


@pytest.fixture(scope="module")
def state(server: Server) -> str:
    """The state's bucket, and beside it a stack in dev and one in prod."""
    s3, bucket = server.client("s3"), f"state-{uuid4()}"
    for name in (bucket, DATA, f"{CODE}-dev", f"{CODE}-prod"):
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="one", Body=b"1")
    for environment in ("dev", "prod"):
        s3.put_object(Bucket=bucket, Key=f"project/main/{environment}/terraform.tfstate", Body=b"{}")
        server.client("secretsmanager").create_secret(Name=f"{SECRET}-{environment}", SecretString="1")
        server.client("ssm").put_parameter(Name=f"{PARAMETER}-{environment}", Value="1", Type="SecureString")
        server.client("iam").create_role(RoleName=f"{ROLE}-{environment}", AssumeRolePolicyDocument=TRUST)
    server.client("sqs").create_queue(QueueName=QUEUE)
    server.client("dynamodb").create_table(
        TableName=TABLE,
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return bucket


@pytest.fixture(scope="module")
def plan_role(server: Server, state: str) -> Clients:
    return assume_role(server, "plan", state)


@pytest.fixture(scope="module")
def apply_role(server: Server, state: str) -> Clients:
    return assume_role(server, "apply", state)


def tried(role: Clients, state: str, call: Call) -> None:
    service, method, arguments = call
    if arguments.get("Bucket") == "STATE":
        arguments = {**arguments, "Bucket": state}
    if service == "sqs":
        url = role("sqs", REGION).get_queue_url(QueueName=arguments["QueueUrl"])["QueueUrl"]
        arguments = {**arguments, "QueueUrl": url}
    getattr(role(service, REGION), method)(**arguments)


@pytest.mark.parametrize(
    "call",
    [
        ("s3", "list_objects_v2", {"Bucket": "STATE"}),
        ("s3", "get_object", {"Bucket": "STATE", "Key": "project/main/dev/terraform.tfstate"}),
        ("s3", "get_object", {"Bucket": f"{CODE}-dev", "Key": "one"}),
        ("s3", "get_bucket_encryption", {"Bucket": DATA}),
        ("dynamodb", "describe_table", {"TableName": TABLE}),
        ("sqs", "get_queue_attributes", {"QueueUrl": QUEUE}),
        ("logs", "describe_log_groups", {}),
        ("secretsmanager", "get_secret_value", {"SecretId": f"{SECRET}-dev"}),
        ("ssm", "get_parameter", {"Name": f"{PARAMETER}-dev", "WithDecryption": True}),
    ],
    ids=itemgetter(1),
)
def test_plan_role_may_read_what_a_plan_needs(plan_role: Clients, state: str, call: Call) -> None:
    tried(plan_role, state, call)


@pytest.mark.parametrize(
    "call",
    [
        ("s3", "put_object", {"Bucket": "STATE", "Key": "project/main/dev/terraform.tfstate"}),
        ("s3", "get_object", {"Bucket": "STATE", "Key": "project/main/prod/terraform.tfstate"}),
        ("s3", "delete_object", {"Bucket": "STATE", "Key": "plans/project/main/dev/x/plan.tfplan"}),
        ("s3", "put_object", {"Bucket": "STATE", "Key": "plans/project/main/prod/x/plan.tfplan"}),
        ("s3", "get_object", {"Bucket": DATA, "Key": "one"}),
        ("s3", "get_object", {"Bucket": f"{CODE}-prod", "Key": "one"}),
        ("secretsmanager", "get_secret_value", {"SecretId": f"{SECRET}-prod"}),
        ("ssm", "get_parameter", {"Name": f"{PARAMETER}-prod", "WithDecryption": True}),
        ("ssm", "get_parameters_by_path", {"Path": "/", "WithDecryption": True}),
        ("dynamodb", "scan", {"TableName": TABLE}),
        (
            "dynamodb",
            "query",
            {
                "TableName": TABLE,
                "KeyConditionExpression": "id = :id",
                "ExpressionAttributeValues": {":id": {"S": "1"}},
            },
        ),
        ("dynamodb", "get_item", {"TableName": TABLE, "Key": {"id": {"S": "1"}}}),
        ("dynamodb", "batch_get_item", {"RequestItems": {TABLE: {"Keys": [{"id": {"S": "1"}}]}}}),
        ("dynamodbstreams", "get_records", {"ShardIterator": "one"}),
        ("sqs", "receive_message", {"QueueUrl": QUEUE}),
        ("stepfunctions", "get_execution_history", {"executionArn": EXECUTION}),
        ("stepfunctions", "describe_execution", {"executionArn": EXECUTION}),
        ("logs", "get_log_events", {"logGroupName": "group", "logStreamName": "one"}),
        ("logs", "filter_log_events", {"logGroupName": "group"}),
        (
            "logs",
            "start_query",
            {"logGroupName": "group", "startTime": 0, "endTime": 1, "queryString": "fields @message"},
        ),
        ("logs", "get_query_results", {"queryId": "one"}),
        ("logs", "get_log_record", {"logRecordPointer": "one"}),
    ],
    ids=itemgetter(1),
)
def test_plan_role_is_denied_data_and_other_environments(plan_role: Clients, state: str, call: Call) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        tried(plan_role, state, call)


@pytest.mark.parametrize(
    "call",
    [
        ("s3", "put_object", {"Bucket": "STATE", "Key": "project/main/dev/terraform.tfstate"}),
        ("s3", "delete_object", {"Bucket": "STATE", "Key": "project/main/dev/terraform.tfstate.tflock"}),
        ("s3", "put_bucket_policy", {"Bucket": DATA, "Policy": POLICY}),
        (
            "iam",
            "put_role_policy",
            {"RoleName": f"{ROLE}-dev", "PolicyName": "one", "PolicyDocument": POLICY},
        ),
    ],
    ids=itemgetter(1),
)
def test_apply_role_may_change_the_stack(apply_role: Clients, state: str, call: Call) -> None:
    tried(apply_role, state, call)


@pytest.mark.parametrize(
    "call",
    [
        (
            "iam",
            "put_role_policy",
            {"RoleName": f"{ROLE}-prod", "PolicyName": "one", "PolicyDocument": POLICY},
        ),
        ("s3", "delete_bucket", {"Bucket": "STATE"}),
        ("s3", "delete_object", {"Bucket": "STATE", "Key": "one", "VersionId": "null"}),
        ("s3", "put_bucket_policy", {"Bucket": "STATE", "Policy": POLICY}),
        ("s3", "delete_bucket_policy", {"Bucket": "STATE"}),
        ("s3", "delete_bucket_lifecycle", {"Bucket": "STATE"}),
        (
            "s3",
            "put_bucket_versioning",
            {"Bucket": "STATE", "VersioningConfiguration": {"Status": "Suspended"}},
        ),
        ("s3", "delete_public_access_block", {"Bucket": "STATE"}),
        ("s3", "delete_bucket_encryption", {"Bucket": "STATE"}),
        ("s3", "delete_bucket_ownership_controls", {"Bucket": "STATE"}),
    ],
    ids=itemgetter(1),
)
def test_apply_role_is_denied_the_state_bucket_and_other_environments(
    apply_role: Clients, state: str, call: Call
) -> None:
    with pytest.raises(ClientError, match="AccessDenied"):
        tried(apply_role, state, call)
