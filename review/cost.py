"""Estimates what a change costs: prices by the hour or month, and attributes that change the cost of usage.

Only the fixed prices of the types that serverless stacks use are known. Other regions cost up to 50% more.
The sum shows the difference that a change makes; it is not a bill.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from review import prices
from review.change import JSON, Change, value_at
from review.plan import Plan
from review.redact import Redactor
from synthesized.references import Reference, written

SECONDS_PER_MINUTE = 60
MAX_UNITS = 10**9
"""More than any quota of AWS: a larger number is a mistake and counts as 0."""
DEFAULT_MEMORY_MB = 128
MB_PER_GB = 1024

Attributes = Mapping[str, JSON]


def _monthly(hourly_price: Decimal) -> Decimal:
    return hourly_price * prices.HOURS_PER_MONTH


def _length(value: JSON, fallback: int = 1) -> int:
    """Return the length of a list; `fallback` if the value is unknown or empty."""
    return len(value) if isinstance(value, list) and value else fallback


def _endpoint(endpoint: Attributes) -> Decimal:
    """Return the price by zone; gateway endpoints are free."""
    if endpoint.get("vpc_endpoint_type") not in ("Interface", "GatewayLoadBalancer"):
        return Decimal(0)
    return _monthly(prices.INTERFACE_ENDPOINT_ZONE_HOUR) * _length(endpoint.get("subnet_ids"))


def _table(table: Attributes) -> Decimal:
    """Return the price of provisioned capacity, including indexes; on-demand tables are billed by usage."""
    if table.get("billing_mode") not in (None, "PROVISIONED"):
        return Decimal(0)
    indexes = table.get("global_secondary_index")
    units = [table, *(indexes if isinstance(indexes, list) else ())]
    reads, writes = (
        sum(_number(unit, name) for unit in units) for name in ("read_capacity", "write_capacity")
    )
    return (
        _monthly(prices.READ_CAPACITY_UNIT_HOUR) * reads + _monthly(prices.WRITE_CAPACITY_UNIT_HOUR) * writes
    )


def _number(attributes: JSON, name: str) -> int:
    number = value_at(attributes, (name,))
    return int(number) if isinstance(number, int | float) and 0 <= number < MAX_UNITS else 0


def _stream(stream: Attributes) -> Decimal:
    """Return the price by shard, or the flat price of an on-demand stream."""
    if value_at(stream, ("stream_mode_details", 0, "stream_mode")) == "ON_DEMAND":
        return _monthly(prices.KINESIS_ON_DEMAND_STREAM_HOUR)
    return _monthly(prices.KINESIS_SHARD_HOUR) * _number(stream, "shard_count")


def _alarm(alarm: Attributes) -> Decimal:
    """Return the price by metric; a period of less than a minute makes an alarm high-resolution."""
    metrics = [query for query in alarm.get("metric_query") or () if value_at(query, ("metric",))]
    high_resolution = 0 < _number(alarm, "period") < SECONDS_PER_MINUTE
    price = prices.HIGH_RESOLUTION_ALARM_METRIC_MONTH if high_resolution else prices.ALARM_METRIC_MONTH
    return price * _length(metrics)


def _web_acl(acl: Attributes) -> Decimal:
    return prices.WEB_ACL_MONTH + prices.WEB_ACL_RULE_MONTH * _length(acl.get("rule"), 0)


def _stage(stage: Attributes) -> Decimal:
    """Return the price of the cache; a stage without a cache is free."""
    if stage.get("cache_cluster_enabled") is not True:
        return Decimal(0)
    return _monthly(prices.API_CACHE_HOUR.get(str(stage.get("cache_cluster_size")), Decimal(0)))


def _provisioned_concurrency(config: Attributes, functions: Mapping[str, Attributes]) -> Decimal:
    """Return the price by the memory of the function; 128 MB if the function is unknown."""
    function: Attributes = functions.get(str(config.get("function_name")), {})
    gigabytes = Decimal(_number(function, "memory_size") or DEFAULT_MEMORY_MB) / MB_PER_GB
    arm = function.get("architectures") == ["arm64"]
    hourly = prices.PROVISIONED_CONCURRENCY_ARM_GB_HOUR if arm else prices.PROVISIONED_CONCURRENCY_X86_GB_HOUR
    return _monthly(hourly) * gigabytes * _number(config, "provisioned_concurrent_executions")


def _flat(price: Decimal) -> Callable[[Attributes], Decimal]:
    return lambda _: price


MONTHLY_PRICES: dict[str, Callable[[Attributes], Decimal]] = {
    "aws_nat_gateway": _flat(_monthly(prices.NAT_GATEWAY_HOUR)),
    "aws_eip": _flat(_monthly(prices.PUBLIC_IPV4_ADDRESS_HOUR)),
    "aws_vpc_endpoint": _endpoint,
    "aws_lb": _flat(_monthly(prices.LOAD_BALANCER_HOUR)),
    "aws_kms_external_key": _flat(prices.KMS_KEY_MONTH),
    "aws_kms_key": _flat(prices.KMS_KEY_MONTH),
    "aws_kms_replica_key": _flat(prices.KMS_KEY_MONTH),
    "aws_secretsmanager_secret": _flat(prices.SECRET_MONTH),
    "aws_cloudwatch_composite_alarm": _flat(prices.COMPOSITE_ALARM_MONTH),
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_cloudwatch_dashboard": _flat(prices.DASHBOARD_MONTH),
    "aws_dynamodb_table": _table,
    "aws_wafv2_web_acl": _web_acl,
    "aws_api_gateway_stage": _stage,
    "aws_route53_zone": _flat(prices.HOSTED_ZONE_MONTH),
    "aws_kinesis_stream": _stream,
}
"""By resource type: returns the dollars a month for a resource with the given attributes."""

UNPRICED = re.compile(
    r"aws_(instance|db_instance|rds_cluster_instance|docdb_cluster_instance|neptune_cluster_instance|redshift_cluster"
    r"|elasticache_(cluster|replication_group)|memorydb_cluster|dax_cluster|opensearch_domain|elasticsearch_domain"
    r"|eks_(cluster|node_group)|ecs_service|msk_cluster|mq_broker|emr_cluster|fsx_\w+_file_system|transfer_server"
    r"|autoscaling_group|sagemaker_(endpoint|notebook_instance)|vpn_connection|ec2_transit_gateway\w*"
    r"|networkfirewall_firewall|globalaccelerator_accelerator|directory_service_directory|dms_replication_instance)"
)
"""Types that are billed by the hour, at prices by size that are not in `review/prices.py`."""

PRICED_ACTIONS = ("create", "update", "replace", "delete")

USAGE_COSTS = {
    ("aws_lambda_function", "memory_size"): "the price of a second is proportional to the memory",
    ("aws_lambda_function", "architectures"): "a second on arm64 costs 20% less than on x86_64",
    ("aws_lambda_function", "timeout"): "an invocation that hangs is billed up to the timeout",
    (
        "aws_lambda_provisioned_concurrency_config",
        "provisioned_concurrent_executions",
    ): "billed by the hour and the memory",
    ("aws_cloudwatch_log_group", "retention_in_days"): "logs are billed for as long as they are retained",
    ("aws_dynamodb_table", "billing_mode"): "PROVISIONED is billed by capacity, PAY_PER_REQUEST by requests",
    ("aws_dynamodb_table", "table_class"): "storage and requests have different prices",
    ("aws_sfn_state_machine", "type"): "STANDARD is billed by transition, EXPRESS by duration",
    ("aws_s3_bucket_lifecycle_configuration", "rule"): "objects are billed for as long as they are retained",
}
"""By resource type and attribute: how the attribute changes the cost of usage."""


@dataclass(frozen=True)
class FixedCost:
    """The change of the monthly price of all resources of one type.

    Attributes:
        type: Resource type.
        count_change: How many resources are added; negative if resources are removed.
        dollars: Additional dollars a month; negative if the price falls.
    """

    type: str
    count_change: int
    dollars: Decimal


@dataclass(frozen=True)
class Cost:
    """What the changes of a plan cost.

    Attributes:
        fixed: Changes of fixed prices, by resource type.
        unpriced: Changes of resources that are billed by the hour, at an unknown price.
        usage: Changes that affect the cost of usage, with a description in Markdown.
    """

    fixed: tuple[FixedCost, ...]
    unpriced: tuple[Change, ...]
    usage: tuple[tuple[Change, str], ...]

    @property
    def dollars(self) -> Decimal:
        """The sum of the fixed prices, in dollars a month."""
        return sum((item.dollars for item in self.fixed), Decimal(0))


def cost(plan: Plan, redactor: Redactor) -> Cost:
    """Return what the changes of a plan cost."""
    unpriced = (
        change
        for change in plan.changes
        if change.action in PRICED_ACTIONS and UNPRICED.fullmatch(change.type)
    )
    return Cost(tuple(_fixed(plan)), tuple(unpriced), tuple(_usage(plan.changes, redactor)))


def _fixed(plan: Plan) -> Iterator[FixedCost]:
    changes = [change for change in plan.changes if change.action in PRICED_ACTIONS]
    for resource_type in sorted({change.type for change in changes}):
        of_type = [change for change in changes if change.type == resource_type]
        dollars = sum(
            (
                _price(resource_type, change.after, plan) - _price(resource_type, change.before, plan)
                for change in of_type
            ),
            Decimal(0),
        )
        if dollars:
            yield FixedCost(
                resource_type, sum(bool(change.after) - bool(change.before) for change in of_type), dollars
            )


def _price(resource_type: str, attributes: Attributes, plan: Plan) -> Decimal:
    if resource_type == "aws_lambda_provisioned_concurrency_config":
        return _provisioned_concurrency(attributes, _functions(plan))
    if not attributes or resource_type not in MONTHLY_PRICES:
        return Decimal(0)
    return MONTHLY_PRICES[resource_type](attributes)


def _functions(plan: Plan) -> dict[str, Attributes]:
    """Return the functions of a plan by their names and by every reference to them."""
    functions: dict[str, Attributes] = {}
    known: list[tuple[str, Attributes]] = [
        (address, values) for address, values in plan.state.items() if "aws_lambda_function." in address
    ]
    known += [
        (change.address, change.after) for change in plan.changes if change.type == "aws_lambda_function"
    ]
    for address, values in known:
        names = (
            values.get("function_name"),
            str(Reference(address, "function_name")),
            str(Reference(address, "arn")),
            written(address),  # as a plan refers to an argument of the function
        )
        functions |= {name: values for name in names if isinstance(name, str)}
    return functions


def _usage(changes: tuple[Change, ...], redactor: Redactor) -> Iterator[tuple[Change, str]]:
    for change in changes:
        if change.action not in ("update", "replace"):
            continue
        for name in dict.fromkeys(difference.path[0] for difference in change.differences):
            note = USAGE_COSTS.get((change.type, str(name)))
            if note:
                before, after = change.value_before(name), change.value_after(name)
                if after is None and change.action == "replace":  # the provider sets the default
                    continue
                plain = not isinstance(before, list | dict) and not isinstance(after, list | dict)
                values = (
                    redactor.code(redactor.value(change.type, (name,), value)) for value in (before, after)
                )
                shown = f" {' → '.join(values)}" if plain else ""
                yield change, f"{redactor.code(str(name))}{shown}: {note}"
