from typing import Any

import pytest

from tests.unit.review.builders import (
    JSON,
    compared,
    created,
    deleted,
    only_finding,
    resource,
    reviewed,
    texts,
    updated,
)

GROUP = "aws_security_group.g"
RULE = "aws_vpc_security_group_ingress_rule.r"


def ingress(port: int, *networks: str, protocol: str = "tcp", **more: object) -> JSON:
    return {"from_port": port, "to_port": port, "protocol": protocol, "cidr_blocks": list(networks), **more}


def test_newly_opened_port_is_a_finding() -> None:
    """Another port was already open to the internet, and comes first."""
    before = {"ingress": [ingress(443, "0.0.0.0/0")]}
    after = {"ingress": [ingress(443, "0.0.0.0/0"), ingress(22, "0.0.0.0/0"), ingress(80, "10.0.0.0/8")]}
    assert texts(reviewed(updated(GROUP, before, after))) == [
        "allows inbound traffic from `0.0.0.0/0` on port 22"
    ]


@pytest.mark.parametrize(
    "after",
    [
        [ingress(443, "0.0.0.0/0", description="other words")],
        [ingress(443, "10.0.0.0/8")],
        [],
    ],
)
def test_existing_rule_has_no_finding(after: list[JSON]) -> None:
    before = {"ingress": [ingress(443, "0.0.0.0/0", description="words")]}
    assert texts(reviewed(updated(GROUP, before, {"ingress": after}))) == []


def test_narrower_ports_have_no_finding() -> None:
    wide = {"ingress": [{"from_port": 0, "to_port": 0, "protocol": "-1", "cidr_blocks": ["0.0.0.0/0"]}]}
    narrow = {"ingress": [ingress(443, "0.0.0.0/0")]}
    assert texts(reviewed(updated(GROUP, wide, narrow))) == []
    assert texts(reviewed(updated(GROUP, narrow, wide))) == ["allows inbound traffic from `0.0.0.0/0`"]


@pytest.mark.parametrize(
    "network", ["0.0.0.0/0", "::/0", "0.0.0.0/1", "128.0.0.0/1", "2000::/3", "1.2.3.4/0"]
)
def test_internet_is_recognized_in_every_form(network: str) -> None:
    rule = {"from_port": 22, "to_port": 22, "ip_protocol": "tcp", "cidr_ipv4": network}
    finding = only_finding(reviewed(created(RULE, **rule)))
    assert finding.text == f"allows inbound traffic from `{network}` on port 22"
    assert finding.needs_human


@pytest.mark.parametrize("network", ["10.0.0.0/8", "203.0.113.0/24", "fd00::/8", "no/network", "/"])
def test_private_networks_have_no_finding(network: str) -> None:
    assert texts(reviewed(created(RULE, cidr_ipv4=network))) == []


def test_port_ranges_are_named() -> None:
    ranged = {"from_port": 20, "to_port": 22, "ip_protocol": "tcp", "cidr_ipv4": "0.0.0.0/0"}
    assert (
        only_finding(reviewed(created(RULE, **ranged))).text
        == "allows inbound traffic from `0.0.0.0/0` on ports 20 to 22"
    )
    assert (
        only_finding(reviewed(created(RULE, ip_protocol="-1", cidr_ipv4="0.0.0.0/0"))).text
        == "allows inbound traffic from `0.0.0.0/0`"
    )


@pytest.mark.parametrize(
    "entry",
    [
        created("aws_vpc_security_group_egress_rule.r", cidr_ipv4="0.0.0.0/0", ip_protocol="-1"),
        created("aws_security_group_rule.r", type="egress", cidr_blocks=["0.0.0.0/0"]),
        created(
            GROUP, egress=[{"cidr_blocks": ["0.0.0.0/0"], "from_port": 0, "to_port": 0, "protocol": "-1"}]
        ),
        created("aws_network_acl_rule.r", egress=True, rule_action="allow", cidr_block="0.0.0.0/0"),
    ],
)
def test_outbound_traffic_is_expected(entry: JSON) -> None:
    finding = only_finding(reviewed(entry))
    assert finding.text == "allows outbound traffic to `0.0.0.0/0`"
    assert finding.expected
    assert not finding.needs_human


@pytest.mark.parametrize(
    "entry",
    [
        created("aws_network_acl_rule.r", egress=False, rule_action="deny", cidr_block="0.0.0.0/0"),
        created(
            "aws_network_acl.a",
            ingress=[{"action": "deny", "cidr_block": "0.0.0.0/0", "from_port": 0, "to_port": 0}],
        ),
        created("aws_vpc.v", tags={"a": "0.0.0.0/0"}, tags_all={"a": "0.0.0.0/0"}),
        created("aws_ec2_transit_gateway_route.r", destination_cidr_block="0.0.0.0/0"),
        resource("data.aws_security_group.g", "read", None, {"ingress": [ingress(22, "0.0.0.0/0")]}),
        resource("data.aws_db_instance.d", "read", None, {"publicly_accessible": True}),
        resource(GROUP, "forget", {"ingress": [ingress(22, "0.0.0.0/0")]}, None),
        resource(
            RULE, "no-op", {"cidr_ipv4": "0.0.0.0/0"}, {"cidr_ipv4": "0.0.0.0/0"}, importing={"id": "r"}
        ),
    ],
)
def test_networks_without_inbound_traffic_have_no_finding(entry: JSON) -> None:
    assert texts(reviewed(entry)) == []


def test_public_prefix_list_is_a_finding() -> None:
    entry = created("aws_ec2_managed_prefix_list.l", entry=[{"cidr": "10.0.0.0/8"}, {"cidr": "0.0.0.0/0"}])
    assert only_finding(reviewed(entry)).text == "allows inbound traffic from `0.0.0.0/0`"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({}, {"publicly_accessible": True}, "has a public IP address"),
        ({"publicly_accessible": False}, {"publicly_accessible": True}, "has a public IP address"),
        (
            {"vpc_config": [{"endpoint_public_access": False}]},
            {"vpc_config": [{"endpoint_public_access": True}]},
            "is reachable from the internet",
        ),
        ({}, {"allow_unauthenticated_identities": True}, "gives credentials to unauthenticated users"),
    ],
)
def test_public_flag_is_a_finding(before: JSON, after: JSON, expected: str) -> None:
    assert expected in only_finding(reviewed(updated("aws_x.a", before, after))).text
    assert texts(reviewed(updated("aws_x.a", after, before))) == []


BLOCK = "aws_s3_bucket_public_access_block.b"
BLOCKED = dict.fromkeys(
    ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True
)


def test_disabled_public_access_block_is_named() -> None:
    finding = only_finding(reviewed(updated(BLOCK, BLOCKED, BLOCKED | {"block_public_policy": False})))
    assert finding.text == "no longer blocks public access: `block_public_policy`"


def test_incomplete_new_public_access_block_needs_a_human() -> None:
    assert texts(reviewed(created(BLOCK, **BLOCKED))) == []
    assert only_finding(reviewed(created(BLOCK, **BLOCKED | {"ignore_public_acls": None}))).needs_human


def test_public_access_block_destroyed_with_its_bucket_has_no_finding() -> None:
    block = deleted(BLOCK, id="files", bucket="files")
    bucket = deleted("aws_s3_bucket.b", id="files", bucket="files")
    assert only_finding(reviewed(block)).text == "is destroyed and no longer blocks public access"
    assert [finding.kind for finding in reviewed(block, bucket).findings] == ["stateful"]


def test_public_access_block_destroyed_without_its_bucket_is_a_finding() -> None:
    """Policy and versioning of a bucket have the bucket's name as their id, too."""
    others = (
        deleted("aws_s3_bucket_versioning.v", id="files", bucket="files"),
        deleted("aws_s3_bucket_policy.p", id="files", bucket="files"),
        deleted("aws_cloudwatch_dashboard.d", id="", dashboard_name=""),
    )
    report = reviewed(deleted(BLOCK, id="files", bucket="files", empty=""), *others)
    assert "is destroyed and no longer blocks public access" in texts(report)


def test_public_access_block_destroyed_with_its_bucket_has_no_finding_in_synths() -> None:
    bucket = {"aws_s3_bucket": {"b": {"bucket": "files"}}}
    block = {"aws_s3_bucket_public_access_block": {"p": {"bucket": "${aws_s3_bucket.b.id}"}}}
    report = compared({"resource": {**bucket, **block}}, {})
    assert [finding.kind for finding in report.findings] == ["stateful"]
    assert only_finding(compared({"resource": {**bucket, **block}}, {"resource": bucket})).kind == "exposure"


@pytest.mark.parametrize("acl", ["public-read", "public-read-write", "authenticated-read"])
def test_public_acl_is_a_finding(acl: str) -> None:
    assert (
        only_finding(reviewed(updated("aws_s3_bucket_acl.a", {"acl": "private"}, {"acl": acl}))).text
        == f"has the ACL `{acl}`"
    )
    assert texts(reviewed(updated("aws_s3_bucket_acl.a", {"acl": acl}, {"acl": acl, "n": 1}))) == []


def test_public_grant_is_a_finding() -> None:
    grantee = {"type": "Group", "uri": "http://acs.amazonaws.com/groups/global/AllUsers"}
    entry = {"access_control_policy": [{"grant": [{"grantee": [grantee], "permission": "MAX_TEXT_LENGTH"}]}]}
    assert (
        only_finding(reviewed(updated("aws_s3_bucket_acl.a", {}, entry))).text == "grants access to everyone"
    )
    assert texts(reviewed(updated("aws_s3_bucket_acl.a", entry, {**entry, "n": 1}))) == []


@pytest.mark.parametrize(
    ("resource_type", "name", "closed", "opened"),
    [
        ("aws_lambda_function_url", "authorization_type", "AWS_IAM", "NONE"),
        ("aws_apigatewayv2_route", "authorization_type", "JWT", "NONE"),
        ("aws_apigatewayv2_route", "authorization_type", "JWT", None),
        ("aws_lb", "internal", True, False),
        ("aws_lambda_layer_version_permission", "principal", "123456789012", "*"),
        ("aws_cloudwatch_event_permission", "principal", "123456789012", "*"),
    ],
)
def test_public_value_needs_a_human(resource_type: str, name: str, closed: object, opened: object) -> None:
    assert only_finding(reviewed(updated(f"{resource_type}.a", {name: closed}, {name: opened}))).needs_human
    assert only_finding(reviewed(created(f"{resource_type}.a", **{name: opened}))).needs_human
    assert texts(reviewed(updated(f"{resource_type}.a", {name: opened}, {name: opened, "n": 1}))) == []
    assert texts(reviewed(updated(f"{resource_type}.a", {name: opened}, {name: closed}))) == []


@pytest.mark.parametrize(
    ("entry", "public"),
    [
        (
            created(
                "aws_route.r", route_table_id="rtb-1", gateway_id="igw-1", destination_cidr_block="0.0.0.0/0"
            ),
            True,
        ),
        (created("aws_route.r", route_table_id="rtb-1", nat_gateway_id="nat-1"), False),
        (updated("aws_route_table.t", {"route": []}, {"route": [{"gateway_id": "igw-1"}]}), True),
        (
            updated(
                "aws_route_table.t",
                {"route": [{"gateway_id": "igw-1"}]},
                {"route": [{"gateway_id": "igw-1"}, {}]},
            ),
            False,
        ),
        (created("aws_route_table.t", route=[{"gateway_id": "igw-1"}]), False),
    ],
)
def test_new_internet_route_of_existing_table_is_a_finding(entry: JSON, public: bool) -> None:
    assert bool(texts(reviewed(entry))) == public


def test_public_drift_needs_a_human() -> None:
    report = reviewed(
        resource_drift=[updated(GROUP, {"ingress": []}, {"ingress": [ingress(22, "0.0.0.0/0")]})]
    )
    assert [finding.text for finding in report.drift_findings] == [
        "allows inbound traffic from `0.0.0.0/0` on port 22"
    ]
    assert report.verdict.startswith("**Needs a human:** outside Terraform, resources become public (1).")


def test_invalid_ports_need_a_human() -> None:
    odd: Any = {"from_port": "x", "to_port": [], "protocol": "tcp", "cidr_blocks": ["0.0.0.0/0"]}
    assert reviewed(created(GROUP, ingress=[odd])).needs_human
