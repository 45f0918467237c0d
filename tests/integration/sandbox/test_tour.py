"""How the tour detects wrong results."""

import io

import pytest
from rich.console import Console

from sandbox import tour
from sandbox.lifecycle import Engine, Running
from sandbox.server.process import Server
from sandbox.tour import Guide, TourError, guide


@pytest.fixture
def empty_server(server: Server) -> Running:
    outputs = {tour.API_KEY: "/no/such/parameter", "api-gateway-url": ""}
    return Running(server, "", Engine.LOADER, "us-east-1", outputs, ())


@pytest.fixture
def tour_guide(empty_server: Running) -> Guide:
    return Guide(empty_server, Console(file=io.StringIO()))


def test_aws_error_is_reported_as_tour_error(empty_server: Running) -> None:
    with pytest.raises(TourError, match=r"a call of the tour failed: .*ParameterNotFound"):
        tour.take(empty_server, Console(file=io.StringIO()))


def test_allowed_call_is_an_error_where_a_denial_is_expected(tour_guide: Guide) -> None:
    with pytest.raises(TourError, match="s3:GetObject of x: expected AccessDenied, but the call was allowed"):
        tour_guide.expect_denied("s3:GetObject", lambda: None, note="of x")


def test_failure_for_another_reason_is_not_a_denial(tour_guide: Guide) -> None:
    with pytest.raises(TourError, match=r"of none: expected AccessDenied, got .*ResourceNotFoundException"):
        tour_guide.expect_denied(
            "dynamodb:DescribeTable",
            lambda: tour_guide.client("dynamodb").describe_table(TableName="none"),
            note="of none",
        )


def test_waiting_ends_with_an_error(tour_guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide, "WAIT_SECONDS", 0.2)
    with pytest.raises(TourError, match=r"a miracle: nothing within 0\.2 s"):
        tour_guide.wait_for("a miracle", lambda: None)
