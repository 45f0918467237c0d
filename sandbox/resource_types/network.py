"""VPC: addresses, routes, endpoints and security groups."""

from collections.abc import Mapping

from sandbox.resource_types.kind import Attributes, Call, Context, Kind, Wait

ROUTING = "VPC routing: recorded, but no packet follows it"
FILTERING = "security groups: recorded, but no packet is held to them"
FLOW_LOGS = "VPC flow logs: recorded, but no flow is logged"
EVERYWHERE = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _rule(attributes: Attributes, _: Context) -> Attributes:
    """Put a rule's one source or target where the API has a list for each sort."""
    sorts = {
        "cidr_ipv4": ("ip_ranges", "cidr_ip"),
        "cidr_ipv6": ("ipv6_ranges", "cidr_ipv6"),
        "prefix_list_id": ("prefix_list_ids", "prefix_list_id"),
        "referenced_security_group_id": ("user_id_group_pairs", "group_id"),
    }
    rest = dict(attributes)
    about = {"description": rest.pop("description")} if "description" in rest else {}
    permission: Attributes = {
        name: rest.pop(name) for name in ("ip_protocol", "from_port", "to_port") if name in rest
    }
    for attribute, (members, member) in sorts.items():
        if attribute in rest:
            permission[members] = [{member: rest.pop(attribute)} | about]
    return rest | {"ip_permissions": [permission]}


def _rule_kind(operation: str) -> Kind:
    return Kind(
        "ec2",
        Call(
            operation,
            names={"security_group_id": "GroupId"},
            reshape=_rule,
            returns={"security_group_rule_id": "SecurityGroupRules[0].SecurityGroupRuleId"},
        ),
        composed={
            "id": "{security_group_rule_id}",
            "arn": "arn:{partition}:ec2:{region}:{account}:security-group-rule/{id}",
        },
        tag_type="security-group-rule",
        caveat=FILTERING,
    )


def _in_vpc(attributes: Attributes, _: Context) -> Attributes:
    """Turn `vpc_id` into the filters that find a VPC's default security group."""
    rest = dict(attributes)
    filters = [
        {"name": "vpc-id", "values": [rest.pop("vpc_id")]},
        {"name": "group-name", "values": ["default"]},
    ]
    return rest | {"filters": filters}


def _flow_source(attributes: Attributes, _: Context) -> Attributes:
    """Turn `vpc_id` into the resource that is watched."""
    rest = dict(attributes)
    return rest | {"resource_ids": [rest.pop("vpc_id")], "resource_type": "VPC"}


KINDS: Mapping[str, Kind] = {
    "aws_vpc": Kind(
        "ec2",
        Call("CreateVpc", returns={"id": "Vpc.VpcId"}),
        then=(
            # One attribute a call is all that the API takes.
            Call("ModifyVpcAttribute", takes=("enable_dns_support",), keys={"VpcId": "id"}),
            Call("ModifyVpcAttribute", takes=("enable_dns_hostnames",), keys={"VpcId": "id"}),
        ),
        composed={"arn": "arn:{partition}:ec2:{region}:{account}:vpc/{id}"},
        tag_type="vpc",
        wait=Wait("vpc_available", {"VpcIds": "[id]"}),
    ),
    "aws_subnet": Kind(
        "ec2",
        Call("CreateSubnet", returns={"id": "Subnet.SubnetId", "arn": "Subnet.SubnetArn"}),
        then=(Call("ModifySubnetAttribute", takes=("map_public_ip_on_launch",), keys={"SubnetId": "id"}),),
        tag_type="subnet",
        wait=Wait("subnet_available", {"SubnetIds": "[id]"}),
    ),
    "aws_internet_gateway": Kind(
        "ec2",
        Call("CreateInternetGateway", returns={"id": "InternetGateway.InternetGatewayId"}),
        then=(Call("AttachInternetGateway", takes=("vpc_id",), keys={"InternetGatewayId": "id"}),),
        composed={"arn": "arn:{partition}:ec2:{region}:{account}:internet-gateway/{id}"},
        tag_type="internet-gateway",
        caveat=ROUTING,
    ),
    "aws_eip": Kind(
        "ec2",
        Call(
            "AllocateAddress",
            returns={"id": "AllocationId", "allocation_id": "AllocationId", "public_ip": "PublicIp"},
        ),
        composed={"arn": "arn:{partition}:ec2:{region}:{account}:elastic-ip/{id}"},
        tag_type="elastic-ip",
    ),
    "aws_nat_gateway": Kind(
        "ec2",
        Call("CreateNatGateway", returns={"id": "NatGateway.NatGatewayId"}),
        tag_type="natgateway",
        wait=Wait("nat_gateway_available", {"NatGatewayIds": "[id]"}),
        caveat=ROUTING,
    ),
    "aws_route_table": Kind(
        "ec2",
        Call("CreateRouteTable", returns={"id": "RouteTable.RouteTableId"}),
        composed={"arn": "arn:{partition}:ec2:{region}:{account}:route-table/{id}"},
        tag_type="route-table",
        caveat=ROUTING,
    ),
    "aws_route": Kind("ec2", Call("CreateRoute"), caveat=ROUTING),
    "aws_route_table_association": Kind(
        "ec2", Call("AssociateRouteTable", returns={"id": "AssociationId"}), caveat=ROUTING
    ),
    "aws_vpc_endpoint": Kind(
        "ec2",
        Call(
            "CreateVpcEndpoint",
            names={"policy": "PolicyDocument"},
            returns={"id": "VpcEndpoint.VpcEndpointId"},
        ),
        composed={"arn": "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}"},
        tag_type="vpc-endpoint",
        caveat=ROUTING,
    ),
    "aws_security_group": Kind(
        "ec2",
        Call("CreateSecurityGroup", names={"name": "GroupName"}, returns={"id": "GroupId"}),
        # AWS lets a new group's traffic out everywhere; Terraform takes that away.
        then=(
            Call(
                "RevokeSecurityGroupEgress",
                keys={"GroupId": "id"},
                fixed={"IpPermissions": [EVERYWHERE]},
            ),
        ),
        composed={"arn": "arn:{partition}:ec2:{region}:{account}:security-group/{id}"},
        defaults={"description": "Managed by Terraform"},
        tag_type="security-group",
        caveat=FILTERING,
    ),
    "aws_vpc_security_group_egress_rule": _rule_kind("AuthorizeSecurityGroupEgress"),
    "aws_vpc_security_group_ingress_rule": _rule_kind("AuthorizeSecurityGroupIngress"),
    "aws_default_security_group": Kind(
        "ec2",
        Call(
            "DescribeSecurityGroups",
            reshape=_in_vpc,
            returns={
                "id": "SecurityGroups[0].GroupId",
                "_ingress": "SecurityGroups[0].IpPermissions",
                "_egress": "SecurityGroups[0].IpPermissionsEgress",
            },
        ),
        # Terraform closes it: whatever rules it has that the configuration does not name go.
        then=(
            Call(
                "RevokeSecurityGroupIngress",
                keys={"GroupId": "id", "IpPermissions": "_ingress"},
                when="_ingress",
            ),
            Call(
                "RevokeSecurityGroupEgress",
                keys={"GroupId": "id", "IpPermissions": "_egress"},
                when="_egress",
            ),
            Call("CreateTags", takes=("tags",), keys={"Resources": "[id]"}),
        ),
        caveat=FILTERING,
    ),
    "aws_flow_log": Kind(
        "ec2",
        Call(
            "CreateFlowLogs",
            names={"iam_role_arn": "DeliverLogsPermissionArn"},
            reshape=_flow_source,
            returns={"id": "FlowLogIds[0]"},
        ),
        defaults={"log_destination_type": "cloud-watch-logs"},
        tag_type="vpc-flow-log",
        caveat=FLOW_LOGS,
    ),
}
