"""The network of the functions."""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network

from cdktf_cdktf_provider_aws.default_security_group import DefaultSecurityGroup
from cdktf_cdktf_provider_aws.eip import Eip
from cdktf_cdktf_provider_aws.flow_log import FlowLog
from cdktf_cdktf_provider_aws.internet_gateway import InternetGateway
from cdktf_cdktf_provider_aws.nat_gateway import NatGateway
from cdktf_cdktf_provider_aws.route import Route
from cdktf_cdktf_provider_aws.route_table import RouteTable
from cdktf_cdktf_provider_aws.route_table_association import RouteTableAssociation
from cdktf_cdktf_provider_aws.security_group import SecurityGroup
from cdktf_cdktf_provider_aws.subnet import Subnet
from cdktf_cdktf_provider_aws.vpc import Vpc
from cdktf_cdktf_provider_aws.vpc_endpoint import VpcEndpoint
from cdktf_cdktf_provider_aws.vpc_security_group_egress_rule import VpcSecurityGroupEgressRule
from cdktf_cdktf_provider_aws.vpc_security_group_ingress_rule import VpcSecurityGroupIngressRule
from constructs import Construct

from infra import policy
from infra.constructs.account import Account
from infra.constructs.key import Key
from infra.constructs.log_group import LogGroup
from infra.constructs.role import Role

EVERYWHERE = "0.0.0.0/0"
FLOW_LOG_RETENTION_DAYS = 30


class Network(Construct):
    """A VPC with public and private subnets in each zone, NAT and gateway endpoints (P7).

    For 10.0.0.0/16, the public subnets in the zones a, b, ... are 10.0.1.0/24, 10.0.11.0/24, ...; the
    private ones are 10.0.100.0/24, 10.0.110.0/24, .... Functions can only open connections to the ports 443
    and 80, or to 443 alone. Endpoints let the account's identities call the account's resources. The default
    security group allows no traffic. Flow logs record all traffic.

    Args:
        name: Prefix of the Name tags.
        flow_logs_role_name: Name of the role that writes flow logs.
        cidr: A /16 network.
        zones: Letters of the zones in the region, at least two.
        nat_per_zone: One NAT gateway for each zone, which costs more but survives the loss of a zone; by
            default one for all.
        http_egress: Whether functions may connect to port 80.
        interface_endpoints: Services to reach without NAT, as `ssm`; each costs per hour and zone.
        account: Account of the network.
        key: Key that encrypts the flow logs.

    Attributes:
        id: Id of the VPC.
        private_subnet_ids: Ids of the subnets for functions.
        function_security_group_id: Id of the security group for functions.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        flow_logs_role_name: str,
        cidr: IPv4Network,
        zones: Sequence[str],
        nat_per_zone: bool,
        http_egress: bool,
        interface_endpoints: Sequence[str],
        account: Account,
        key: Key,
    ) -> None:
        super().__init__(scope, id)
        self._name = name
        self._account = account
        self.id: str = Vpc(
            self,
            "vpc",
            cidr_block=str(cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags={"Name": name},
        ).id
        public = [self._subnet("public", zone, _nth_24(cidr, 1 + _offset(zone))) for zone in zones]
        private = [self._subnet("private", zone, _nth_24(cidr, 100 + _offset(zone))) for zone in zones]
        self.private_subnet_ids: list[str] = [subnet.id for subnet in private]

        internet = InternetGateway(self, "internet", vpc_id=self.id, tags={"Name": name})
        public_table = self._route_table("public", public)
        Route(
            self,
            "public-default",
            route_table_id=public_table.id,
            destination_cidr_block=EVERYWHERE,
            gateway_id=internet.id,
        )
        gateway_count = len(zones) if nat_per_zone else 1
        private_tables = [
            self._private_route_table(zones[i], public[i], private[i::gateway_count], internet)
            for i in range(gateway_count)
        ]
        for service in ("s3", "dynamodb"):
            VpcEndpoint(
                self,
                service,
                vpc_id=self.id,
                service_name=f"com.amazonaws.{account.region}.{service}",
                vpc_endpoint_type="Gateway",
                route_table_ids=[table.id for table in private_tables],
                policy=self._endpoint_policy(service),
                tags={"Name": f"{name}-{service}"},
            )
        self.function_security_group_id: str = self._function_security_group(
            (443, 80) if http_egress else (443,)
        ).id
        DefaultSecurityGroup(self, "default-security-group", vpc_id=self.id, tags={"Name": f"{name}-closed"})
        self._add_flow_logs(key, flow_logs_role_name)
        if interface_endpoints:
            self._add_interface_endpoints(interface_endpoints, cidr)

    def _subnet(self, visibility: str, zone: str, cidr: IPv4Network) -> Subnet:
        return Subnet(
            self,
            f"{visibility}-{zone}",
            vpc_id=self.id,
            cidr_block=str(cidr),
            availability_zone=f"{self._account.region}{zone}",
            map_public_ip_on_launch=False,  # only NAT gateways are in public subnets
            tags={"Name": f"{self._name}-{visibility}-{zone}"},
        )

    def _route_table(self, suffix: str, subnets: Sequence[Subnet]) -> RouteTable:
        table = RouteTable(self, f"{suffix}-routes", vpc_id=self.id, tags={"Name": f"{self._name}-{suffix}"})
        for subnet in subnets:
            RouteTableAssociation(
                self,
                f"{subnet.node.id}-routes-association",
                subnet_id=subnet.id,
                route_table_id=table.id,
            )
        return table

    def _private_route_table(
        self,
        zone: str,
        public_subnet: Subnet,
        private_subnets: Sequence[Subnet],
        internet: InternetGateway,
    ) -> RouteTable:
        address = Eip(self, f"nat-{zone}-address", domain="vpc", tags={"Name": f"{self._name}-nat-{zone}"})
        nat = NatGateway(
            self,
            f"nat-{zone}",
            subnet_id=public_subnet.id,
            allocation_id=address.id,
            depends_on=[internet],
            tags={"Name": f"{self._name}-{zone}"},
        )
        table = self._route_table(f"private-{zone}", private_subnets)
        Route(
            self,
            f"private-{zone}-default",
            route_table_id=table.id,
            destination_cidr_block=EVERYWHERE,
            nat_gateway_id=nat.id,
        )
        return table

    def _security_group(self, suffix: str, description: str) -> SecurityGroup:
        return SecurityGroup(
            self,
            f"{suffix}-security-group",
            name=f"{self._name}-{suffix}",
            description=description,
            vpc_id=self.id,
            tags={"Name": f"{self._name}-{suffix}"},
        )

    def _function_security_group(self, ports: Sequence[int]) -> SecurityGroup:
        # The description says what is possible at most: AWS would replace the group to change it.
        group = self._security_group("functions", "Functions: out to 443 and 80, nothing in")
        for port in ports:
            VpcSecurityGroupEgressRule(
                self,
                f"functions-to-{port}",
                security_group_id=group.id,
                ip_protocol="tcp",
                from_port=port,
                to_port=port,
                cidr_ipv4=EVERYWHERE,
                description=f"AWS APIs and the internet on {port}",
            )
        return group

    def _add_flow_logs(self, key: Key, flow_logs_role_name: str) -> None:
        logs = LogGroup(
            self,
            "flow-logs",
            name=f"/aws/vpc/{self._name}",
            key=key,
            retention_days=FLOW_LOG_RETENTION_DAYS,
        )
        in_account = {"StringEquals": {"aws:SourceAccount": self._account.id}}
        role = Role(
            self,
            "flow-logs-role",
            name=flow_logs_role_name,
            service="vpc-flow-logs.amazonaws.com",
            trust_conditions=in_account,
        )
        actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
        role.grant(policy.allow(actions, [f"{logs.arn}:*"]))
        FlowLog(
            self,
            "flow-log",
            vpc_id=self.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=logs.arn,
            iam_role_arn=role.arn,
            depends_on=role.policies,  # without them, the first flows are not delivered
            tags={"Name": self._name},
        )

    def _add_interface_endpoints(self, services: Sequence[str], cidr: IPv4Network) -> None:
        group = self._security_group("endpoints", "Interface endpoints: 443 from the VPC")
        VpcSecurityGroupIngressRule(
            self,
            "endpoints-from-vpc",
            security_group_id=group.id,
            ip_protocol="tcp",
            from_port=443,
            to_port=443,
            cidr_ipv4=str(cidr),
            description="TLS from the VPC",
        )
        for service in services:
            VpcEndpoint(
                self,
                service,
                vpc_id=self.id,
                service_name=f"com.amazonaws.{self._account.region}.{service}",
                vpc_endpoint_type="Interface",
                private_dns_enabled=True,
                subnet_ids=self.private_subnet_ids,
                security_group_ids=[group.id],
                policy=self._endpoint_policy(service),
                tags={"Name": f"{self._name}-{service}"},
            )

    def _endpoint_policy(self, service: str) -> str:
        """Return a policy that only lets identities of the account through, to resources of the account.

        So code in a function can neither use other credentials nor copy data to another account's bucket this
        way. Resources of AWS need no exception: functions call none but Bedrock's models, and Lambda fetches
        code and delivers logs and traces from its own network. Some actions, such as PutMetricData, have no
        resource (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html).
        """
        in_account: dict[str, Mapping[str, str]] = {
            "StringEquals": {"aws:PrincipalAccount": self._account.id}
        }
        if service != "bedrock-runtime":
            in_account["StringEqualsIfExists"] = {"aws:ResourceAccount": self._account.id}
        return policy.document(policy.allow(["*"], ["*"], principal="*", conditions=in_account))


def _offset(zone: str) -> int:
    """Offset of a zone's subnets in the third octet.

    It depends on the letter, not on the position in the list: a new zone never takes addresses of an
    existing subnet.
    """
    return 10 * (ord(zone) - ord("a"))


def _nth_24(cidr: IPv4Network, n: int) -> IPv4Network:
    """The nth /24 network of `cidr`."""
    return IPv4Network((int(cidr.network_address) + (n << 8), 24))
