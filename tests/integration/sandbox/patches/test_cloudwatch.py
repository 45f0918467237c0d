from urllib.parse import urlencode
from uuid import uuid4
from xml.etree import ElementTree as ET

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.server.process import ACCOUNT, Server
from tests.waiting import BOUND_SECONDS


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
    metric = {"MetricName": "Errors", "Namespace": "AWS/Lambda"}
    threshold = {"EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold"}
    name = str(uuid4())
    server.client("cloudwatch").put_metric_alarm(AlarmName=name, **metric, **threshold, **settings)

    body = urlencode({"Action": "DescribeAlarms", "Version": "2010-08-01", "AlarmNames.member.1": name})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", server.url, headers, body)
    SigV4Auth(Credentials("test", "test"), "monitoring", "us-east-1").add_auth(request)
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
