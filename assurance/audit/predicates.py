"""What ``controls.py`` asks of resources."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from synthesized.stack import Stack

Attributes: TypeAlias = dict[str, Any]
"""The arguments of a resource."""

RUNTIMES = {"python3.10", "python3.11", "python3.12", "python3.13", "python3.14"}
"""Of Python, those that Lambda supports
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html)."""

RISKY_PORTS = {
    *(20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601),
    *(8080, 8088, 8888, 9200, 9300),
}
"""Those of EC2.19."""

EVERYBODY = {"0.0.0.0/0", "::/0"}
SECRET_NAME = re.compile(r"(SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)$", re.IGNORECASE)
SECRET_VALUE = re.compile(r"AKIA[A-Z0-9]{16}|-----BEGIN|eyJ[\w-]{10,}\.|gh[pousr]_\w{20,}")
"""How keys of AWS, PEM, tokens in JWT and those of GitHub begin."""


def address(resource: Attributes) -> str:
    """What references to it contain: no other resource has its name."""
    return f".{resource['//']['metadata']['uniqueId']}."


def refers(value: object, resource: Attributes) -> bool:
    return address(resource) in json.dumps(value)


def companions(template: Stack, resource: Attributes, kind: str, attribute: str) -> list[Attributes]:
    """The resources of ``kind`` whose ``attribute`` names the resource."""
    return [a for a in template.resources(kind).values() if refers(a.get(attribute), resource)]


def named_by(template: Stack, resource: Attributes, kind: str, attribute: str) -> bool:
    return bool(companions(template, resource, kind, attribute))


def names(template: Stack, value: object, kind: str) -> bool:
    """Whether the value names a resource of ``kind`` that is in the stack."""
    return any(refers(value, resource) for resource in template.resources(kind).values())


def statements(policy: Attributes, effect: str) -> Iterator[dict[str, Any]]:
    """The statements with this effect of something that has a ``policy``."""
    for statement in json.loads(policy["policy"])["Statement"]:
        if statement["Effect"] == effect:
            yield statement


def allowed(policy: Attributes) -> set[str]:
    """The actions that a policy allows, patterns as they are."""
    return {action for statement in statements(policy, "Allow") for action in _list(statement["Action"])}


def public(policy: Attributes) -> bool:
    """Whether a policy allows everybody something, whatever the conditions."""
    return any("*" in _principals(statement) for statement in statements(policy, "Allow"))


def accounts(policy: Attributes) -> list[str]:
    """The principals, other than services, that a policy allows something."""
    return [
        principal
        for statement in statements(policy, "Allow")
        for principal in _principals(statement)
        if not principal.endswith(".amazonaws.com")
    ]


def decrypts_with_any_key(policy: Attributes) -> bool:
    decrypting = {"kms:Decrypt", "kms:ReEncryptFrom", "kms:*", "*"}
    return any(
        decrypting & set(_list(s["Action"])) and any(r.endswith(("*", "key/*")) for r in _list(s["Resource"]))
        for s in statements(policy, "Allow")
    )


def refuses_plain_transport(
    template: Stack, resource: Attributes, kind: str, attribute: str, action: str
) -> bool:
    """Whether a policy of it denies everybody ``action`` without TLS, on itself (and a bucket's objects)."""
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    wanted = 2 if kind == "aws_s3_bucket_policy" else 1
    return any(
        statement.get("Condition") == plain
        and "*" in _principals(statement)
        and action in _list(statement["Action"])
        and sum(refers(named, resource) for named in _list(statement["Resource"])) == wanted
        for policy in companions(template, resource, kind, attribute)
        for statement in statements(policy, "Deny")
    )


def blocked(template: Stack, bucket: Attributes) -> bool:
    blocks = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    return any(
        all(block.get(name) is True for name in blocks)
        for block in companions(template, bucket, "aws_s3_bucket_public_access_block", "bucket")
    )


def private(template: Stack, bucket: Attributes) -> bool:
    policies = companions(template, bucket, "aws_s3_bucket_policy", "bucket")
    return blocked(template, bucket) and not any(map(public, policies))


def encrypted_with_key(template: Stack, bucket: Attributes) -> bool:
    return any(
        rule["apply_server_side_encryption_by_default"]["sse_algorithm"] == "aws:kms"
        for encryption in companions(
            template, bucket, "aws_s3_bucket_server_side_encryption_configuration", "bucket"
        )
        for rule in encryption["rule"]
    )


def scales(template: Stack, table: Attributes) -> bool:
    on_demand = table.get("billing_mode") == "PAY_PER_REQUEST"
    return on_demand or named_by(template, table, "aws_appautoscaling_target", "resource_id")


def has_endpoint(service: str) -> Callable[[Stack, Attributes], bool]:
    """A predicate over VPCs: whether there is an interface endpoint for the service."""

    def has(template: Stack, vpc: Attributes) -> bool:
        endpoints = companions(template, vpc, "aws_vpc_endpoint", "vpc_id")
        return any(endpoint["service_name"].endswith(f".{service}") for endpoint in endpoints)

    return has


def open_ports(template: Stack, group: Attributes) -> set[int]:
    """The ports that everybody may send to, by rules of the group or beside it."""
    rules = [*group.get("ingress", []), *group.get("ingress_rule", [])]
    rules += companions(template, group, "aws_vpc_security_group_ingress_rule", "security_group_id")
    ports: set[int] = set()
    for rule in rules:
        sources = {rule.get("cidr_ipv4"), rule.get("cidr_ipv6"), *_list(rule.get("cidr_blocks", []))}
        if sources & EVERYBODY:
            every = rule.get("ip_protocol", rule.get("protocol")) == "-1"
            ports.update(range(65536) if every else range(rule["from_port"], rule["to_port"] + 1))
    return ports


def subnets(function: Attributes) -> set[str]:
    return set(function.get("vpc_config", {}).get("subnet_ids", []))


def invoked_from_here(_: Stack, permission: Attributes) -> bool:
    """Whether a permission is for a service, on a source of this account."""
    by_service = permission["principal"].endswith(".amazonaws.com")
    of_account = "source_account" in permission or permission["principal"] != "s3.amazonaws.com"
    return by_service and "source_arn" in permission and of_account


def dead_letters_where_asynchronous(template: Stack, permission: Attributes) -> bool:
    """API Gateway waits for the answer; all other services that call functions here do not."""
    if permission["principal"] == "apigateway.amazonaws.com":
        return True
    functions = template.resources("aws_lambda_function").values()
    return all("dead_letter_config" in f for f in functions if refers(permission["function_name"], f))


def authorized(template: Stack, integration: Attributes) -> bool:
    """Whether the method of an integration with a function wants a key or a signature."""
    if integration["type"] == "MOCK":
        return True
    methods = template.resources("aws_api_gateway_method").values()
    return all(
        method.get("api_key_required") is True or method["authorization"] != "NONE"
        for method in methods
        if refers(integration["http_method"], method)
    )


def secret(variable: tuple[str, str]) -> bool:
    """Whether a variable is called like a secret and no ARN, or begins like one."""
    name, value = variable
    return bool(SECRET_NAME.search(name) or SECRET_VALUE.search(value)) and not value.startswith(
        ("${", "arn:")
    )


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, list) else [value]


def _principals(statement: dict[str, Any]) -> list[str]:
    principal = statement.get("Principal", [])
    kinds = principal.values() if isinstance(principal, dict) else [principal]
    return [each for kind in kinds for each in _list(kind)]
