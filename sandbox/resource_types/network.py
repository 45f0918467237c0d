"""VPC: addresses, routes, endpoints and security groups."""

from collections.abc import Mapping

from sandbox.resource_types.resource_type import Attributes, Call, Context, ResourceType, Waiter

ROUTING = "VPC routing: routes, gateways and endpoints are stored, but carry no traffic"
FILTERING = "Security groups: rules are stored, but not enforced"
FLOW_LOGS = "VPC flow logs: configured, but not written"
ALL_TRAFFIC = {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}


def _rule(attributes: Attributes, _: Context) -> Attributes:
    """Move the source or target of a rule to the API's list for it."""
    targets = {
        "cidr_ipv4": ("ip_ranges", "cidr_ip"),
        "cidr_ipv6": ("ipv6_ranges", "cidr_ipv6"),
        "prefix_list_id": ("prefix_list_ids", "prefix_list_id"),
        "referenced_security_group_id": ("user_id_group_pairs", "group_id"),
    }
    rest = dict(attributes)
    description = {"description": rest.pop("description")} if "description" in rest else {}
    permission: Attributes = {
        name: rest.pop(name) for name in ("ip_protocol", "from_port", "to_port") if name in rest
    }
    for attribute, (members, member) in targets.items():
        if attribute in rest:
            permission[members] = [{member: rest.pop(attribute)} | description]
    return rest | {"ip_permissions": [permission]}


def _security_group_rule(operation: str) -> ResourceType:
    return ResourceType(
        "ec2",
        Call(
            operation,
            names={"security_group_id": "GroupId"},
            transform=_rule,
            returns={"security_group_rule_id": "SecurityGroupRules[0].SecurityGroupRuleId"},
        ),
        computed={
            "id": "{security_group_rule_id}",
            "arn": "arn:{partition}:ec2:{region}:{account}:security-group-rule/{id}",
        },
        tag_type="security-group-rule",
        limitation=FILTERING,
    )


def _default_group_of_vpc(attributes: Attributes, _: Context) -> Attributes:
    """Replace `vpc_id` by the filters that match the default security group of a VPC."""
    rest = dict(attributes)
    filters = [
        {"name": "vpc-id", "values": [rest.pop("vpc_id")]},
        {"name": "group-name", "values": ["default"]},
    ]
    return rest | {"filters": filters}


def _logged_resource(attributes: Attributes, _: Context) -> Attributes:
    """Replace `vpc_id` by the id and the type of the resource whose traffic is logged."""
    rest = dict(attributes)
    return rest | {"resource_ids": [rest.pop("vpc_id")], "resource_type": "VPC"}


RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "aws_vpc": ResourceType(
        "ec2",
        Call("CreateVpc", returns={"id": "Vpc.VpcId"}),
        then=(
            # The API modifies one attribute a call.
            Call("ModifyVpcAttribute", attributes=("enable_dns_support",), parameters={"VpcId": "id"}),
            Call("ModifyVpcAttribute", attributes=("enable_dns_hostnames",), parameters={"VpcId": "id"}),
        ),
        computed={"arn": "arn:{partition}:ec2:{region}:{account}:vpc/{id}"},
        tag_type="vpc",
        waiter=Waiter("vpc_available", {"VpcIds": "[id]"}),
    ),
    "aws_subnet": ResourceType(
        "ec2",
        Call("CreateSubnet", returns={"id": "Subnet.SubnetId", "arn": "Subnet.SubnetArn"}),
        then=(
            Call(
                "ModifySubnetAttribute",
                attributes=("map_public_ip_on_launch",),
                parameters={"SubnetId": "id"},
            ),
        ),
        tag_type="subnet",
        waiter=Waiter("subnet_available", {"SubnetIds": "[id]"}),
    ),
    "aws_internet_gateway": ResourceType(
        "ec2",
        Call("CreateInternetGateway", returns={"id": "InternetGateway.InternetGatewayId"}),
        then=(Call("AttachInternetGateway", attributes=("vpc_id",), parameters={"InternetGatewayId": "id"}),),
        computed={"arn": "arn:{partition}:ec2:{region}:{account}:internet-gateway/{id}"},
        tag_type="internet-gateway",
        limitation=ROUTING,
    ),
    "aws_eip": ResourceType(
        "ec2",
        Call(
            "AllocateAddress",
            returns={"id": "AllocationId", "allocation_id": "AllocationId", "public_ip": "PublicIp"},
        ),
        computed={"arn": "arn:{partition}:ec2:{region}:{account}:elastic-ip/{id}"},
        tag_type="elastic-ip",
    ),
    "aws_nat_gateway": ResourceType(
        "ec2",
        Call("CreateNatGateway", returns={"id": "NatGateway.NatGatewayId"}),
        tag_type="natgateway",
        waiter=Waiter("nat_gateway_available", {"NatGatewayIds": "[id]"}),
        limitation=ROUTING,
    ),
    "aws_route_table": ResourceType(
        "ec2",
        Call("CreateRouteTable", returns={"id": "RouteTable.RouteTableId"}),
        computed={"arn": "arn:{partition}:ec2:{region}:{account}:route-table/{id}"},
        tag_type="route-table",
        limitation=ROUTING,
    ),
    "aws_route": ResourceType("ec2", Call("CreateRoute"), limitation=ROUTING),
    "aws_route_table_association": ResourceType(
        "ec2", Call("AssociateRouteTable", returns={"id": "AssociationId"}), limitation=ROUTING
    ),
    "aws_vpc_endpoint": ResourceType(
        "ec2",
        Call(
            "CreateVpcEndpoint",
            names={"policy": "PolicyDocument"},
            returns={"id": "VpcEndpoint.VpcEndpointId"},
        ),
        computed={"arn": "arn:{partition}:ec2:{region}:{account}:vpc-endpoint/{id}"},
        tag_type="vpc-endpoint",
        limitation=ROUTING,
    ),
    "aws_security_group": ResourceType(
        "ec2",
        Call("CreateSecurityGroup", names={"name": "GroupName"}, returns={"id": "GroupId"}),
        # A new group allows all egress; Terraform's provider revokes that.
        then=(
            Call(
                "RevokeSecurityGroupEgress",
                parameters={"GroupId": "id"},
                constants={"IpPermissions": [ALL_TRAFFIC]},
            ),
        ),
        computed={"arn": "arn:{partition}:ec2:{region}:{account}:security-group/{id}"},
        defaults={"description": "Managed by Terraform"},
        tag_type="security-group",
        limitation=FILTERING,
    ),
    "aws_vpc_security_group_egress_rule": _security_group_rule("AuthorizeSecurityGroupEgress"),
    "aws_vpc_security_group_ingress_rule": _security_group_rule("AuthorizeSecurityGroupIngress"),
    "aws_default_security_group": ResourceType(
        "ec2",
        Call(
            "DescribeSecurityGroups",
            transform=_default_group_of_vpc,
            returns={
                "id": "SecurityGroups[0].GroupId",
                "_ingress": "SecurityGroups[0].IpPermissions",
                "_egress": "SecurityGroups[0].IpPermissionsEgress",
            },
        ),
        # Terraform's provider revokes every rule that the configuration does not contain.
        then=(
            Call(
                "RevokeSecurityGroupIngress",
                parameters={"GroupId": "id", "IpPermissions": "_ingress"},
                condition="_ingress",
            ),
            Call(
                "RevokeSecurityGroupEgress",
                parameters={"GroupId": "id", "IpPermissions": "_egress"},
                condition="_egress",
            ),
            Call("CreateTags", attributes=("tags",), parameters={"Resources": "[id]"}),
        ),
        limitation=FILTERING,
    ),
    "aws_flow_log": ResourceType(
        "ec2",
        Call(
            "CreateFlowLogs",
            names={"iam_role_arn": "DeliverLogsPermissionArn"},
            transform=_logged_resource,
            returns={"id": "FlowLogIds[0]"},
        ),
        defaults={"log_destination_type": "cloud-watch-logs"},
        tag_type="vpc-flow-log",
        limitation=FLOW_LOGS,
    ),
}
