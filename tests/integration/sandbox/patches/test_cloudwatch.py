import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.server.process import ACCOUNT, Server
from tests.subscriptions import Subscription
from tests.waiting import BOUND_SECONDS

METRIC = {"MetricName": "Errors", "Namespace": "AWS/Lambda"}
THRESHOLD = {"EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold"}
CLOUDWATCH = {"Service": "cloudwatch.amazonaws.com"}
IN_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_alarm_in_xml_equals_alarm_in_json(server: Server) -> None:
    topic_arn = f"arn:aws:sns:us-east-1:{ACCOUNT}:t"
    settings = {
        "AlarmDescription": "<a> & b",
        "AlarmActions": [topic_arn],
        "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
        "Period": 300,
        "Statistic": "Sum",
        "TreatMissingData": "notBreaching",
    }
    name = str(uuid4())
    server.client("cloudwatch").put_metric_alarm(AlarmName=name, **METRIC, **THRESHOLD, **settings)

    body = urlencode({"Action": "DescribeAlarms", "Version": "2010-08-01", "AlarmNames.member.1": name})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", server.url, headers, body)
    SigV4Auth(Credentials(*server.root.values()), "monitoring", "us-east-1").add_auth(request)
    with requests.Session() as session:
        session.trust_env = False
        bundle = str(server.ca_bundle)
        response = session.post(
            server.url, body, headers=dict(request.headers), verify=bundle, timeout=BOUND_SECONDS
        )
    root = ET.fromstring(response.content)  # noqa: S314 - our own server wrote it
    alarm = root.find(".//{*}MetricAlarms/{*}member")
    assert alarm is not None
    elements = {element.tag.partition("}")[2]: element for element in alarm}
    for name in ("AlarmDescription", "Period", "Statistic", "TreatMissingData"):
        assert elements[name].text == str(settings[name])
    assert elements["ActionsEnabled"].text == "true"
    assert [action.text for action in elements["AlarmActions"]] == [topic_arn]
    dimensions = [[part.text for part in dimension] for dimension in elements["Dimensions"]]
    assert dimensions == [["FunctionName", "f"]]


@pytest.mark.parametrize(
    ("topic_condition", "key_condition", "reached"),
    [
        ({}, {}, True),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:*"}}, {}, True),
        (IN_ACCOUNT, {}, True),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, {}, False),
        ({}, IN_ACCOUNT, False),
    ],
)
def test_alarm_reaches_encrypted_topic_only_as_policies_allow(
    server: Server, topic_condition: Mapping[str, Any], key_condition: Mapping[str, Any], *, reached: bool
) -> None:
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    key_policy = policy(statement("kms:*", root), statement("kms:*", CLOUDWATCH, key_condition))
    key = server.client("kms").create_key(Policy=key_policy)["KeyMetadata"]
    topic_policy = policy(statement("sns:Publish", CLOUDWATCH, topic_condition))
    attributes, name = {"KmsMasterKeyId": key["KeyId"], "Policy": topic_policy}, str(uuid4())
    topic_arn = server.client("sns").create_topic(Name=name, Attributes=attributes)["TopicArn"]
    subscription = Subscription(server, topic_arn)
    cloudwatch = server.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName=name, AlarmActions=[topic_arn], **METRIC, **THRESHOLD)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    assert bool(subscription.messages()) == reached


def statement(
    action: str, principal: Mapping[str, str], condition: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    required = {"Effect": "Allow", "Action": action, "Resource": "*", "Principal": principal}
    return {**required, "Condition": condition} if condition else required


def policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
