"""What the world, or whoever asks, can reach and could not."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from typing import NamedTuple

from review.change import JSON, TAGS, Change, at, leaves
from review.findings.finding import Finding, goes_along
from review.plan import Plan
from review.redact import Redactor
from synthesized.references import addresses, is_expression

WORLD_BITS = 8
"""Networks with a shorter prefix are the world, in however many pieces."""

BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
GROUPS = ("/groups/global/AllUsers", "/groups/global/AuthenticatedUsers")
OPEN = {
    "allow_unauthenticated_identities": "gives credentials to anybody",
    "assign_public_ip": "has a public address",
    "associate_public_ip_address": "has a public address",
    "endpoint_public_access": "answers from the internet",
    "map_public_ip_on_launch": "gives public addresses to what starts in it",
    "public_network_access_enabled": "answers from the internet",
    "publicly_accessible": "has a public address",
}
"""Flags of any type, at any depth."""

OPEN_VALUES = (
    ("aws_apigatewayv2_route", "authorization_type", ("NONE", None), "answers without authorization"),
    ("aws_cloudwatch_event_permission", "principal", ("*",), "lets anybody put events"),
    ("aws_lambda_function_url", "authorization_type", ("NONE",), "is a URL that anybody may call"),
    ("aws_lambda_layer_version_permission", "principal", ("*",), "lets anybody read the layer"),
    ("aws_lb", "internal", (False,), "is a load balancer on the internet"),
)
"""Type, attribute, values that open it, and what is so then."""

ALL_PROTOCOLS = ("-1", "all")
PORTS = (0, 65_535)


def exposures(plan: Plan, changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """What becomes public among `changes`: those of the plan, or its drift."""
    for change in changes:
        if change.action == "delete":
            yield from _unblocked(change, changes)
        elif change.action not in ("forget", "read"):
            yield from _networks(change, redactor)
            yield from _flags(change)
            said = _by_type(change, plan, redactor)
            if said:
                yield Finding("exposure", change, said, needs_human=True)


class _Door(NamedTuple):
    """A network that is let in or out, and to which ports."""

    out: bool
    network: str
    protocol: str
    low: int
    high: int

    def within(self, other: "_Door") -> bool:
        """Whether the other lets through whatever this does."""
        return (
            (self.out, self.network) == (other.out, other.network)
            and other.protocol in (*ALL_PROTOCOLS, self.protocol)
            and other.low <= self.low
            and self.high <= other.high
        )

    @property
    def ports(self) -> str:
        if (self.low, self.high) == PORTS or self.low < 0:
            return ""
        return f" on port {self.low}" if self.low == self.high else f" on ports {self.low} to {self.high}"


def _networks(change: Change, redactor: Redactor) -> Iterator[Finding]:
    """Networks of the world that are let in; where they are only let out to, it is said."""
    if change.type in ("aws_route", "aws_route_table", "aws_default_route_table"):
        yield from _routes(change, redactor)
        return
    old = set(_doors(change.type, change.before))
    for door in dict.fromkeys(_doors(change.type, change.after)):
        if not any(map(door.within, old)):
            verb = "lets out to" if door.out else "lets in"
            said = f"{verb} {redactor.code(door.network)}{door.ports}"
            yield Finding("exposure", change, said, needs_human=not door.out, expected=door.out)


def _doors(kind: str, attributes: Mapping[str, JSON]) -> Iterator[_Door]:
    for path, leaf in leaves(attributes):
        if not path or path[0] in TAGS or str(path[-1]).startswith("destination") or not _is_world(leaf):
            continue
        around = (at(attributes, path[:length]) for length in range(len(path) - 1, -1, -1))
        rule = next(
            (each for each in around if isinstance(each, Mapping) and "from_port" in each), attributes
        )
        if "deny" in (rule.get("rule_action"), rule.get("action")):
            continue
        protocol = str(rule.get("protocol") or rule.get("ip_protocol") or "-1").lower()
        low, high = rule.get("from_port"), rule.get("to_port")
        if protocol in ALL_PROTOCOLS or not isinstance(low, int) or not isinstance(high, int):
            low, high = PORTS
        out = (
            "egress" in kind or "egress" in path or rule.get("type") == "egress" or rule.get("egress") is True
        )
        yield _Door(out, leaf, protocol, low, high)


def _is_world(value: JSON) -> bool:
    if not isinstance(value, str) or "/" not in value:
        return False
    try:
        return ip_network(value, strict=False).prefixlen < WORLD_BITS
    except ValueError:
        return False


def _routes(change: Change, redactor: Redactor) -> Iterator[Finding]:
    """Routes of a table that was there before, to an internet gateway: its subnets become public."""
    gateways, old = (
        [str(leaf) for path, leaf in leaves(attributes) if path and path[-1] == "gateway_id"]
        for attributes in (change.after, change.before)
    )
    table = change.becomes("route_table_id")
    new_table = change.action == "create" and (change.type != "aws_route" or is_expression(table))
    for gateway in gateways:
        configured = any(address.startswith("aws_internet_gateway.") for address in addresses(gateway))
        to_internet = gateway.startswith("igw-") or configured
        if to_internet and gateway not in old and not new_table:
            text = f"leads to {redactor.code(gateway)}: the subnets of its table become public"
            yield Finding("exposure", change, text, needs_human=True)


def _flags(change: Change) -> Iterator[Finding]:
    for path, leaf in leaves(change.after):
        said = OPEN.get(str(path[-1])) if path else None
        if said and leaf is True and at(change.before, path) is not True:
            yield Finding("exposure", change, said, needs_human=True)
    for kind, name, values, said in OPEN_VALUES:
        was_open = change.action != "create" and change.was(name) in values
        if change.type == kind and change.becomes(name) in values and not was_open:
            yield Finding("exposure", change, said, needs_human=True)


def _by_type(change: Change, plan: Plan, redactor: Redactor) -> str | None:
    """What makes a resource of this type public, and did not before."""
    if change.type.endswith("public_access_block"):
        opened = [name for name in BLOCKS if _opened(change, name)]
        return f"no longer blocks what is public: {', '.join(map(redactor.code, opened))}" if opened else None
    if change.type in ("aws_s3_bucket", "aws_s3_bucket_acl"):
        acl = change.becomes("acl")
        if acl in PUBLIC_ACLS and acl != change.was("acl"):
            return f"has the ACL {redactor.code(acl)}"
        return "grants to everybody" if _grants(change.after) and not _grants(change.before) else None
    if change.type == "aws_api_gateway_method":
        return _method(change, plan, redactor)
    if change.type == "aws_api_gateway_integration":
        return _no_longer_mock(change, plan, redactor)
    return None


def _grants(attributes: Mapping[str, JSON]) -> bool:
    return any(str(leaf).endswith(GROUPS) for _, leaf in leaves(attributes))


def _opened(change: Change, name: str) -> bool:
    """Whether one of the four blocks is off and was on, or is off in something new."""
    return change.becomes(name) is not True and (change.action == "create" or change.was(name) is True)


def _method(change: Change, plan: Plan, redactor: Redactor) -> str | None:
    """A method that does something and asks for less than before; preflight and MOCK do nothing."""
    verb = redactor.code(str(change.becomes("http_method")))
    if change.becomes("authorization") != "NONE" or _is_mock(change, plan) or verb == "`OPTIONS`":
        return None
    if not _open(change.after):
        was = change.was("authorization")
        return f"asks for an API key alone at {verb}: no authorization" if was not in (None, "NONE") else None
    return None if change.before and _open(change.before) else f"answers {verb} without authorization"


def _open(method: JSON) -> bool:
    return at(method, ("authorization",)) == "NONE" and at(method, ("api_key_required",)) is not True


def _is_mock(method: Change, plan: Plan) -> bool:
    resource, verb = method.becomes("resource_id"), method.becomes("http_method")
    return bool(resource) and any(
        each.get("type") == "MOCK" and (each.get("resource_id"), each.get("http_method")) == (resource, verb)
        for each in _planned(plan, "aws_api_gateway_integration")
    )


def _no_longer_mock(change: Change, plan: Plan, redactor: Redactor) -> str | None:
    """An integration that does something now, of an open method that was there before."""
    if change.was("type") != "MOCK" or change.becomes("type") in ("MOCK", None):
        return None
    key = [change.was(name) for name in ("resource_id", "http_method")]
    methods = _planned(plan, "aws_api_gateway_method")
    opened = any(
        _open(each) and [each.get("resource_id"), each.get("http_method")] == key for each in methods
    )
    return f"answers {redactor.code(str(key[1]))} without authorization" if opened else None


def _planned(plan: Plan, kind: str) -> list[Mapping[str, JSON]]:
    """The resources of a type as they will be."""
    changed = {each.address: each.after for each in plan.changes if each.type == kind}
    kept = {name: values for name, values in plan.state.items() if f"{kind}." in name and name not in changed}
    return [*changed.values(), *kept.values()]


def _unblocked(change: Change, changes: tuple[Change, ...]) -> Iterator[Finding]:
    if change.type.endswith("public_access_block") and not goes_along(change, changes):
        yield Finding("exposure", change, "goes, and with it the block of public access", needs_human=True)
