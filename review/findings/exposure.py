"""Findings about resources that become reachable from the internet or by anyone."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import NamedTuple

from review.change import JSON, TAGS, Change, leaves, value_at
from review.findings.finding import Finding, is_deleted_with_owner
from review.plan import Plan
from review.redact import Redactor
from synthesized.references import addresses, is_expression

PUBLIC_PREFIX_LENGTH = 8
"""Networks with a shorter prefix count as the internet, also if it is split into several networks."""

PUBLIC_ACCESS_BLOCKS = (
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
)
PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
PUBLIC_GRANTEES = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")
PUBLIC_FLAGS = {
    "allow_unauthenticated_identities": "gives credentials to unauthenticated users",
    "assign_public_ip": "has a public IP address",
    "associate_public_ip_address": "has a public IP address",
    "endpoint_public_access": "is reachable from the internet",
    "map_public_ip_on_launch": "assigns public IP addresses to instances launched in it",
    "public_network_access_enabled": "is reachable from the internet",
    "publicly_accessible": "has a public IP address",
}
"""Flags of any type, at any depth, and their meaning when they are true."""

PUBLIC_VALUES = (
    ("aws_apigatewayv2_route", "authorization_type", ("NONE", None), "requires no authorization"),
    ("aws_cloudwatch_event_permission", "principal", ("*",), "allows anyone to put events"),
    ("aws_lambda_function_url", "authorization_type", ("NONE",), "is a URL that anyone can call"),
    ("aws_lambda_layer_version_permission", "principal", ("*",), "allows anyone to read the layer"),
    ("aws_lb", "internal", (False,), "is an internet-facing load balancer"),
)
"""Resource type, attribute, values that make it public, and their meaning."""

ALL_PROTOCOLS = ("-1", "all")
ALL_PORTS = (0, 65_535)


def exposure_findings(plan: Plan, changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """Yield what becomes public among `changes`, which are the plan's changes or its drift."""
    for change in changes:
        if change.action == "delete":
            yield from _removed_block(change, changes)
        elif change.action not in ("forget", "read"):
            yield from _networks(change, redactor)
            yield from _flags(change)
            text = _type_specific(change, plan, redactor)
            if text:
                yield Finding("exposure", change, text, needs_human=True)


class _NetworkRule(NamedTuple):
    """Allowed traffic between a resource and a network.

    Attributes:
        egress: Whether the traffic is outbound.
        network: CIDR block of the other side.
        protocol: Protocol name or number; one of `ALL_PROTOCOLS` for all.
        first_port: First allowed port.
        last_port: Last allowed port.
    """

    egress: bool
    network: str
    protocol: str
    first_port: int
    last_port: int

    def is_covered_by(self, other: "_NetworkRule") -> bool:
        """Return whether the other rule allows all traffic that this rule allows."""
        return (
            (self.egress, self.network) == (other.egress, other.network)
            and other.protocol in (*ALL_PROTOCOLS, self.protocol)
            and other.first_port <= self.first_port
            and self.last_port <= other.last_port
        )

    @property
    def ports(self) -> str:
        """The ports as a phrase; empty for all ports."""
        if (self.first_port, self.last_port) == ALL_PORTS or self.first_port < 0:
            return ""
        if self.first_port == self.last_port:
            return f" on port {self.first_port}"
        return f" on ports {self.first_port} to {self.last_port}"


def _networks(change: Change, redactor: Redactor) -> Iterator[Finding]:
    """Yield newly allowed traffic from and to the internet."""
    if change.type in ("aws_route", "aws_route_table", "aws_default_route_table"):
        yield from _routes(change, redactor)
        return
    old = set(_network_rules(change.type, change.before))
    for rule in dict.fromkeys(_network_rules(change.type, change.after)):
        if not any(map(rule.is_covered_by, old)):
            traffic = "outbound traffic to" if rule.egress else "inbound traffic from"
            text = f"allows {traffic} {redactor.code(rule.network)}{rule.ports}"
            yield Finding("exposure", change, text, needs_human=not rule.egress, expected=rule.egress)


def _network_rules(resource_type: str, attributes: Mapping[str, JSON]) -> Iterator[_NetworkRule]:
    """Yield the rules of a resource whose other side is the internet."""
    for path, leaf in leaves(attributes):
        if not path or path[0] in TAGS or str(path[-1]).startswith("destination") or not _is_internet(leaf):
            continue
        enclosing = (value_at(attributes, path[:length]) for length in range(len(path) - 1, -1, -1))
        rule = next(
            (value for value in enclosing if isinstance(value, Mapping) and "from_port" in value), attributes
        )
        if "deny" in (rule.get("rule_action"), rule.get("action")):
            continue
        protocol = str(rule.get("protocol") or rule.get("ip_protocol") or "-1").lower()
        first, last = rule.get("from_port"), rule.get("to_port")
        if protocol in ALL_PROTOCOLS or not isinstance(first, int) or not isinstance(last, int):
            first, last = ALL_PORTS
        egress = "egress" in resource_type or "egress" in path
        egress = egress or rule.get("type") == "egress" or rule.get("egress") is True
        yield _NetworkRule(egress, leaf, protocol, first, last)


def _is_internet(value: JSON) -> bool:
    if not isinstance(value, str) or "/" not in value:
        return False
    try:
        return ip_network(value, strict=False).prefixlen < PUBLIC_PREFIX_LENGTH
    except ValueError:
        return False


def _routes(change: Change, redactor: Redactor) -> Iterator[Finding]:
    """Yield new routes of an existing route table to an internet gateway."""
    gateways, old = (
        [str(leaf) for path, leaf in leaves(attributes) if path and path[-1] == "gateway_id"]
        for attributes in (change.after, change.before)
    )
    table = change.value_after("route_table_id")
    new_table = change.action == "create" and (change.type != "aws_route" or is_expression(table))
    for gateway in gateways:
        configured = any(address.startswith("aws_internet_gateway.") for address in addresses(gateway))
        to_internet = gateway.startswith("igw-") or configured
        if to_internet and gateway not in old and not new_table:
            text = f"routes to {redactor.code(gateway)}: the subnets of its route table become public"
            yield Finding("exposure", change, text, needs_human=True)


def _flags(change: Change) -> Iterator[Finding]:
    for path, leaf in leaves(change.after):
        text = PUBLIC_FLAGS.get(str(path[-1])) if path else None
        if text and leaf is True and value_at(change.before, path) is not True:
            yield Finding("exposure", change, text, needs_human=True)
    for resource_type, name, values, text in PUBLIC_VALUES:
        was_public = change.action != "create" and change.value_before(name) in values
        if change.type == resource_type and change.value_after(name) in values and not was_public:
            yield Finding("exposure", change, text, needs_human=True)


def _type_specific(change: Change, plan: Plan, redactor: Redactor) -> str | None:
    """Return how a resource becomes public, for types that need their own check; None if it does not."""
    if change.type.endswith("public_access_block"):
        disabled = [name for name in PUBLIC_ACCESS_BLOCKS if _is_block_disabled(change, name)]
        names = ", ".join(map(redactor.code, disabled))
        return f"no longer blocks public access: {names}" if disabled else None
    if change.type in ("aws_s3_bucket", "aws_s3_bucket_acl"):
        acl = change.value_after("acl")
        if acl in PUBLIC_ACLS and acl != change.value_before("acl"):
            return f"has the ACL {redactor.code(acl)}"
        became_public = _grants_publicly(change.after) and not _grants_publicly(change.before)
        return "grants access to everyone" if became_public else None
    if change.type == "aws_api_gateway_method":
        return _method(change, plan, redactor)
    if change.type == "aws_api_gateway_integration":
        return _replaced_mock(change, plan, redactor)
    return None


def _grants_publicly(attributes: Mapping[str, JSON]) -> bool:
    return any(str(leaf).endswith(PUBLIC_GRANTEES) for _, leaf in leaves(attributes))


def _is_block_disabled(change: Change, name: str) -> bool:
    """Return whether one of the four settings becomes false, or is false in a new resource."""
    return change.value_after(name) is not True and (
        change.action == "create" or change.value_before(name) is True
    )


def _method(change: Change, plan: Plan, redactor: Redactor) -> str | None:
    """Return how a method requires less authorization; preflight and mock methods do not count."""
    verb = redactor.code(str(change.value_after("http_method")))
    if change.value_after("authorization") != "NONE" or _is_mock(change, plan) or verb == "`OPTIONS`":
        return None
    if not _is_unauthenticated(change.after):
        had_authorization = change.value_before("authorization") not in (None, "NONE")
        return f"requires only an API key for {verb}, no authorization" if had_authorization else None
    was_public = change.before and _is_unauthenticated(change.before)
    return None if was_public else _unauthorized(verb)


def _unauthorized(verb: str) -> str:
    return f"requires no authorization for {verb}"


def _is_unauthenticated(method: JSON) -> bool:
    key_required = value_at(method, ("api_key_required",)) is True
    return value_at(method, ("authorization",)) == "NONE" and not key_required


def _is_mock(method: Change, plan: Plan) -> bool:
    resource, verb = method.value_after("resource_id"), method.value_after("http_method")
    return bool(resource) and any(
        integration.get("type") == "MOCK"
        and (integration.get("resource_id"), integration.get("http_method")) == (resource, verb)
        for integration in _planned_attributes(plan, "aws_api_gateway_integration")
    )


def _replaced_mock(change: Change, plan: Plan, redactor: Redactor) -> str | None:
    """Return how a mock integration of an unauthenticated method becomes a real one; None if it does not."""
    if change.value_before("type") != "MOCK" or change.value_after("type") in ("MOCK", None):
        return None
    key = [change.value_before(name) for name in ("resource_id", "http_method")]
    methods = _planned_attributes(plan, "aws_api_gateway_method")
    is_public = any(
        _is_unauthenticated(method) and [method.get("resource_id"), method.get("http_method")] == key
        for method in methods
    )
    return _unauthorized(redactor.code(str(key[1]))) if is_public else None


def _planned_attributes(plan: Plan, resource_type: str) -> list[Mapping[str, JSON]]:
    """Return the attributes of all resources of a type after apply."""
    changed = {change.address: change.after for change in plan.changes if change.type == resource_type}
    unchanged = [
        attributes
        for address, attributes in plan.state.items()
        if f"{resource_type}." in address and address not in changed
    ]
    return [*changed.values(), *unchanged]


def _removed_block(change: Change, changes: tuple[Change, ...]) -> Iterator[Finding]:
    if change.type.endswith("public_access_block") and not is_deleted_with_owner(change, changes):
        text = "is destroyed and no longer blocks public access"
        yield Finding("exposure", change, text, needs_human=True)
