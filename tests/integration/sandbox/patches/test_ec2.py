from typing import get_args

from infra.settings import InterfaceEndpoint
from sandbox.server.process import ACCOUNT, Server


def test_flow_log_keeps_role_interval_and_tags(server: Server) -> None:
    ec2 = server.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    role_arn = f"arn:aws:iam::{ACCOUNT}:role/flow"
    tags = [{"Key": "Name", "Value": "flows"}]
    (flow_log_id,) = ec2.create_flow_logs(
        ResourceIds=[vpc_id],
        ResourceType="VPC",
        TrafficType="ALL",
        LogGroupName="flows",
        DeliverLogsPermissionArn=role_arn,
        TagSpecifications=[{"ResourceType": "vpc-flow-log", "Tags": tags}],
    )["FlowLogIds"]
    (flow_log,) = ec2.describe_flow_logs(FlowLogIds=[flow_log_id])["FlowLogs"]
    assert flow_log["DeliverLogsPermissionArn"] == role_arn
    assert flow_log["MaxAggregationInterval"] == 600
    assert flow_log["Tags"] == tags


def test_quota_of_elastic_ips_is_described(server: Server) -> None:
    ec2 = server.client("ec2")
    (attribute,) = ec2.describe_account_attributes(AttributeNames=["vpc-max-elastic-ips"])[
        "AccountAttributes"
    ]
    assert attribute == {
        "AttributeName": "vpc-max-elastic-ips",
        "AttributeValues": [{"AttributeValue": "5"}],
    }
    assert len(ec2.describe_account_attributes()["AccountAttributes"]) == 2


def test_interface_endpoint_keeps_policy_groups_and_private_dns(server: Server) -> None:
    ec2 = server.client("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    group_id = ec2.create_security_group(GroupName="g", Description="g", VpcId=vpc_id)["GroupId"]
    created = ec2.create_vpc_endpoint(
        VpcId=vpc_id,
        VpcEndpointType="Interface",
        ServiceName="com.amazonaws.us-east-1.kms",
        SecurityGroupIds=[group_id],
        PrivateDnsEnabled=True,
        PolicyDocument='{"Statement": []}',
    )["VpcEndpoint"]
    (described,) = ec2.describe_vpc_endpoints(VpcEndpointIds=[created["VpcEndpointId"]])["VpcEndpoints"]
    for endpoint in (created, described):
        assert [group["GroupId"] for group in endpoint["Groups"]] == [group_id]
        assert endpoint["PrivateDnsEnabled"]
        assert endpoint["PolicyDocument"] == '{"Statement": []}'


def test_services_of_interface_endpoints_are_offered(server: Server) -> None:
    names = {f"com.amazonaws.us-east-1.{service}" for service in get_args(InterfaceEndpoint)}
    response = server.client("ec2").describe_vpc_endpoint_services(
        Filters=[{"Name": "service-name", "Values": list(names)}]
    )
    assert {details["ServiceName"] for details in response["ServiceDetails"]} == names
