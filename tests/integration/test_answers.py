"""What our server answers as AWS does, where MiniStack would not (`sandbox/patches/answers.py`)."""

import http.client
import json
import ssl
from urllib.parse import urlencode
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.server.process import ACCOUNT, HOST, Client, Server

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}


@pytest.fixture
def gateway(server: Server) -> Client:
    return server.client("apigateway")


def test_an_api_key_without_a_value_gets_one(gateway: Client) -> None:
    assert len(gateway.create_api_key(name="empty", value="")["value"]) >= 20
    given = "x" * 20
    assert gateway.create_api_key(name="given", value=given)["value"] == given


def test_a_usage_plan_without_a_quota_has_none(gateway: Client) -> None:
    plan = gateway.create_usage_plan(name="free")["id"]
    assert "quota" not in gateway.get_usage_plan(usagePlanId=plan)
    quota = {"limit": 5, "period": "DAY"}
    plan = gateway.create_usage_plan(name="bound", quota=quota)["id"]
    assert gateway.get_usage_plan(usagePlanId=plan)["quota"] == quota


def test_a_mock_integration_has_no_method(gateway: Client) -> None:
    api = gateway.create_rest_api(name="mock")["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    place = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    gateway.put_method(**place, authorizationType="NONE")
    gateway.put_integration(**place, type="MOCK")
    assert "httpMethod" not in gateway.get_integration(**place)
    gateway.put_integration(**place, type="HTTP", integrationHttpMethod="POST", uri="https://a.example")
    assert gateway.get_integration(**place)["httpMethod"] == "POST"


def test_an_alarm_in_xml_is_the_one_in_json(server: Server) -> None:
    topic = f"arn:aws:sns:us-east-1:{ACCOUNT}:t"
    settings = {
        "AlarmDescription": "<a> & b",
        "AlarmActions": [topic],
        "Dimensions": [{"Name": "FunctionName", "Value": "f"}],
        "Period": 300,
        "Statistic": "Sum",
        "TreatMissingData": "notBreaching",
    }
    place = {"MetricName": "Errors", "Namespace": "AWS/Lambda"}
    compared = {"EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold"}
    name = str(uuid4())
    server.client("cloudwatch").put_metric_alarm(AlarmName=name, **place, **compared, **settings)

    body = urlencode({"Action": "DescribeAlarms", "Version": "2010-08-01", "AlarmNames.member.1": name})
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = AWSRequest("POST", server.url, headers, body)
    SigV4Auth(Credentials("test", "test"), "monitoring", "us-east-1").add_auth(request)
    with requests.Session() as session:
        session.trust_env = False
        bundle = str(server.ca_bundle)
        answer = session.post(server.url, body, headers=dict(request.headers), verify=bundle, timeout=10)
    root = ET.fromstring(answer.content)  # noqa: S314 - our own server made it
    alarm = root.find(".//{*}MetricAlarms/{*}member")
    assert alarm is not None
    told = {child.tag.partition("}")[2]: child for child in alarm}
    for member in ("AlarmDescription", "Period", "Statistic", "TreatMissingData"):
        assert told[member].text == str(settings[member])
    assert told["ActionsEnabled"].text == "true"
    assert [each.text for each in told["AlarmActions"]] == [topic]
    assert [[each.text for each in pair] for pair in told["Dimensions"]] == [["FunctionName", "f"]]


def test_a_flow_log_keeps_its_role_interval_and_tags(server: Server) -> None:
    ec2 = server.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    role = f"arn:aws:iam::{ACCOUNT}:role/flow"
    tags = [{"Key": "Name", "Value": "flows"}]
    (made,) = ec2.create_flow_logs(
        ResourceIds=[vpc],
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName="flows",
        DeliverLogsPermissionArn=role,
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": tags}],
    )["FlowLogIds"]
    (flow_log,) = ec2.describe_flow_logs(FlowLogIds=[made])["FlowLogs"]
    assert flow_log["DeliverLogsPermissionArn"] == role
    assert flow_log["MaxAggregationInterval"] == 600
    assert flow_log["Tags"] == tags


def test_a_state_machine_keeps_whether_it_is_traced(server: Server) -> None:
    role = server.client("iam").create_role(
        RoleName=str(uuid4()), AssumeRolePolicyDocument=json.dumps({"Statement": [TRUST]})
    )["Role"]["Arn"]
    states = server.client("stepfunctions")
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    machine = states.create_state_machine(
        name=str(uuid4()), definition=definition, roleArn=role, tracingConfiguration={"enabled": True}
    )["stateMachineArn"]
    assert states.describe_state_machine(stateMachineArn=machine)["tracingConfiguration"] == {"enabled": True}
    states.update_state_machine(stateMachineArn=machine, tracingConfiguration={"enabled": False})
    assert states.describe_state_machine(stateMachineArn=machine)["tracingConfiguration"] == {
        "enabled": False
    }


def test_an_object_that_comes_in_parts_keeps_its_tags(server: Server) -> None:
    s3, place = server.client("s3"), {"Bucket": f"parts-{uuid4()}", "Key": "k"}
    s3.create_bucket(Bucket=place["Bucket"])
    s3.put_bucket_versioning(Bucket=place["Bucket"], VersioningConfiguration={"Status": "Enabled"})
    upload = s3.create_multipart_upload(**place, Tagging="Owner=platform&Empty=")["UploadId"]
    part = s3.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"x")
    parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
    s3.complete_multipart_upload(**place, UploadId=upload, MultipartUpload={"Parts": parts})
    tags = s3.get_object_tagging(**place)["TagSet"]
    assert {each["Key"]: each["Value"] for each in tags} == {"Owner": "platform", "Empty": ""}


def test_a_connection_outlives_a_thousand_requests(server: Server) -> None:
    """Hypercorn would end it, with what else is under way on it in HTTP/2 (`sandbox/server/program.py`)."""
    context = ssl.create_default_context(cafile=server.ca_bundle)
    connection = http.client.HTTPSConnection(HOST, server.port, timeout=10, context=context)
    for _ in range(1002):
        connection.request("HEAD", "/_ministack/health")
        answer = connection.getresponse()
        answer.read()
        assert answer.getheader("connection") is None
    connection.close()
