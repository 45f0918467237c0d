from tests.integration.sandbox.resource_types.case import TAGS, Case, Resources, assumed_by, policy, reader

VPC: Resources = {"aws_vpc": {"v": {"cidr_block": "10.0.0.0/16"}}}
SUBNET = VPC | {"aws_subnet": {"s": {"vpc_id": "${aws_vpc.v.id}", "cidr_block": "10.0.1.0/24"}}}
GATEWAY: Resources = {"aws_internet_gateway": {"g": {"vpc_id": "${aws_vpc.v.id}"}}}
ROUTES: Resources = {"aws_route_table": {"t": {"vpc_id": "${aws_vpc.v.id}"}}}
GROUP: Resources = {
    "aws_security_group": {"g": {"vpc_id": "${aws_vpc.v.id}", "name": "rules", "description": "d"}}
}
RULE = {
    "security_group_id": "${aws_security_group.g.id}",
    "ip_protocol": "tcp",
    "from_port": 443,
    "to_port": 443,
    "cidr_ipv4": "10.0.0.0/8",
    "description": "in the house",
}


CASES = {
    "aws_vpc": Case(
        {
            "aws_vpc": {
                "x": {
                    "cidr_block": "10.1.0.0/16",
                    "enable_dns_support": True,
                    "enable_dns_hostnames": True,
                    "tags": {"Name": "mine"},
                }
            }
        },
        lambda server, attributes: [
            server.client("ec2").describe_vpc_attribute(
                VpcId=attributes["id"], Attribute="enableDnsHostnames"
            )["EnableDnsHostnames"]["Value"],
            {
                tag["Key"]: tag["Value"]
                for tag in server.client("ec2").describe_vpcs(VpcIds=[attributes["id"]])["Vpcs"][0]["Tags"]
            },
        ],
        [True, TAGS],
    ),
    "aws_subnet": Case(
        VPC
        | {
            "aws_subnet": {
                "x": {
                    "vpc_id": "${aws_vpc.v.id}",
                    "cidr_block": "10.0.1.0/24",
                    "availability_zone": "us-east-1b",
                    "map_public_ip_on_launch": True,
                }
            }
        },
        lambda server, attributes: [
            reader("ec2", "describe_subnets", f"Subnets.0.{member}", SubnetIds=["{id}"])(server, attributes)
            for member in ("CidrBlock", "AvailabilityZone", "MapPublicIpOnLaunch", "SubnetArn")
        ],
        ["10.0.1.0/24", "us-east-1b", True, "{arn}"],
    ),
    "aws_internet_gateway": Case(
        VPC | {"aws_internet_gateway": {"x": {"vpc_id": "${aws_vpc.v.id}"}}},
        reader(
            "ec2",
            "describe_internet_gateways",
            "InternetGateways.0.Attachments.0.VpcId",
            InternetGatewayIds=["{id}"],
        ),
        "{vpc_id}",
    ),
    "aws_eip": Case(
        {"aws_eip": {"x": {"domain": "vpc"}}},
        reader("ec2", "describe_addresses", "Addresses.0.PublicIp", AllocationIds=["{id}"]),
        "{public_ip}",
    ),
    "aws_nat_gateway": Case(
        SUBNET
        | GATEWAY
        | {"aws_eip": {"e": {"domain": "vpc"}}}
        | {
            "aws_nat_gateway": {
                "x": {
                    "subnet_id": "${aws_subnet.s.id}",
                    "allocation_id": "${aws_eip.e.id}",
                    "depends_on": ["aws_internet_gateway.g"],
                }
            }
        },
        reader("ec2", "describe_nat_gateways", "NatGateways.0.State", NatGatewayIds=["{id}"]),
        "available",
    ),
    "aws_route_table": Case(
        VPC | {"aws_route_table": {"x": {"vpc_id": "${aws_vpc.v.id}"}}},
        reader("ec2", "describe_route_tables", "RouteTables.0.VpcId", RouteTableIds=["{id}"]),
        "{vpc_id}",
    ),
    "aws_route": Case(
        VPC
        | GATEWAY
        | ROUTES
        | {
            "aws_route": {
                "x": {
                    "route_table_id": "${aws_route_table.t.id}",
                    "destination_cidr_block": "0.0.0.0/0",
                    "gateway_id": "${aws_internet_gateway.g.id}",
                }
            }
        },
        lambda server, attributes: [
            route["GatewayId"]
            for route in server.client("ec2").describe_route_tables(
                RouteTableIds=[attributes["route_table_id"]]
            )["RouteTables"][0]["Routes"]
            if route["DestinationCidrBlock"] == "0.0.0.0/0"
        ],
        ["{gateway_id}"],
    ),
    "aws_route_table_association": Case(
        SUBNET
        | ROUTES
        | {
            "aws_route_table_association": {
                "x": {"subnet_id": "${aws_subnet.s.id}", "route_table_id": "${aws_route_table.t.id}"}
            }
        },
        reader(
            "ec2",
            "describe_route_tables",
            "RouteTables.0.Associations.0.SubnetId",
            RouteTableIds=["{route_table_id}"],
        ),
        "{subnet_id}",
    ),
    "aws_vpc_endpoint": Case(
        VPC
        | ROUTES
        | {
            "aws_vpc_endpoint": {
                "x": {
                    "vpc_id": "${aws_vpc.v.id}",
                    "service_name": "com.amazonaws.us-east-1.s3",
                    "vpc_endpoint_type": "Gateway",
                    "route_table_ids": ["${aws_route_table.t.id}"],
                    "policy": policy("s3:*", Principal="*"),
                }
            }
        },
        lambda server, attributes: (
            reader("ec2", "describe_vpc_endpoints", "VpcEndpoints.0.RouteTableIds", VpcEndpointIds=["{id}"])(
                server, attributes
            )
            == attributes["route_table_ids"]
        ),
        True,
    ),
    "aws_security_group": Case(
        VPC
        | {"aws_security_group": {"x": {"vpc_id": "${aws_vpc.v.id}", "name": "mine", "description": "d"}}},
        reader("ec2", "describe_security_groups", "SecurityGroups.0.IpPermissionsEgress", GroupIds=["{id}"]),
        [],
    ),
    "aws_vpc_security_group_egress_rule": Case(
        VPC | GROUP | {"aws_vpc_security_group_egress_rule": {"x": RULE}},
        lambda server, attributes: [
            reader(
                "ec2",
                "describe_security_group_rules",
                f"SecurityGroupRules.0.{member}",
                SecurityGroupRuleIds=["{id}"],
            )(server, attributes)
            for member in ("IsEgress", "FromPort", "CidrIpv4", "Description")
        ],
        [True, 443, "10.0.0.0/8", "in the house"],
    ),
    "aws_vpc_security_group_ingress_rule": Case(
        VPC | GROUP | {"aws_vpc_security_group_ingress_rule": {"x": RULE}},
        reader(
            "ec2",
            "describe_security_group_rules",
            "SecurityGroupRules.0.IsEgress",
            SecurityGroupRuleIds=["{id}"],
        ),
        False,
    ),
    "aws_default_security_group": Case(
        VPC | {"aws_default_security_group": {"x": {"vpc_id": "${aws_vpc.v.id}", "tags": {"Name": "mine"}}}},
        lambda server, attributes: [
            len(group["IpPermissions"]) + len(group["IpPermissionsEgress"])
            for group in server.client("ec2").describe_security_groups(
                Filters=[
                    {"Name": "vpc-id", "Values": [attributes["vpc_id"]]},
                    {"Name": "tag:Name", "Values": ["mine"]},
                ]
            )["SecurityGroups"]
        ],
        [0],
    ),
    "aws_flow_log": Case(
        VPC
        | {
            "aws_iam_role": {"r": {"name": "flow", "assume_role_policy": assumed_by("vpc-flow-logs")}},
            "aws_cloudwatch_log_group": {"g": {"name": "/vpc/flow"}},
            "aws_flow_log": {
                "x": {
                    "vpc_id": "${aws_vpc.v.id}",
                    "traffic_type": "ALL",
                    "log_destination": "${aws_cloudwatch_log_group.g.arn}",
                    "iam_role_arn": "${aws_iam_role.r.arn}",
                }
            },
        },
        reader("ec2", "describe_flow_logs", "FlowLogs.0.ResourceId", FlowLogIds=["{id}"]),
        "{vpc_id}",
    ),
}
