"""How the tour notices that something is not as it should be."""

import io

import pytest
from rich.console import Console

from sandbox import tour
from sandbox.lifecycle import Engine, Running
from sandbox.server.process import Server
from sandbox.tour import Guide, TourError, guide


@pytest.fixture
def nothing_loaded(server: Server) -> Running:
    outputs = {tour.API_KEY: "/no/such/parameter", "api-gateway-url": ""}
    return Running(server, "", Engine.LOADER, "us-east-1", outputs, ())


@pytest.fixture
def a_guide(nothing_loaded: Running) -> Guide:
    return Guide(nothing_loaded, Console(file=io.StringIO()))


def test_an_aws_error_is_a_tour_error(nothing_loaded: Running) -> None:
    with pytest.raises(TourError, match=r"did not answer as it should: .*ParameterNotFound"):
        tour.drive(nothing_loaded, Console(file=io.StringIO()))


def test_what_has_to_be_refused_is_missed_when_it_is_not(a_guide: Guide) -> None:
    with pytest.raises(TourError, match="peeking: was allowed"):
        a_guide.refused("peeking", lambda: None)


def test_a_refusal_for_another_reason_does_not_count(a_guide: Guide) -> None:
    with pytest.raises(TourError, match=r"peeking: answered .*ResourceNotFoundException"):
        a_guide.refused("peeking", lambda: a_guide.client("dynamodb").describe_table(TableName="none"))


def test_waiting_has_an_end(a_guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide, "WAIT_SECONDS", 0.2)
    with pytest.raises(TourError, match="a miracle: nothing came"):
        a_guide.found("a miracle", lambda: None)
