"""Checks of what a region offers to the network of a stack, and of the account's addresses."""

from operations.aws import SetupError
from operations.preflight.account import Account

CONSTRAINED_ZONES = frozenset({"apne1-az3", "cac1-az3", "use1-az3", "usw1-az2"})
"""The ids of the zones that AWS does not extend any more.

"We cannot support NAT gateways in these Availability Zones", and Lambda refuses subnets in them
(https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-troubleshooting.html). No call and no document
lists them. These are the ids that AWS excludes for EKS and for Global Accelerator
(https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html,
https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.regions.html)."""

ELASTIC_IP_QUOTA = "vpc-max-elastic-ips"


def check_zones(account: Account) -> str:
    """Check that the account can use the zones of the subnets, with NAT gateways and functions."""
    response = account.client("ec2").describe_availability_zones(
        Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]
    )
    ids = {
        zone["ZoneName"]: zone["ZoneId"]
        for zone in response["AvailabilityZones"]
        if zone["State"] == "available"
    }
    usable = [zone for zone, id_ in ids.items() if id_ not in CONSTRAINED_ZONES]
    reasons = [
        f"{zone} is {ids[zone]}, where AWS does not offer NAT gateways and Lambda functions in a VPC"
        if zone in ids
        else f"{zone} is not available to this account"
        for zone in account.requirements.zones
        if zone not in usable
    ]
    if reasons:
        letters = ", ".join(zone.removeprefix(account.requirements.region) for zone in usable)
        raise SetupError(f"zones: {', '.join(reasons)}: set ZONES to some of {letters}")
    return ", ".join(f"{zone} ({ids[zone]})" for zone in account.requirements.zones)


def check_endpoint(account: Account, service: str, endpoint_type: str) -> str:
    """Check that the region offers an endpoint service, and an interface endpoint in every zone."""
    response = account.client("ec2").describe_vpc_endpoint_services(
        Filters=[{"Name": "service-name", "Values": [service]}]
    )
    zones = [
        set(details["AvailabilityZones"])
        for details in response["ServiceDetails"]
        if {"ServiceType": endpoint_type} in details["ServiceType"]
    ]
    refusal = f"endpoint {service}: AWS does not offer it in"
    if not zones:
        raise SetupError(f"{refusal} {account.requirements.region}: remove it from INTERFACE_ENDPOINTS")
    missing = [zone for zone in account.requirements.zones if zone not in zones[0]]
    if missing and endpoint_type == "Interface":
        raise SetupError(f"{refusal} {', '.join(missing)}: set ZONES, or remove it from INTERFACE_ENDPOINTS")
    return endpoint_type


def check_elastic_ips(account: Account) -> str:
    """Check that the account can allocate the addresses that the stack does not have yet.

    Addresses that the account has brought to AWS do not count
    (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/elastic-ip-addresses-eip.html#using-instance-addressing-limit).
    """
    ec2 = account.client("ec2")
    (attribute,) = ec2.describe_account_attributes(AttributeNames=[ELASTIC_IP_QUOTA])["AccountAttributes"]
    quota = int(attribute["AttributeValues"][0]["AttributeValue"])
    addresses = ec2.describe_addresses()["Addresses"]
    names = {tag["Value"] for address in addresses for tag in address.get("Tags", ()) if tag["Key"] == "Name"}
    allocated = sum(address.get("PublicIpv4Pool", "amazon") == "amazon" for address in addresses)
    needed = sum(name not in names for name in account.requirements.elastic_ips)
    if needed > quota - allocated:
        raise SetupError(
            f"Elastic IP addresses: the stack needs {needed} more, but {allocated} of the account's {quota}"
            f" in {account.requirements.region} are allocated: release one (aws ec2 release-address), request"
            " a higher quota (Service Quotas, EC2-VPC Elastic IPs), or set NAT_GATEWAYS=one"
        )
    return f"the stack needs {needed} more, {allocated} of the account's {quota} are allocated"
