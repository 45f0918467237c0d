"""Metrics of the upload processor (U5)."""

from typing import Any
from unittest.mock import Mock

import pytest

from handlers.uploads.metrics import InvocationResult, publish


def published(result: InvocationResult) -> list[dict[str, Any]]:
    client = Mock()
    publish(client, result)
    (call,) = client.put_metric_data.call_args_list
    assert call.kwargs["Namespace"] == "ServerlessApp/Lambda"
    data: list[dict[str, Any]] = call.kwargs["MetricData"]
    return data


def test_metrics_of_a_successful_invocation() -> None:
    assert published(InvocationResult(sizes=[3, 5], failed=False)) == [
        {"MetricName": "InvocationCount", "Unit": "Count", "Values": [1]},
        {"MetricName": "ProcessingErrors", "Unit": "Count", "Values": [0]},
        {"MetricName": "LambdaErrors", "Unit": "Count", "Values": [0]},
        {"MetricName": "ProcessedFileSize", "Unit": "Bytes", "Values": [3, 5]},
    ]


def test_metrics_of_a_failed_invocation() -> None:
    values = {datum["MetricName"]: datum["Values"] for datum in published(InvocationResult(errors=2))}
    assert values == {"InvocationCount": [1], "ProcessingErrors": [2], "LambdaErrors": [1]}


@pytest.mark.parametrize(("files", "data"), [(150, [150]), (151, [150, 1]), (400, [150, 150, 100])])
def test_file_sizes_are_split_into_data_of_150_values(files: int, data: list[int]) -> None:
    sizes = list(range(files))
    values = [datum["Values"] for datum in published(InvocationResult(sizes=sizes))[3:]]
    assert [len(part) for part in values] == data
    assert [size for part in values for size in part] == sizes
