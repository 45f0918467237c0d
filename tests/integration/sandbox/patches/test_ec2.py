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
