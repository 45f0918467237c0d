"""The network (P7)."""

import json

from tests.synthesis import Synthesize
from tests.template import Template


def _cidrs(stack: Template) -> dict[str, str]:
    return {
        attributes["cidr_block"]: attributes["availability_zone"]
        for attributes in stack.resources("aws_subnet").values()
    }


def test_subnets_in_two_zones(stack: Template) -> None:
    assert _cidrs(stack) == {
        "10.0.1.0/24": "us-east-1a",
        "10.0.11.0/24": "us-east-1b",
        "10.0.100.0/24": "us-east-1a",
        "10.0.110.0/24": "us-east-1b",
    }
    stack.assert_every("aws_vpc", {"enable_dns_support": True, "enable_dns_hostnames": True})
    stack.assert_every("aws_subnet", {"map_public_ip_on_launch": False})
    stack.assert_every_is_named("aws_subnet", "aws_route_table_association", "subnet_id")


def test_zones_and_network_are_settings(synthesize: Synthesize) -> None:
    stack = synthesize(VPC_CIDR="172.20.0.0/16", ZONES="b,c,d")
    assert _cidrs(stack)["172.20.31.0/24"] == "us-east-1d"
    assert _cidrs(stack)["172.20.130.0/24"] == "us-east-1d"
    assert len(_cidrs(stack)) == 6


def test_a_new_zone_does_not_take_addresses_of_existing_subnets(
    synthesize: Synthesize, stack: Template
) -> None:
    """Terraform creates a new subnet before it destroys an old one, and AWS rejects overlaps."""
    after = _cidrs(synthesize(ZONES="a,c"))
    assert all(after[cidr] == zone for cidr, zone in _cidrs(stack).items() if cidr in after)


def test_one_nat_gateway_serves_all_private_subnets(stack: Template) -> None:
    assert len(stack.resources("aws_nat_gateway")) == len(stack.resources("aws_eip")) == 1
    assert len(stack.resources("aws_route_table")) == 2


def test_nat_gateways_per_zone_are_independent(synthesize: Synthesize) -> None:
    stack = synthesize(NAT_GATEWAYS="per_zone")
    assert len(stack.resources("aws_nat_gateway")) == 2
    routes = stack.resources("aws_route").values()
    assert len({route["nat_gateway_id"] for route in routes if "nat_gateway_id" in route}) == 2


def test_gateway_endpoints_are_on_every_private_route_table(synthesize: Synthesize) -> None:
    stack = synthesize(NAT_GATEWAYS="per_zone")
    stack.assert_every("aws_vpc_endpoint", {"vpc_endpoint_type": "Gateway"})
    stack.assert_every("aws_vpc_endpoint", lambda attributes: len(attributes["route_table_ids"]) == 2)
    names = {attributes["service_name"] for attributes in stack.resources("aws_vpc_endpoint").values()}
    assert names == {"com.amazonaws.us-east-1.s3", "com.amazonaws.us-east-1.dynamodb"}


def test_interface_endpoints_are_a_setting(synthesize: Synthesize) -> None:
    stack = synthesize(INTERFACE_ENDPOINTS="ssm,kms")
    interfaces = [
        attributes
        for attributes in stack.resources("aws_vpc_endpoint").values()
        if attributes["vpc_endpoint_type"] == "Interface"
        and attributes["private_dns_enabled"]
        and len(attributes["subnet_ids"]) == 2
    ]
    assert [attributes["service_name"].rpartition(".")[2] for attributes in interfaces] == ["ssm", "kms"]
    stack.assert_every("aws_vpc_security_group_ingress_rule", {"from_port": 443, "cidr_ipv4": "10.0.0.0/16"})


def test_functions_can_connect_only_to_ports_443_and_80(stack: Template) -> None:
    ports = {
        attributes["from_port"]
        for attributes in stack.resources("aws_vpc_security_group_egress_rule").values()
    }
    assert ports == {443, 80}
    assert not stack.resources("aws_vpc_security_group_ingress_rule")
    stack.assert_none(
        "aws_security_group", lambda attributes: "ingress" in attributes or "egress" in attributes
    )


def test_port_80_is_closed_by_a_setting(synthesize: Synthesize) -> None:
    stack = synthesize(HTTP_EGRESS="closed")
    stack.assert_every("aws_vpc_security_group_egress_rule", {"from_port": 443, "to_port": 443})


def test_endpoints_take_calls_of_the_account_to_its_resources(synthesize: Synthesize) -> None:
    stack = synthesize(INTERFACE_ENDPOINTS="ssm,monitoring,bedrock-runtime")
    for endpoint in stack.resources("aws_vpc_endpoint").values():
        (statement,) = json.loads(endpoint["policy"])["Statement"]
        assert (statement["Effect"], statement["Principal"]) == ("Allow", "*")
        conditions = statement["Condition"]
        assert conditions["StringEquals"]["aws:PrincipalAccount"].startswith("${data.aws_caller_identity.")
        of_aws = endpoint["service_name"].endswith("bedrock-runtime")  # the models have no account
        assert ("aws:ResourceAccount" in conditions.get("StringEqualsIfExists", {})) is not of_aws


def test_default_security_group_is_closed_and_flows_are_logged(stack: Template) -> None:
    stack.assert_every(
        "aws_default_security_group",
        lambda attributes: "ingress" not in attributes and "egress" not in attributes,
    )
    stack.assert_every_is_named("aws_vpc", "aws_default_security_group", "vpc_id")
    stack.assert_every_is_named("aws_vpc", "aws_flow_log", "vpc_id")
    stack.assert_every("aws_flow_log", {"traffic_type": "ALL"})


def test_flow_log_waits_for_the_policy_of_its_role(stack: Template) -> None:
    (flow_log,) = stack.resources("aws_flow_log").values()
    (role,) = stack.addresses_in(flow_log["iam_role_arn"])
    (policy,) = (
        address
        for address, attributes in stack.resources("aws_iam_role_policy").items()
        if role in stack.addresses_in(attributes["role"])
    )
    assert flow_log["depends_on"] == [policy]
