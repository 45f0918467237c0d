"""What our server adds to MiniStack."""

import json

import pytest
from botocore.exceptions import ClientError

from sandbox.server.process import ACCOUNT, Client, Server

METRIC = [{"MetricName": "m", "Value": 1.0}]


@pytest.fixture
def metrics(server: Server) -> Client:
    """CloudWatch for a role that may put metrics into one namespace alone."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}
    allowed = {
        "Effect": "Allow",
        "Action": "cloudwatch:PutMetricData",
        "Resource": "*",
        "Condition": {"StringEquals": {"cloudwatch:namespace": "Mine"}},
    }
    iam = server.client("iam")
    role = iam.create_role(RoleName="metrics", AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="metrics", PolicyName="p", PolicyDocument=document)
    session = server.client("sts").assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="session")
    return server.client("cloudwatch", credentials=session["Credentials"])


def test_a_grant_of_one_namespace_is_for_that_alone(metrics: Client) -> None:
    metrics.put_metric_data(Namespace="Mine", MetricData=METRIC)
    with pytest.raises(ClientError, match="is not authorized to perform: cloudwatch:PutMetricData"):
        metrics.put_metric_data(Namespace="Other", MetricData=METRIC)
