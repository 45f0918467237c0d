"""The VPC of a synthesized stack: zones, subnets, and how they reach anything."""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from documents.picture.errors import UndrawableError

Resources = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Subnet:
    """A subnet.

    Attributes:
        address: Of the resource.
        zone: The availability zone that it is in.
        cidr: Its addresses.
        public: Whether its default route leads to the internet gateway.
        nat: Addresses of the NAT gateways that stand in it.
    """

    address: str
    zone: str
    cidr: str
    public: bool
    nat: tuple[str, ...]

    @property
    def kind(self) -> str:
        """What it is called."""
        return f"{'public' if self.public else 'private'} subnet"


@dataclass(frozen=True)
class Endpoints:
    """Endpoints of one type in the VPC, by address, with the service that each leads to."""

    type: str
    services: Mapping[str, str]


@dataclass(frozen=True)
class Network:
    """A VPC.

    Attributes:
        address: Of the VPC.
        cidr: Its addresses.
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


def network(resources: Resources) -> Network:
    """The network of a stack, of its resources by address.

    Raises:
        UndrawableError: The stack has not exactly one VPC.
    """
    vpcs = _all(resources, "aws_vpc")
    if len(vpcs) != 1:
        raise UndrawableError(f"the picture is of stacks with one VPC, and this one has {len(vpcs)}")
    ((address, vpc),) = vpcs.items()
    internet = tuple(_all(resources, "aws_internet_gateway"))
    nat: dict[str, list[str]] = defaultdict(list)
    for gateway, attributes in _all(resources, "aws_nat_gateway").items():
        nat[_reference(attributes["subnet_id"])].append(gateway)
    tables: dict[str, list[str]] = defaultdict(list)
    for association in _all(resources, "aws_route_table_association").values():
        tables[_reference(association["route_table_id"])].append(_reference(association["subnet_id"]))

    routes = set()
    for route in _all(resources, "aws_route").values():
        for subnet in tables[_reference(route["route_table_id"])]:
            if "nat_gateway_id" in route:
                nat_gateway = resources[_reference(route["nat_gateway_id"])]
                routes.add((subnet, _reference(nat_gateway["subnet_id"])))
            else:
                routes.add((subnet, _reference(route["gateway_id"])))
    public = {subnet for subnet, target in routes if target in internet}

    endpoints: dict[str, dict[str, str]] = {}
    for endpoint, attributes in _all(resources, "aws_vpc_endpoint").items():
        kind = attributes["vpc_endpoint_type"]
        endpoints.setdefault(kind, {})[endpoint] = attributes["service_name"].split(".")[-1]
        routes |= {(_reference(subnet), kind) for subnet in attributes.get("subnet_ids", [])}
        for table in attributes.get("route_table_ids", []):
            routes |= {(subnet, kind) for subnet in tables[_reference(table)]}

    subnets = [
        Subnet(name, a["availability_zone"], a["cidr_block"], name in public, tuple(nat[name]))
        for name, a in _all(resources, "aws_subnet").items()
    ]
    return Network(
        address=address,
        cidr=vpc["cidr_block"],
        internet=internet,
        subnets=tuple(sorted(subnets, key=lambda subnet: (subnet.zone, not subnet.public))),
        endpoints=tuple(Endpoints(kind, services) for kind, services in sorted(endpoints.items())),
        routes=tuple(sorted(routes)),
    )


def _all(resources: Resources, kind: str) -> Resources:
    return {address: a for address, a in resources.items() if address.startswith(f"{kind}.")}


def _reference(text: str) -> str:
    """`aws_subnet.x` of `${aws_subnet.x.id}`."""
    (found,) = re.findall(r"^\$\{(\w+\.[\w-]+)\.\w+\}$", text)
    return str(found)
