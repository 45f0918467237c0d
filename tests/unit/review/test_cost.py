from decimal import Decimal

import pytest

from review.cost import PRICES
from review.markdown import markdown
from tests.unit.review.builders import JSON, compared, created, deleted, resource, reviewed, updated

MONTH = 730


@pytest.mark.parametrize(
    ("kind", "attributes", "dollars"),
    [
        ("aws_nat_gateway", {"subnet_id": "a"}, "32.85"),
        ("aws_eip", {"domain": "vpc"}, "3.65"),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Interface", "subnet_ids": ["a", "b"]}, "14.60"),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Interface"}, "7.30"),
        ("aws_vpc_endpoint", {"vpc_endpoint_type": "Gateway"}, "0"),
        ("aws_vpc_endpoint", {"service_name": "s3"}, "0"),
        ("aws_kms_key", {"enable_key_rotation": True}, "1"),
        ("aws_secretsmanager_secret", {"name": "a"}, "0.40"),
        ("aws_cloudwatch_metric_alarm", {"period": 300}, "0.10"),
        ("aws_cloudwatch_metric_alarm", {"period": 10}, "0.30"),
        (
            "aws_cloudwatch_metric_alarm",
            {"metric_query": [{"metric": [{"a": 1}]}, {"metric": [{"a": 2}]}, {"expression": "e"}]},
            "0.20",
        ),
        ("aws_cloudwatch_dashboard", {"a": 1}, "3"),
        ("aws_dynamodb_table", {"billing_mode": "PAY_PER_REQUEST", "read_capacity": 0}, "0"),
        ("aws_dynamodb_table", {"read_capacity": 5, "write_capacity": 5}, "2.847"),
        (
            "aws_dynamodb_table",
            {
                "billing_mode": "PROVISIONED",
                "read_capacity": 5,
                "write_capacity": 5,
                "global_secondary_index": [{"read_capacity": 5, "write_capacity": 5}],
            },
            "5.694",
        ),
        ("aws_wafv2_web_acl", {"rule": [{}, {}]}, "7"),
        ("aws_api_gateway_stage", {"cache_cluster_enabled": True, "cache_cluster_size": "0.5"}, "14.60"),
        ("aws_api_gateway_stage", {"cache_cluster_enabled": False, "cache_cluster_size": "0.5"}, "0"),
        ("aws_kinesis_stream", {"shard_count": 2}, "21.90"),
        ("aws_kinesis_stream", {"stream_mode_details": [{"stream_mode": "ON_DEMAND"}]}, "29.20"),
        ("aws_lb", {"name": "a"}, "16.425"),
    ],
)
def test_what_stands_still_costs(kind: str, attributes: JSON, dollars: str) -> None:
    assert reviewed(created(f"{kind}.a", **attributes)).cost.dollars == Decimal(dollars)
    assert reviewed(deleted(f"{kind}.a", **attributes)).cost.dollars == -Decimal(dollars)


@pytest.mark.parametrize("kind", sorted(PRICES))
@pytest.mark.parametrize("action", ["no-op", "read", "forget"])
def test_what_nobody_makes_costs_nothing(kind: str, action: str) -> None:
    side = {"period": 60, "shard_count": 1, "read_capacity": 1}
    assert not reviewed(resource(f"{kind}.a", action, side, side if action != "forget" else None)).cost.fixed


def test_a_change_costs_the_difference() -> None:
    report = reviewed(
        updated("aws_dynamodb_table.t", {"read_capacity": 5}, {"read_capacity": 15}),
        created("aws_kms_key.a", n=1),
        created("aws_kms_key.b", n=1),
        deleted("aws_kms_key.c", n=1),
        resource("aws_nat_gateway.n", "replace", {"a": 1}, {"a": 2}),
    )
    assert [(each.type, each.more, each.dollars) for each in report.cost.fixed] == [
        ("aws_dynamodb_table", 0, Decimal("0.949")),
        ("aws_kms_key", 1, Decimal(1)),
    ]
    assert "### Cost: +$1.95 a month, apart from use" in markdown(report)
    assert "- `aws_kms_key` (+1): +$1.00 a month" in markdown(report)


FUNCTION: JSON = {"function_name": "f", "memory_size": 1024, "architectures": ["arm64"]}


@pytest.mark.parametrize(
    ("architectures", "dollars"), [(["arm64"], "17.520292"), (["x86_64"], "21.900146"), (None, "21.900146")]
)
def test_provisioned_concurrency_costs_by_memory(architectures: object, dollars: str) -> None:
    function = {**FUNCTION, "architectures": architectures}
    config = {"function_name": "f", "provisioned_concurrent_executions": 2}
    made = created("aws_lambda_provisioned_concurrency_config.c", **config)
    known = reviewed(made, state={"aws_lambda_function.f": function})
    assert known.cost.dollars == Decimal(dollars)
    together = reviewed(made, created("aws_lambda_function.f", **function))
    assert together.cost.dollars == Decimal(dollars)


def test_provisioned_concurrency_costs_in_synths_too() -> None:
    config = {
        "function_name": "${aws_lambda_function.f.function_name}",
        "provisioned_concurrent_executions": 1,
    }
    kinds = {
        "aws_lambda_function": {"f": FUNCTION},
        "aws_lambda_provisioned_concurrency_config": {"c": config},
    }
    assert compared({}, {"resource": kinds}).cost.dollars == Decimal("8.760146")


@pytest.mark.parametrize(
    ("kind", "before", "after", "said"),
    [
        (
            "aws_lambda_function",
            {"memory_size": 128},
            {"memory_size": 256},
            "`memory_size` `128` → `256`: a second costs",
        ),
        (
            "aws_cloudwatch_log_group",
            {"retention_in_days": 30},
            {},
            "`retention_in_days` `30` → `none`: logs are paid",
        ),
        (
            "aws_s3_bucket_lifecycle_configuration",
            {"rule": [{"id": "a"}]},
            {"rule": []},
            "`rule`: objects are paid for",
        ),
    ],
)
def test_what_moves_the_cost_of_use_is_said(kind: str, before: JSON, after: JSON, said: str) -> None:
    report = reviewed(updated(f"{kind}.a", before, after))
    assert not report.cost.fixed
    ((change, text),) = report.cost.by_use
    assert text.startswith(said)
    assert change.address == f"{kind}.a"
    assert "### Cost\n" in markdown(report)


def test_a_default_that_is_made_anew_is_no_change() -> None:
    entry = resource("aws_lambda_function.f", "replace", {"memory_size": 128}, {"memory_size": None})
    assert not reviewed(entry).cost.by_use


def test_what_is_paid_by_the_hour_and_has_no_price_is_said() -> None:
    report = reviewed(created("aws_db_instance.d", instance_class="db.t4g.micro"))
    assert "- `aws_db_instance.d` is paid by the hour, at a price not known here" in markdown(report)


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 10**400, -1, "5", [], True])
def test_odd_numbers_cost_nothing_much(odd: object) -> None:
    assert 0 <= reviewed(created("aws_dynamodb_table.t", read_capacity=odd)).cost.dollars <= 1
