"""Patches of EC2."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from ministack.services import ec2

from sandbox.patches.responses import Response, with_elements

FLOW_LOG_DEFAULTS = {"DeliverLogsPermissionArn": "", "MaxAggregationInterval": "600"}
"""The parameters of CreateFlowLogs that MiniStack drops, with AWS's defaults."""

ACCOUNT_ATTRIBUTES = {"max-elastic-ips": "5", "vpc-max-elastic-ips": "5"}
"""AWS's defaults, in each region."""

MISSING_SERVICES = ("bedrock-runtime", "states")
"""The services that a stack can reach through interface endpoints, and MiniStack does not list."""


def offer_endpoints_of_all_services() -> None:
    """Offer interface endpoints of `MISSING_SERVICES`.

    AWS: DescribeVpcEndpointServices returns them
    (https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html).

    MiniStack: Leaves them out of the response, but creates the endpoints.
    """
    ec2._VPCE_INTERFACE_SERVICES += MISSING_SERVICES


def describe_quotas_of_addresses() -> None:
    """Answer DescribeAccountAttributes with the quotas of Elastic IP addresses.

    AWS: Returns the attributes of the account in the region, among them these
    (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html).

    MiniStack: Does not know the action.
    """

    def describe_account_attributes(parameters: Mapping[str, Any]) -> Response:
        requested = ec2._parse_member_list(parameters, "AttributeName") or ACCOUNT_ATTRIBUTES
        items = "".join(
            f"<item><attributeName>{name}</attributeName><attributeValueSet><item><attributeValue>{value}"
            "</attributeValue></item></attributeValueSet></item>"
            for name, value in ACCOUNT_ATTRIBUTES.items()
            if name in requested
        )
        attributes = f"<accountAttributeSet>{items}</accountAttributeSet>"
        response: Response = ec2._xml(200, "DescribeAccountAttributesResponse", attributes)
        return response

    ec2._ACTION_MAP["DescribeAccountAttributes"] = describe_account_attributes


def keep_role_interval_and_tags_of_flow_logs() -> None:
    """Keep the role, the aggregation interval and the tags of a flow log.

    AWS: DescribeFlowLogs returns them. The resource type in a tag specification is `vpc-flow-log`
    (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html).

    MiniStack: Drops the role and the interval, and expects the resource type `flow-log`. Terraform's second
    plan replaces every flow log.
    """
    create, describe = ec2._ACTION_MAP["CreateFlowLogs"], ec2._ACTION_MAP["DescribeFlowLogs"]

    def create_flow_logs(parameters: Mapping[str, Any]) -> Response:
        response: Response = create(parameters)
        for flow_log_id in re.findall(r"<item>(fl-\w+)</item>", response[2].decode()):
            ec2._parse_tag_specs(parameters, "vpc-flow-log", flow_log_id)
            for name, default in FLOW_LOG_DEFAULTS.items():
                ec2._flow_logs[flow_log_id][name] = ec2._p(parameters, name, default)
        return response

    def missing_elements(flow_log_id: str) -> dict[str, Any]:
        flow_log = ec2._flow_logs[flow_log_id]
        return {name[0].lower() + name[1:]: flow_log[name] for name in FLOW_LOG_DEFAULTS}

    def describe_flow_logs(parameters: Mapping[str, Any]) -> Response:
        return with_elements(describe(parameters), ".//{*}flowLogSet/{*}item", missing_elements)

    ec2._ACTION_MAP["CreateFlowLogs"] = create_flow_logs
    ec2._ACTION_MAP["DescribeFlowLogs"] = describe_flow_logs


def keep_policies_groups_and_private_dns_of_endpoints() -> None:
    """Keep the policy of an endpoint; of an interface endpoint, its security groups and private DNS too.

    AWS: DescribeVpcEndpoints returns them
    (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_VpcEndpoint.html).

    MiniStack: Drops them, and Terraform's second plan sets them again. No call is compared with the policy.
    """
    create, fields = ec2._ACTION_MAP["CreateVpcEndpoint"], ec2._vpce_fields_xml

    def create_vpc_endpoint(parameters: Mapping[str, Any]) -> Response:
        (endpoint_id,) = re.findall(r"<vpcEndpointId>([^<]+)", create(parameters)[2].decode())
        endpoint = ec2._vpc_endpoints[endpoint_id]
        endpoint["PolicyDocument"] = ec2._p(parameters, "PolicyDocument")
        if endpoint["VpcEndpointType"] == "Interface":
            endpoint["SecurityGroupIds"] = ec2._parse_member_list(parameters, "SecurityGroupId")
            endpoint["PrivateDnsEnabled"] = ec2._p(parameters, "PrivateDnsEnabled", "true")
        response: Response = ec2._xml(
            200, "CreateVpcEndpointResponse", ec2._vpce_fields_xml(endpoint, tag="vpcEndpoint")
        )
        return response

    def endpoint_fields(endpoint: Mapping[str, Any], tag: str = "item") -> str:
        groups = "".join(
            f"<item><groupId>{group}</groupId></item>" for group in endpoint.get("SecurityGroupIds", ())
        )
        added = (
            f"<policyDocument>{escape(endpoint.get('PolicyDocument', ''))}</policyDocument>"
            f"<groupSet>{groups}</groupSet>"
            f"<privateDnsEnabled>{endpoint.get('PrivateDnsEnabled', 'false')}</privateDnsEnabled>"
        )
        return str(fields(endpoint, tag)).removesuffix(f"</{tag}>") + f"{added}</{tag}>"

    ec2._ACTION_MAP["CreateVpcEndpoint"], ec2._vpce_fields_xml = create_vpc_endpoint, endpoint_fields
