"""The metrics of an invocation (U5), by PutMetricData, because the role is held to a namespace.

(Powertools' metrics are log lines: no call that IAM would judge.)
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_cloudwatch.literals import StandardUnitType
    from mypy_boto3_cloudwatch.type_defs import MetricDatumTypeDef

NAMESPACE = "ServerlessApp/Lambda"
VALUES_A_DATUM = 150  # as many as CloudWatch takes; a thousand data a call are more than an event can fill


@dataclass
class InvocationResult:
    """What became of an invocation.

    Attributes:
        sizes: Bytes of each file that was processed.
        errors: How many records were not.
        failed: Whether the invocation failed, as it has until it is known not to.
    """

    sizes: list[int] = field(default_factory=list)
    errors: int = 0
    failed: bool = True


def publish(client: "CloudWatchClient", outcome: InvocationResult) -> None:
    """Publish all metrics of an invocation by one call."""
    starts = range(0, len(outcome.sizes), VALUES_A_DATUM)
    client.put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            _datum("InvocationCount", "Count", [1]),
            _datum("ProcessingErrors", "Count", [outcome.errors]),
            _datum("LambdaErrors", "Count", [int(outcome.failed)]),
            *(
                _datum("ProcessedFileSize", "Bytes", outcome.sizes[start : start + VALUES_A_DATUM])
                for start in starts
            ),
        ],
    )


def _datum(name: str, unit: "StandardUnitType", values: list[int]) -> "MetricDatumTypeDef":
    return {"MetricName": name, "Unit": unit, "Values": values}
