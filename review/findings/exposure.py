"""What the world, or whoever asks, can reach and could not."""

from collections.abc import Iterator
from ipaddress import ip_network

from review.change import JSON, Change, at, leaves
from review.findings.finding import Finding, goes_along
from review.plan import Plan
from review.redact import Redactor

WORLD_BITS = 8
"""Networks with a shorter prefix are the world, in however many pieces."""

BLOCKS = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
OPEN = {
    "publicly_accessible": "has a public address",
    "map_public_ip_on_launch": "gives public addresses to what starts in it",
    "associate_public_ip_address": "has a public address",
    "endpoint_public_access": "answers from the internet",
    "public_network_access_enabled": "answers from the internet",
}
"""Flags of any type, at any depth."""


def exposures(plan: Plan, changes: tuple[Change, ...], redactor: Redactor) -> Iterator[Finding]:
    """What becomes public among `changes`: those of the plan, or its drift."""
    for change in changes:
        if change.action == "delete":
            yield from _unblocked(change, changes)
        elif change.action != "forget":
            yield from _networks(change, redactor)
            yield from _flags(change)
            yield from _by_type(change, plan, redactor)


def _networks(change: Change, redactor: Redactor) -> Iterator[Finding]:
    """Networks of the world that are let in; where they are only let out to, it is said."""
    if change.type in ("aws_route", "aws_route_table", "aws_default_route_table"):
        yield from _routes(change, redactor)
        return
    old = {(path[0], text) for path, text in _worlds(change.before)}
    seen: set[tuple[str | int, str]] = set()
    for path, text in _worlds(change.after):
        once = (path[0], text)
        if once in seen or (once in old and not _ports_change(change)):
            continue
        seen.add(once)
        out = (
            "egress" in change.type
            or "egress" in path
            or change.becomes("type") == "egress"
            or change.becomes("egress") is True
        )
        if change.becomes("rule_action") == "deny":
            continue
        verb = "lets out to" if out else "lets in"
        said = f"{verb} {redactor.code(text)}{_ports(change, path)}"
        yield Finding("exposure", change, said, needs_human=not out, expected=out)


def _ports_change(change: Change) -> bool:
    names = ("from_port", "to_port", "ip_protocol", "protocol", "ingress")
    return any(each.path[0] in names for each in change.differences)


def _ports(change: Change, path: tuple[str | int, ...]) -> str:
    """` on port 443`, where the block around `path` says so."""
    for length in range(len(path) - 1, -1, -1):
        low, high = (change.becomes(*path[:length], name) for name in ("from_port", "to_port"))
        if isinstance(low, int) and isinstance(high, int) and low >= 0 and high > 0:
            return f" on port {low}" if low == high else f" on ports {low} to {high}"
    return ""


def _routes(change: Change, redactor: Redactor) -> Iterator[Finding]:
    """Routes of a table that was there before, to an internet gateway: its subnets become public."""
    gateways = [
        str(leaf)
        for path, leaf in leaves(change.after)
        if path[-1] == "gateway_id" and str(leaf).startswith(("igw-", "${aws_internet_gateway."))
    ]
    table = change.becomes("route_table_id")
    new_table = change.action == "create" and (change.type != "aws_route" or str(table).startswith("${"))
    if (
        gateways
        and gateways != [leaf for path, leaf in leaves(change.before) if path[-1] == "gateway_id"]
        and not new_table
    ):
        text = f"leads to {redactor.code(gateways[0])}: the subnets of its table become public"
        yield Finding("exposure", change, text, needs_human=True)


def _worlds(value: JSON) -> Iterator[tuple[tuple[str | int, ...], str]]:
    for path, leaf in leaves(value):
        if isinstance(leaf, str) and "/" in leaf and path and path[0] != "tags":
            try:
                network = ip_network(leaf)
            except ValueError:
                continue
            if network.prefixlen < WORLD_BITS:
                yield path, leaf


def _flags(change: Change) -> Iterator[Finding]:
    for path, leaf in leaves(change.after):
        said = OPEN.get(str(path[-1]))
        if said and leaf is True and at(change.before, path) is not True:
            yield Finding("exposure", change, said, needs_human=True)


def _by_type(change: Change, plan: Plan, redactor: Redactor) -> Iterator[Finding]:
    is_, was = change.becomes, change.was
    said = None
    if change.type.endswith("public_access_block"):
        opened = [name for name in BLOCKS if _opened(change, name)]
        said = f"no longer blocks what is public: {', '.join(map(redactor.code, opened))}" if opened else None
    elif (
        change.type in ("aws_s3_bucket", "aws_s3_bucket_acl")
        and is_("acl") in PUBLIC_ACLS
        and is_("acl") != was("acl")
    ):
        said = f"has the ACL {redactor.code(is_('acl'))}"
    elif change.type == "aws_lambda_function_url" and is_("authorization_type") == "NONE" != was(
        "authorization_type"
    ):
        said = "is a URL that anybody may call"
    elif change.type == "aws_lambda_permission" and is_("principal") == "*":
        narrow = any(is_(name) for name in ("source_arn", "source_account", "principal_org_id"))
        said = (
            None
            if narrow or was("principal") == "*"
            else 'lets anybody invoke the function (`Principal: "*"`)'
        )
    elif change.type == "aws_api_gateway_method" and _open_method(change, plan):
        said = f"answers {redactor.code(str(is_('http_method')))} without authorization"
    elif change.type == "aws_lb" and is_("internal") is False and was("internal") is not False:
        said = "is a load balancer on the internet"
    if said:
        yield Finding("exposure", change, said, needs_human=True)


def _opened(change: Change, name: str) -> bool:
    """Whether one of the four blocks is off and was on, or is off in something new."""
    return change.becomes(name) is not True and (change.action == "create" or change.was(name) is True)


def _open_method(change: Change, plan: Plan) -> bool:
    """Whether anybody may call a method that does something, and could not before.

    Preflight and MOCK integrations do nothing.
    """

    def opened(method: object) -> bool:
        return at(method, ("authorization",)) == "NONE" and at(method, ("api_key_required",)) is not True

    if not opened(change.after) or (change.before and opened(change.before)):
        return False
    integrations = [
        *(each.after for each in plan.changes if each.type == "aws_api_gateway_integration"),
        *(values for address, values in plan.state.items() if "aws_api_gateway_integration." in address),
    ]
    mocks = [
        (each.get("resource_id"), each.get("http_method"))
        for each in integrations
        if each.get("type") == "MOCK"
    ]
    method = change.becomes("http_method")
    return method != "OPTIONS" and (change.becomes("resource_id"), method) not in mocks


def _unblocked(change: Change, changes: tuple[Change, ...]) -> Iterator[Finding]:
    if change.type.endswith("public_access_block") and not goes_along(change, changes):
        yield Finding("exposure", change, "goes, and with it the block of public access", needs_human=True)
