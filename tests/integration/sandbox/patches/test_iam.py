import json

import pytest
from botocore.exceptions import ClientError

from sandbox.server.process import ACCOUNT, Client, Server

METRIC = [{"MetricName": "m", "Value": 1.0}]


@pytest.fixture
def metrics(server: Server) -> Client:
    """CloudWatch for a role that may put metrics into a single namespace."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    statement = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "Mine"}},
    }
    iam = server.client("iam")
    role = iam.create_role(RoleName="metrics", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="metrics", PolicyName="p", PolicyDocument=document)
    session = server.client("sts").assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="session")
    return server.client("cloudwatch", credentials=session["Credentials"])


def test_policy_can_limit_put_metric_data_to_a_namespace(metrics: Client) -> None:
    metrics.put_metric_data(Namespace="Mine", MetricData=METRIC)
    with pytest.raises(ClientError, match="is not authorized to perform: cloudwatch:PutMetricData"):
        metrics.put_metric_data(Namespace="Other", MetricData=METRIC)
