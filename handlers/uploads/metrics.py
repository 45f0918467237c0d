"""Publish the metrics of an invocation (U5) by PutMetricData, which IAM restricts to one namespace.

Powertools' metrics are log lines, so IAM could not restrict them.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import StandardUnitType
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

NAMESPACE = "ServerlessApp/Lambda"
VALUES_PER_DATUM = 150  # CloudWatch's limit; an event cannot reach its limit of 1,000 data per call


@dataclass
class InvocationResult:
    """The result of an invocation.

    Attributes:
        sizes: Size of each processed file in bytes.
        errors: Number of records that failed.
        failed: Whether the invocation failed; true until it has succeeded.
    """

    sizes: list[int] = field(default_factory=list)
    errors: int = 0
    failed: bool = True


def publish(client: "CloudWatchClient", result: InvocationResult) -> None:
    """Publish all metrics of an invocation in one call."""
    starts = range(0, len(result.sizes), VALUES_PER_DATUM)
    client.put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            _datum("InvocationCount", "Count", [1]),
            _datum("ProcessingErrors", "Count", [result.errors]),
            _datum("LambdaErrors", "Count", [int(result.failed)]),
            *(
                _datum("ProcessedFileSize", "Bytes", result.sizes[start : start + VALUES_PER_DATUM])
                for start in starts
            ),
        ],
    )


def _datum(name: str, unit: "StandardUnitType", values: list[int]) -> "MetricDatumTypeDef":
    return {"MetricName": name, "Unit": unit, "Values": values}
