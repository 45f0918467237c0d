from decimal import Decimal

import pytest

from review.cost import MONTHLY_PRICES
from review.markdown import markdown
from tests.unit.review.builders import JSON, compared, created, deleted, resource, reviewed, updated

MONTH = 730


@pytest.mark.parametrize(
    ("resource_type", "attributes", "dollars"),
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
def test_fixed_cost_of_a_resource(resource_type: str, attributes: JSON, dollars: str) -> None:
    assert reviewed(created(f"{resource_type}.a", **attributes)).cost.dollars == Decimal(dollars)
    assert reviewed(deleted(f"{resource_type}.a", **attributes)).cost.dollars == -Decimal(dollars)


@pytest.mark.parametrize("resource_type", sorted(MONTHLY_PRICES))
@pytest.mark.parametrize("action", ["no-op", "read", "forget"])
def test_actions_without_apply_have_no_cost(resource_type: str, action: str) -> None:
    side = {"period": 60, "shard_count": 1, "read_capacity": 1}
    assert not reviewed(
        resource(f"{resource_type}.a", action, side, side if action != "forget" else None)
    ).cost.fixed


def test_update_costs_the_difference() -> None:
    report = reviewed(
        updated("aws_dynamodb_table.t", {"read_capacity": 5}, {"read_capacity": 15}),
        created("aws_kms_key.a", n=1),
        created("aws_kms_key.b", n=1),
        deleted("aws_kms_key.c", n=1),
        resource("aws_nat_gateway.n", "replace", {"a": 1}, {"a": 2}),
    )
    assert [(item.type, item.count_change, item.dollars) for item in report.cost.fixed] == [
        ("aws_dynamodb_table", 0, Decimal("0.949")),
        ("aws_kms_key", 1, Decimal(1)),
    ]
    assert "### Cost: +$1.95 a month, excluding usage" in markdown(report)
    assert "- `aws_kms_key` (+1): +$1.00 a month" in markdown(report)


FUNCTION: JSON = {"function_name": "f", "memory_size": 1024, "architectures": ["arm64"]}


@pytest.mark.parametrize(
    ("architectures", "dollars"), [(["arm64"], "17.520292"), (["x86_64"], "21.900146"), (None, "21.900146")]
)
def test_provisioned_concurrency_is_priced_by_memory(architectures: object, dollars: str) -> None:
    function = {**FUNCTION, "architectures": architectures}
    config = {"function_name": "f", "provisioned_concurrent_executions": 2}
    creation = created("aws_lambda_provisioned_concurrency_config.c", **config)
    known = reviewed(creation, state={"aws_lambda_function.f": function})
    assert known.cost.dollars == Decimal(dollars)
    together = reviewed(creation, created("aws_lambda_function.f", **function))
    assert together.cost.dollars == Decimal(dollars)


def test_provisioned_concurrency_is_priced_in_synths() -> None:
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
    ("resource_type", "before", "after", "expected"),
    [
        (
            "aws_lambda_function",
            {"memory_size": 128},
            {"memory_size": 256},
            "`memory_size` `128` → `256`: the price of a second",
        ),
        (
            "aws_cloudwatch_log_group",
            {"retention_in_days": 30},
            {},
            "`retention_in_days` `30` → `none`: logs are billed",
        ),
        (
            "aws_s3_bucket_lifecycle_configuration",
            {"rule": [{"id": "a"}]},
            {"rule": []},
            "`rule`: objects are billed for",
        ),
    ],
)
def test_changes_of_usage_cost_are_reported(
    resource_type: str, before: JSON, after: JSON, expected: str
) -> None:
    report = reviewed(updated(f"{resource_type}.a", before, after))
    assert not report.cost.fixed
    ((change, text),) = report.cost.usage
    assert text.startswith(expected)
    assert change.address == f"{resource_type}.a"
    assert "### Cost\n" in markdown(report)


def test_null_default_in_replacement_is_not_a_cost_change() -> None:
    entry = resource("aws_lambda_function.f", "replace", {"memory_size": 128}, {"memory_size": None})
    assert not reviewed(entry).cost.usage


def test_unpriced_resource_is_reported() -> None:
    report = reviewed(created("aws_db_instance.d", instance_class="db.t4g.micro"))
    assert (
        "- `aws_db_instance.d` is billed by the hour, at a price that the review does not know"
        in markdown(report)
    )


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), 10**400, -1, "5", [], True])
def test_invalid_numbers_have_no_cost(odd: object) -> None:
    assert 0 <= reviewed(created("aws_dynamodb_table.t", read_capacity=odd)).cost.dollars <= 1
