"""Zones, endpoint services and Elastic IP addresses."""

from typing import Any
from urllib.parse import parse_qs

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from sandbox.server.process import Client
from tests.integration.accounts import Account
from tests.integration.fault_injection import Fault, canned_response
from tests.integration.preflight.stacks import bootstrap, lines, problems, stack_of


def endpoint_services(*services: tuple[str, str, tuple[str, ...]]) -> Fault:
    """Return AWS's responses about endpoint services: the name, the type and the zones of each."""

    def respond(client: Client, request: AWSPreparedRequest) -> AWSResponse:
        body: Any = request.body
        requested = parse_qs(body)["Filter.1.Value.1"]
        details = "".join(
            f"<item><serviceName>{name}</serviceName>"
            f"<serviceType><item><serviceType>{type_}</serviceType></item></serviceType>"
            f"<availabilityZoneSet>{''.join(f'<item>{zone}</item>' for zone in zones)}</availabilityZoneSet>"
            "</item>"
            for name, type_, zones in services
            if name in requested
        )
        response = f"<Response><serviceDetailSet>{details}</serviceDetailSet></Response>"
        return canned_response("services", response.encode(), 200, {}).respond(client, request)

    return Fault("services", respond)


def test_unavailable_zones_are_a_problem(account: Account, name: str) -> None:
    bootstrap(account, name)
    zones, endpoint = problems(account, stack_of(name, zones=("us-east-1a", "us-east-1h")))
    assert zones == "zones: us-east-1h is not available to this account: set ZONES to some of a, b"
    assert endpoint.startswith("endpoint com.amazonaws.us-east-1.ssm: AWS does not offer it in us-east-1h:")


def test_a_zone_without_nat_gateways_and_lambda_is_a_problem(account: Account, name: str) -> None:
    """In the embedded AWS, us-east-1c is the zone use1-az3. On AWS, every account has other letters."""
    bootstrap(account, name)
    (problem,) = problems(account, stack_of(name, zones=("us-east-1a", "us-east-1c")))
    assert problem == (
        "zones: us-east-1c is use1-az3, where AWS does not offer NAT gateways and Lambda functions in a VPC:"
        " set ZONES to some of a, b"
    )


def test_an_endpoint_service_that_a_zone_lacks_is_a_problem(account: Account, name: str) -> None:
    bootstrap(account, name)
    ssm = "com.amazonaws.us-east-1.ssm"
    s3 = ("com.amazonaws.us-east-1.s3", "Gateway", ("us-east-1a", "us-east-1b"))
    account.faults["DescribeVpcEndpointServices"] = endpoint_services(
        s3, (ssm, "Interface", ("us-east-1a", "us-east-1c"))
    )
    (problem,) = problems(account, stack_of(name))
    assert problem == (
        f"endpoint {ssm}: AWS does not offer it in us-east-1b:"
        " set ZONES, or remove it from INTERFACE_ENDPOINTS"
    )


def test_an_endpoint_service_that_the_region_lacks_is_a_problem(account: Account, name: str) -> None:
    """S3 has both types of endpoints, with different zones."""
    bootstrap(account, name)
    s3 = "com.amazonaws.us-east-1.s3"
    account.faults["DescribeVpcEndpointServices"] = endpoint_services(
        (s3, "Interface", ("us-east-1a",)), (s3, "Gateway", ())
    )
    (problem,) = problems(account, stack_of(name))
    assert problem == (
        "endpoint com.amazonaws.us-east-1.ssm: AWS does not offer it in us-east-1:"
        " remove it from INTERFACE_ENDPOINTS"
    )
    assert f"endpoint {s3}: Gateway" in lines(account, stack_of(name))


def test_too_few_free_elastic_ips_are_a_problem(account: Account, name: str) -> None:
    bootstrap(account, name)
    for _ in range(4):
        account("ec2").allocate_address(Domain="vpc")
    assert problems(account, stack_of(name)) == []
    account("ec2").allocate_address(Domain="vpc")
    (problem,) = problems(account, stack_of(name))
    assert problem == (
        "Elastic IP addresses: the stack needs 1 more, but 5 of the account's 5 in us-east-1 are allocated:"
        " release one (aws ec2 release-address), request a higher quota (Service Quotas, EC2-VPC Elastic"
        " IPs), or set NAT_GATEWAYS=one"
    )


def test_the_stack_s_own_elastic_ips_are_available_to_it(account: Account, name: str) -> None:
    bootstrap(account, name)
    for number in range(5):
        tags = [{"Key": "Name", "Value": f"{name}-nat"}] if number == 0 else []
        specification = [{"ResourceType": "elastic-ip", "Tags": tags}] if tags else []
        account("ec2").allocate_address(Domain="vpc", TagSpecifications=specification)
    assert problems(account, stack_of(name)) == []


def test_addresses_that_the_account_brought_along_do_not_count(account: Account, name: str) -> None:
    bootstrap(account, name)
    item = "<item><publicIp>1.2.3.4</publicIp><publicIpv4Pool>ipv4pool-ec2-1</publicIpv4Pool></item>"
    body = f"<Response><addressesSet>{5 * item}</addressesSet></Response>"
    account.faults["DescribeAddresses"] = canned_response("addresses", body.encode(), 200, {})
    assert problems(account, stack_of(name)) == []
