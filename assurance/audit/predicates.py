"""Predicates over synthesized resources, for the controls in `controls.py`."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from synthesized.references import addresses, is_expression
from synthesized.rest_apis import Method, methods
from synthesized.stack import Stack, unique_id

Attributes: TypeAlias = dict[str, Any]
"""The arguments of a resource."""

Predicate: TypeAlias = Callable[[Stack, Attributes], bool]
"""Returns whether a resource of a stack meets a requirement."""

RUNTIMES = {"python3.10", "python3.11", "python3.12", "python3.13", "python3.14"}
"""Python runtimes that Lambda supports (https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html)."""

RISKY_PORTS = {
    *(20, 21, 22, 23, 25, 110, 135, 143, 445, 1433, 1434, 3000, 3306, 3389, 4333, 5000, 5432, 5500, 5601),
    *(8080, 8088, 8888, 9200, 9300),
}
"""The ports of EC2.19."""

DAYS_PER_YEAR = 365
ALL_PORTS = range(65_536)
INTERNET = {"0.0.0.0/0", "::/0"}
SECRET_NAME = re.compile(r"(SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)$", re.IGNORECASE)
SECRET_VALUE = re.compile(r"AKIA[A-Z0-9]{16}|-----BEGIN|eyJ[\w-]{10,}\.|gh[pousr]_\w{20,}")
"""Beginnings of AWS access keys, PEM files, JWTs and GitHub tokens."""

BUCKET_POLICY = "aws_s3_bucket_policy"


def refers_to(value: object, resource: Attributes) -> bool:
    """Return whether a value contains a reference to a resource, whose id is unique in the stack."""
    name = f".{unique_id(resource)}"
    return any(address.endswith(name) for address in addresses(value))


def companions(stack: Stack, resource: Attributes, resource_type: str, attribute: str) -> list[Attributes]:
    """Return the resources of a type that refer to the given resource in `attribute`."""
    return [
        companion
        for companion in stack.resources(resource_type).values()
        if refers_to(companion.get(attribute), resource)
    ]


def with_companion(resource_type: str, attribute: str) -> Predicate:
    """Return a predicate: whether a resource of a type refers to the resource in `attribute`."""
    return lambda stack, resource: bool(companions(stack, resource, resource_type, attribute))


def refers_to_type(resource_type: str, block: str, attribute: str) -> Predicate:
    """Return a predicate: whether an attribute of a block refers to a resource of a type in the stack."""

    def is_met(stack: Stack, resource: Attributes) -> bool:
        value = resource.get(block, {}).get(attribute)
        return any(refers_to(value, target) for target in stack.resources(resource_type).values())

    return is_met


def statements(policy: Attributes, effect: str) -> Iterator[dict[str, Any]]:
    """Yield the statements with this effect of a resource that has a `policy`."""
    for statement in json.loads(policy["policy"])["Statement"]:
        if statement["Effect"] == effect:
            yield statement


def allowed_actions(policy: Attributes) -> set[str]:
    """Return the actions and patterns of actions that a policy allows."""
    return {action for statement in statements(policy, "Allow") for action in _list(statement["Action"])}


def is_public(policy: Attributes) -> bool:
    """Return whether a policy allows anything to everyone, under any conditions."""
    return any("*" in _principals(statement) for statement in statements(policy, "Allow"))


def has_no_public_statement(_: Stack, policy: Attributes) -> bool:
    """Return whether a policy allows nothing to everyone."""
    return not is_public(policy)


def decrypts_with_any_key(policy: Attributes) -> bool:
    """Return whether a policy allows decryption with all keys."""
    decrypting = {"kms:Decrypt", "kms:ReEncryptFrom", "kms:*", "*"}
    return any(
        decrypting & set(_list(statement["Action"]))
        and any(arn.endswith(("*", "key/*")) for arn in _list(statement["Resource"]))
        for statement in statements(policy, "Allow")
    )


def denies_plain_http(policy_type: str, attribute: str, action: str) -> Predicate:
    """Return a predicate: whether a policy denies an action without TLS to everyone.

    The denial has to be on the resource itself, and for a bucket also on its objects.

    Args:
        policy_type: Type of the policy's resource.
        attribute: Attribute with which the policy refers to the resource.
        action: The action that has to be denied.
    """
    without_tls = {"Bool": {"aws:SecureTransport": "false"}}
    targets = 2 if policy_type == BUCKET_POLICY else 1

    def is_met(stack: Stack, resource: Attributes) -> bool:
        return any(
            statement.get("Condition") == without_tls
            and "*" in _principals(statement)
            and action in _list(statement["Action"])
            and sum(refers_to(target, resource) for target in _list(statement["Resource"])) == targets
            for policy in companions(stack, resource, policy_type, attribute)
            for statement in statements(policy, "Deny")
        )

    return is_met


def blocks_public_access(stack: Stack, bucket: Attributes) -> bool:
    """Return whether a bucket has a public access block with all four settings."""
    blocks = ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets")
    return any(
        all(block.get(name) is True for name in blocks)
        for block in companions(stack, bucket, "aws_s3_bucket_public_access_block", "bucket")
    )


def is_private(stack: Stack, bucket: Attributes) -> bool:
    """Return whether a bucket blocks public access and has no public policy."""
    policies = companions(stack, bucket, BUCKET_POLICY, "bucket")
    return blocks_public_access(stack, bucket) and not any(map(is_public, policies))


def allows_no_accounts(stack: Stack, bucket: Attributes) -> bool:
    """Return whether the policies of a bucket allow nothing to principals other than services."""
    return all(
        principal.endswith(".amazonaws.com")
        for policy in companions(stack, bucket, BUCKET_POLICY, "bucket")
        for statement in statements(policy, "Allow")
        for principal in _principals(statement)
    )


def has_acls_disabled(stack: Stack, bucket: Attributes) -> bool:
    """Return whether the bucket's owner owns all objects, which disables ACLs."""
    return any(
        controls["rule"]["object_ownership"] == "BucketOwnerEnforced"
        for controls in companions(stack, bucket, "aws_s3_bucket_ownership_controls", "bucket")
    )


def is_versioned(stack: Stack, bucket: Attributes) -> bool:
    """Return whether a bucket keeps old versions."""
    return any(
        versioning["versioning_configuration"]["status"] == "Enabled"
        for versioning in companions(stack, bucket, "aws_s3_bucket_versioning", "bucket")
    )


def is_encrypted_with_kms(stack: Stack, bucket: Attributes) -> bool:
    """Return whether a bucket is encrypted with a KMS key by default."""
    encryption_type = "aws_s3_bucket_server_side_encryption_configuration"
    return any(
        rule["apply_server_side_encryption_by_default"]["sse_algorithm"] == "aws:kms"
        for encryption in companions(stack, bucket, encryption_type, "bucket")
        for rule in encryption["rule"]
    )


def scales(stack: Stack, table: Attributes) -> bool:
    """Return whether a table is on-demand or has autoscaling."""
    on_demand = table.get("billing_mode") == "PAY_PER_REQUEST"
    return on_demand or bool(companions(stack, table, "aws_appautoscaling_target", "resource_id"))


def rotates(_: Stack, key: Attributes) -> bool:
    """Return whether a key rotates, or is an HMAC key, which cannot."""
    return key.get("enable_key_rotation") is True or key.get("key_usage") == "GENERATE_VERIFY_MAC"


def is_encrypted_queue(_: Stack, queue: Attributes) -> bool:
    """Return whether a queue is encrypted with SSE-SQS or SSE-KMS."""
    return queue.get("sqs_managed_sse_enabled") is True or "kms_master_key_id" in queue


def has_encrypted_cache(_: Stack, method_settings: Attributes) -> bool:
    """Return whether the method settings of a stage enable no cache, or an encrypted one."""
    settings = method_settings["settings"]
    return not settings.get("caching_enabled") or "cache_data_encrypted" in settings


def has_endpoint(service: str) -> Predicate:
    """Return a predicate: whether a VPC has an interface endpoint for a service."""

    def is_met(stack: Stack, vpc: Attributes) -> bool:
        endpoints = companions(stack, vpc, "aws_vpc_endpoint", "vpc_id")
        return any(endpoint["service_name"].endswith(f".{service}") for endpoint in endpoints)

    return is_met


def has_closed_default_group(stack: Stack, vpc: Attributes) -> bool:
    """Return whether the default security group of a VPC has no rules."""
    return any(
        refers_to(group, vpc) and not group.get("ingress") and not group.get("egress")
        for group in stack.resources("aws_default_security_group").values()
    )


def open_ports(stack: Stack, group: Attributes) -> set[int]:
    """Return the ports of a security group that are open to the internet."""
    rules = [*group.get("ingress", []), *group.get("ingress_rule", [])]
    rules += companions(stack, group, "aws_vpc_security_group_ingress_rule", "security_group_id")
    ports: set[int] = set()
    for rule in rules:
        sources = {rule.get("cidr_ipv4"), rule.get("cidr_ipv6"), *_list(rule.get("cidr_blocks", []))}
        if sources & INTERNET:
            all_protocols = rule.get("ip_protocol", rule.get("protocol")) == "-1"
            ports.update(ALL_PORTS if all_protocols else range(rule["from_port"], rule["to_port"] + 1))
    return ports


def subnets(function: Attributes) -> set[str]:
    """Return the subnets of a function."""
    return set(function.get("vpc_config", {}).get("subnet_ids", []))


def is_for_own_source(_: Stack, permission: Attributes) -> bool:
    """Return whether a Lambda permission is for a service and for a source in this account."""
    by_service = permission["principal"].endswith(".amazonaws.com")
    of_account = "source_account" in permission or permission["principal"] != "s3.amazonaws.com"
    return by_service and "source_arn" in permission and of_account


def has_dead_letters_if_asynchronous(stack: Stack, permission: Attributes) -> bool:
    """Return whether a permission is for synchronous invocations, or its function has a dead-letter queue.

    API Gateway invokes functions synchronously; all other services in the stack invoke them asynchronously.
    """
    if permission["principal"] == "apigateway.amazonaws.com":
        return True
    return all(
        "dead_letter_config" in function
        for function in stack.resources("aws_lambda_function").values()
        if refers_to(permission["function_name"], function)
    )


def are_authorized(_: Stack, api: Attributes) -> bool:
    """Return whether all methods that invoke something require an API key or authorization."""
    return all(method.api_key_required or method.authorization != "NONE" for method in _invoking(api))


def are_validated(_: Stack, api: Attributes) -> bool:
    """Return whether requests are validated by all methods that invoke something."""
    return all(method.validates_parameters for method in _invoking(api))


def _invoking(api: Attributes) -> list[Method]:
    """Return the methods of an API that invoke something; API Gateway itself responds to the others.

    Raises:
        KeyError: The API has no document, so that its methods would not be judged.
    """
    return [method for method in methods(json.loads(api["body"])) if not method.is_mock]


def has_no_secret_variables(_: Stack, function: Attributes) -> bool:
    """Return whether no environment variable of a function has the name or the value of a secret."""
    variables = function.get("environment", {}).get("variables", {})
    return not any(
        (SECRET_NAME.search(name) or SECRET_VALUE.search(value))
        and not (is_expression(value) or value.startswith("arn:"))
        for name, value in variables.items()
    )


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return value if isinstance(value, list) else [value]


def _principals(statement: dict[str, Any]) -> list[str]:
    element = statement.get("Principal", [])
    values = element.values() if isinstance(element, dict) else [element]
    return [principal for value in values for principal in _list(value)]
