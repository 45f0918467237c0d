"""The VPC of a synthesized stack: zones, subnets, endpoints and routes."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from documents.picture.errors import UndrawableError
from synthesized.references import parse
from synthesized.stack import JSON, Stack


@dataclass(frozen=True)
class Subnet:
    """A subnet.

    Attributes:
        address: The address of the resource.
        zone: Its availability zone.
        cidr: Its address range.
        public: Whether its default route leads to the internet gateway.
        nat: Addresses of the NAT gateways in it.
    """

    address: str
    zone: str
    cidr: str
    public: bool
    nat: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Its name in the picture."""
        return f"{'public' if self.public else 'private'} subnet"


@dataclass(frozen=True)
class Endpoints:
    """The endpoints of one type in the VPC: their services by address."""

    type: str
    services: Mapping[str, str]


@dataclass(frozen=True)
class Network:
    """A VPC.

    Attributes:
        address: The address of the VPC.
        cidr: Its address range.
        internet: Addresses of its internet gateways.
        subnets: In the order of zones, the public before the private.
        endpoints: Gateway endpoints, then interface endpoints.
        routes: From subnets to what their traffic goes through: an internet gateway, the subnet of a NAT
            gateway, or a type of endpoints.
    """

    address: str
    cidr: str
    internet: tuple[str, ...]
    subnets: tuple[Subnet, ...]
    endpoints: tuple[Endpoints, ...]
    routes: tuple[tuple[str, str], ...]


def network(stack: Stack) -> Network:
    """Return the network of a stack.

    Raises:
        UndrawableError: The stack has not exactly one VPC.
    """
    vpcs = stack.resources("aws_vpc")
    if len(vpcs) != 1:
        raise UndrawableError(f"the picture shows stacks with one VPC, and this one has {len(vpcs)}")
    ((address, vpc),) = vpcs.items()
    internet = tuple(_sorted(stack, "aws_internet_gateway"))
    nat: dict[str, list[str]] = defaultdict(list)
    for gateway, attributes in _sorted(stack, "aws_nat_gateway").items():
        nat[_address(attributes["subnet_id"])].append(gateway)
    tables: dict[str, list[str]] = defaultdict(list)
    for association in stack.resources("aws_route_table_association").values():
        tables[_address(association["route_table_id"])].append(_address(association["subnet_id"]))

    routes = set()
    for route in stack.resources("aws_route").values():
        for subnet in tables[_address(route["route_table_id"])]:
            if "nat_gateway_id" in route:
                nat_gateway = stack.blocks[_address(route["nat_gateway_id"])].arguments
                routes.add((subnet, _address(nat_gateway["subnet_id"])))
            else:
                routes.add((subnet, _address(route["gateway_id"])))
    public = {subnet for subnet, target in routes if target in internet}

    endpoints: dict[str, dict[str, str]] = {}
    for endpoint, attributes in _sorted(stack, "aws_vpc_endpoint").items():
        kind = attributes["vpc_endpoint_type"]
        endpoints.setdefault(kind, {})[endpoint] = attributes["service_name"].split(".")[-1]
        routes |= {(_address(subnet), kind) for subnet in attributes.get("subnet_ids", [])}
        for table in attributes.get("route_table_ids", []):
            routes |= {(subnet, kind) for subnet in tables[_address(table)]}

    subnets = [
        Subnet(name, a["availability_zone"], a["cidr_block"], name in public, tuple(nat[name]))
        for name, a in _sorted(stack, "aws_subnet").items()
    ]
    return Network(
        address=address,
        cidr=vpc["cidr_block"],
        internet=internet,
        subnets=tuple(sorted(subnets, key=lambda subnet: (subnet.zone, not subnet.public))),
        endpoints=tuple(Endpoints(kind, services) for kind, services in sorted(endpoints.items())),
        routes=tuple(sorted(routes)),
    )


def _sorted(stack: Stack, type_: str) -> dict[str, dict[str, JSON]]:
    """Return the resources of a type in the order of their addresses."""
    return dict(sorted(stack.resources(type_).items()))


def _address(text: str) -> str:
    """Return the address of the resource that an attribute refers to."""
    return parse(text).address
