"""Make each function of the requests workload perform all its AWS calls."""

import pytest

from tests.integration.request_pipeline import BODY, Pipeline

Request = pytest.FixtureRequest


def receive(request: Request) -> None:
    pipeline: Pipeline = request.getfixturevalue("pipeline")
    for _ in range(2):  # the second request finds the stored object
        assert pipeline.post(BODY, key="k").status == 200


def complete(request: Request) -> None:
    pipeline: Pipeline = request.getfixturevalue("pipeline")
    record = pipeline.put("0b7f6b1e-7c1d-4f6e-9a52-3f1d2c4b5a60")
    for _ in range(2):  # the second time, the request is completed already
        pipeline.deliver(record)
        pipeline.ended_executions()
