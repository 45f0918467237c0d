"""What a change costs: what is paid by the hour or month whatever is done with it, and what follows use.

No price list can be had offline. `PRICES` has what serverless stacks pay for standing still in us-east-1,
in US dollars a month of 730 hours, without free tiers; other regions are up to half dearer. Other types are
not priced: the sum is a difference to notice, not a bill.

The prices are those of 2026 that public sources agree on, such as "AWS NAT Gateway Pricing" and
"AWS KMS Pricing" (CloudBurn, 2026). AWS has them on the pages "Amazon VPC Pricing", "AWS KMS Pricing", "AWS
Secrets Manager Pricing", "Amazon CloudWatch Pricing", "Pricing for Provisioned Capacity" (DynamoDB), "AWS WAF
Pricing", "Amazon API Gateway Pricing", "AWS Lambda Pricing", "Amazon Route 53 Pricing", "Amazon Kinesis Data
Streams Pricing" and "Elastic Load Balancing Pricing".
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from review.change import JSON, Change, at
from review.plan import Plan
from review.redact import Redactor
from synthesized.references import Reference, written

HOURS = 730
MINUTE = 60
MOST_UNITS = 10**9
"""More than any quota: a number beyond is a mistake and is not multiplied."""
Attributes = Mapping[str, JSON]


def _hourly(price: str) -> Decimal:
    return Decimal(price) * HOURS


def _count(value: JSON, fallback: int = 1) -> int:
    """How many a list names; `fallback` where that is not known."""
    return len(value) if isinstance(value, list) and value else fallback


def _interface_endpoint(endpoint: Attributes) -> Decimal:
    """By zone; gateway endpoints are free."""
    interface = endpoint.get("vpc_endpoint_type") in ("Interface", "GatewayLoadBalancer")
    return _hourly("0.01") * _count(endpoint.get("subnet_ids")) if interface else Decimal(0)


def _table(table: Attributes) -> Decimal:
    """Of provisioned capacity, its indices' included; on demand is paid by use."""
    if table.get("billing_mode") not in (None, "PROVISIONED"):
        return Decimal(0)
    indices = table.get("global_secondary_index")
    parts = [table, *(indices if isinstance(indices, list) else ())]
    reads, writes = (
        sum(_units(part, name) for part in parts) for name in ("read_capacity", "write_capacity")
    )
    return _hourly("0.00013") * reads + _hourly("0.00065") * writes


def _units(part: JSON, name: str) -> int:
    units = at(part, (name,))
    return int(units) if isinstance(units, int | float) and 0 <= units < MOST_UNITS else 0


def _stream(stream: Attributes) -> Decimal:
    """By shard, or one price where it is on demand."""
    on_demand = at(stream, ("stream_mode_details", 0, "stream_mode")) == "ON_DEMAND"
    return _hourly("0.04") if on_demand else _hourly("0.015") * _units(stream, "shard_count")


def _alarm(alarm: Attributes) -> Decimal:
    """By metric; of those that look more than once a minute, three times as much."""
    metrics = [each for each in alarm.get("metric_query") or () if at(each, ("metric",))]
    often = 0 < _units(alarm, "period") < MINUTE
    return Decimal("0.30" if often else "0.10") * _count(metrics)


def _web_acl(acl: Attributes) -> Decimal:
    return Decimal(5) + _count(acl.get("rule"), 0)


CACHE = {
    "0.5": "0.02",
    "1.6": "0.038",
    "6.1": "0.2",
    "13.5": "0.25",
    "28.4": "0.5",
    "58.2": "1",
    "118": "1.9",
    "237": "3.8",
}
"""Dollars an hour of API Gateway's cache, by its size in GB."""


def _stage(stage: Attributes) -> Decimal:
    cached = stage.get("cache_cluster_enabled") is True
    return _hourly(CACHE.get(str(stage.get("cache_cluster_size")), "0")) if cached else Decimal(0)


def _provisioned(concurrency: Attributes, functions: Mapping[str, Attributes]) -> Decimal:
    """Of provisioned concurrency, by the memory of its function; 128 MB where that is not known."""
    function: Attributes = functions.get(str(concurrency.get("function_name")), {})
    gigabytes = Decimal(_units(function, "memory_size") or 128) / 1024
    hourly = _hourly("0.0120002" if function.get("architectures") == ["arm64"] else "0.0150001")
    return hourly * gigabytes * _units(concurrency, "provisioned_concurrent_executions")


def _flat(price: str) -> Callable[[Attributes], Decimal]:
    return lambda _: Decimal(price)


PRICES: dict[str, Callable[[Attributes], Decimal]] = {
    "aws_nat_gateway": lambda _: _hourly("0.045"),
    "aws_eip": lambda _: _hourly("0.005"),
    "aws_vpc_endpoint": _interface_endpoint,
    "aws_lb": lambda _: _hourly("0.0225"),
    "aws_kms_external_key": _flat("1"),
    "aws_kms_key": _flat("1"),
    "aws_kms_replica_key": _flat("1"),
    "aws_secretsmanager_secret": _flat("0.40"),
    "aws_cloudwatch_composite_alarm": _flat("0.50"),
    "aws_cloudwatch_metric_alarm": _alarm,
    "aws_cloudwatch_dashboard": _flat("3"),
    "aws_dynamodb_table": _table,
    "aws_wafv2_web_acl": _web_acl,
    "aws_api_gateway_stage": _stage,
    "aws_route53_zone": _flat("0.50"),
    "aws_kinesis_stream": _stream,
}
"""Dollars a month for something with these attributes, by type."""

UNPRICED = re.compile(
    r"aws_(instance|db_instance|rds_cluster_instance|docdb_cluster_instance|neptune_cluster_instance|redshift_cluster"
    r"|elasticache_(cluster|replication_group)|memorydb_cluster|dax_cluster|opensearch_domain|elasticsearch_domain"
    r"|eks_(cluster|node_group)|ecs_service|msk_cluster|mq_broker|emr_cluster|fsx_\w+_file_system|transfer_server"
    r"|autoscaling_group|sagemaker_(endpoint|notebook_instance)|vpn_connection|ec2_transit_gateway\w*"
    r"|networkfirewall_firewall|globalaccelerator_accelerator|directory_service_directory|dms_replication_instance)"
)
"""Types that are paid by the hour, at prices by size that are not kept here: they are said."""

PAID = ("create", "update", "replace", "delete")

BY_USE = {
    ("aws_lambda_function", "memory_size"): "a second costs in proportion",
    ("aws_lambda_function", "architectures"): "a second on arm64 costs a fifth less than on x86_64",
    ("aws_lambda_function", "timeout"): "a call that hangs is paid for as long",
    (
        "aws_lambda_provisioned_concurrency_config",
        "provisioned_concurrent_executions",
    ): "paid by the hour, by memory",
    ("aws_cloudwatch_log_group", "retention_in_days"): "logs are paid for as long as they are kept",
    ("aws_dynamodb_table", "billing_mode"): "capacity or requests are paid for",
    ("aws_dynamodb_table", "table_class"): "storage and requests have other prices",
    ("aws_sfn_state_machine", "type"): "STANDARD is paid by transition, EXPRESS by duration",
    ("aws_s3_bucket_lifecycle_configuration", "rule"): "objects are paid for as long as they are kept",
}
"""Attributes that move what use costs, and how."""


@dataclass(frozen=True)
class Fixed:
    """The months' price of resources of one type, by which a change moves it.

    Attributes:
        type: The resources' type.
        more: How many more there are.
        dollars: What they cost more in a month.
    """

    type: str
    more: int
    dollars: Decimal


@dataclass(frozen=True)
class Cost:
    """What a change costs; `unpriced` is paid by the hour too, `by_use` has a line of Markdown each."""

    fixed: tuple[Fixed, ...]
    unpriced: tuple[Change, ...]
    by_use: tuple[tuple[Change, str], ...]

    @property
    def dollars(self) -> Decimal:
        """The sum of what is fixed, a month."""
        return sum((each.dollars for each in self.fixed), Decimal(0))


def cost(plan: Plan, redactor: Redactor) -> Cost:
    """What the changes of a plan cost."""
    unpriced = (each for each in plan.changes if each.action in PAID and UNPRICED.fullmatch(each.type))
    return Cost(tuple(_fixed(plan)), tuple(unpriced), tuple(_by_use(plan.changes, redactor)))


def _fixed(plan: Plan) -> Iterator[Fixed]:
    changes = [each for each in plan.changes if each.action in PAID]
    for kind in sorted({each.type for each in changes}):
        of_kind = [each for each in changes if each.type == kind]
        dollars = sum(
            (_price(kind, each.after, plan) - _price(kind, each.before, plan) for each in of_kind), Decimal(0)
        )
        if dollars:
            yield Fixed(kind, sum(bool(each.after) - bool(each.before) for each in of_kind), dollars)


def _price(kind: str, attributes: Attributes, plan: Plan) -> Decimal:
    if kind == "aws_lambda_provisioned_concurrency_config":
        return _provisioned(attributes, _functions(plan))
    return PRICES[kind](attributes) if attributes and kind in PRICES else Decimal(0)


def _functions(plan: Plan) -> dict[str, Attributes]:
    """The functions of a plan by whatever they are named by: name, or a reference to it."""
    functions: dict[str, Attributes] = {}
    known: list[tuple[str, Attributes]] = [
        (address, values) for address, values in plan.state.items() if "aws_lambda_function." in address
    ]
    known += [(each.address, each.after) for each in plan.changes if each.type == "aws_lambda_function"]
    for address, values in known:
        names = (
            values.get("function_name"),
            str(Reference(address, "function_name")),
            str(Reference(address, "arn")),
            written(address),  # as a plan refers to an argument of the function
        )
        functions |= {name: values for name in names if isinstance(name, str)}
    return functions


def _by_use(changes: tuple[Change, ...], redactor: Redactor) -> Iterator[tuple[Change, str]]:
    for change in changes:
        if change.action not in ("update", "replace"):
            continue
        for name in dict.fromkeys(each.path[0] for each in change.differences):
            said = BY_USE.get((change.type, str(name)))
            if said:
                before, after = change.was(name), change.becomes(name)
                if after is None and change.action == "replace":  # a default, until it is made anew
                    continue
                plain = not isinstance(before, list | dict) and not isinstance(after, list | dict)
                words = (
                    redactor.code(redactor.value(change.type, (name,), each)) for each in (before, after)
                )
                shown = f" {' → '.join(words)}" if plain else ""
                yield change, f"{redactor.code(str(name))}{shown}: {said}"
