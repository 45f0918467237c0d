import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from sandbox.server.process import ACCOUNT, Client, Server

METRIC = [{"MetricName": "m", "Value": 1.0}]
MODEL = "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-haiku-4-5-20251001-v1:0"
CONVERSATION = [{"role": "user", "content": [{"text": "hello"}]}]


def client_of_role(server: Server, service: str, statement: Mapping[str, Any]) -> Client:
    """Return a client with the credentials of a new role whose policy has a single statement."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    iam, name = server.client("iam"), f"role-{uuid4()}"
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
    session = server.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="session")["Credentials"]
    return server.client(service, credentials=session)


def test_policy_can_limit_put_metric_data_to_a_namespace(server: Server) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "Mine"}},
    }
    cloudwatch = client_of_role(server, "cloudwatch", statement)
    cloudwatch.put_metric_data(Namespace="Mine", MetricData=METRIC)
    with pytest.raises(ClientError, match="is not authorized to perform: cloudwatch:PutMetricData"):
        cloudwatch.put_metric_data(Namespace="Other", MetricData=METRIC)


UPDATES: dict[str, tuple[bool, dict[str, Any]]] = {
    "set": (True, {"UpdateExpression": "SET #s = :v", "ExpressionAttributeNames": {"#s": "state"}}),
    "bare name": (True, {"UpdateExpression": "SET state = if_not_exists(state, :v)"}),
    "nested": (
        True,
        {"UpdateExpression": "SET state[0].#o = :v", "ExpressionAttributeNames": {"#o": "owner"}},
    ),
    "condition": (
        True,
        {
            "UpdateExpression": "SET state = :v",
            "ConditionExpression": "attribute_not_exists(id) OR NOT id = :v",
        },
    ),
    "another": (False, {"UpdateExpression": "SET #o = :v", "ExpressionAttributeNames": {"#o": "owner"}}),
    "another removed": (False, {"UpdateExpression": "SET state = :v REMOVE owner"}),
    "another in a condition": (
        False,
        {"UpdateExpression": "SET state = :v", "ConditionExpression": "owner = :v"},
    ),
    "another in the legacy form": (
        False,
        {"AttributeUpdates": {"owner": {"Action": "DELETE"}}, "ExpressionAttributeValues": None},
    ),
    "returned": (False, {"UpdateExpression": "SET state = :v", "ReturnValues": "ALL_NEW"}),
}


@pytest.mark.parametrize("name", UPDATES)
def test_policy_can_limit_updates_to_attributes(server: Server, name: str) -> None:
    is_allowed, parameters = UPDATES[name]
    statement = {
        "Effect": "Allow",
        "Action": "dynamodb:UpdateItem",
        "Resource": "*",
        "Condition": {
            "ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", "state"]},
            "StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"},
        },
    }
    dynamodb = client_of_role(server, "dynamodb", statement)
    values = {"ExpressionAttributeValues": {":v": {"S": "x"}}}
    call = {"TableName": "none", "Key": {"id": {"S": "1"}}, **values, **parameters}
    with pytest.raises(ClientError) as caught:
        dynamodb.update_item(**{key: value for key, value in call.items() if value is not None})
    code = caught.value.response["Error"]["Code"]
    assert code == ("ResourceNotFoundException" if is_allowed else "AccessDeniedException")


def test_policy_can_require_conditional_writes(server: Server) -> None:
    statement = {
        "Effect": "Allow",
        "Action": "s3:PutObject",
        "Resource": "*",
        "Condition": {"Null": {"s3:if-none-match": "false"}},
    }
    s3, bucket = client_of_role(server, "s3", statement), f"conditional-{uuid4()}"
    server.client("s3").create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="k", IfNoneMatch="*")
    with pytest.raises(ClientError, match="is not authorized to perform: s3:PutObject"):
        s3.put_object(Bucket=bucket, Key="k")


def test_converse_needs_invoke_model_on_the_model(server: Server) -> None:
    statement = {"Effect": "Allow", "Action": "bedrock:InvokeModel", "Resource": MODEL}
    bedrock = client_of_role(server, "bedrock-runtime", statement)
    assert bedrock.converse(modelId=MODEL, messages=CONVERSATION)["output"]["message"]["content"]
    with pytest.raises(ClientError, match="is not authorized to perform: bedrock:InvokeModel"):
        bedrock.converse(modelId=MODEL.replace("haiku", "opus"), messages=CONVERSATION)
