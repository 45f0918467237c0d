"""Summaries by a Bedrock model (F5): off by default; a failed summary does not fail the file."""

import json
from typing import Any
from unittest.mock import ANY

import pytest

from handlers.common import clients
from sandbox.server.process import Server
from tests.api_events import FakeContext
from tests.integration.entry_points import capture_log, record_calls
from tests.integration.fault_injection import (
    ERROR,
    LOST_RESPONSE,
    THROTTLE,
    TIMEOUT,
    Fault,
    canned_response,
    error_response,
    inject,
)
from tests.integration.file_pipeline import MODEL, Files, make_files

CSV = b"secret,b\n1,2\n"


@pytest.fixture
def summarized(server: Server, monkeypatch: pytest.MonkeyPatch) -> Files:
    clients._client.cache_clear()
    return make_files(server, monkeypatch, SUMMARY_MODEL=MODEL)


def responding_with(name: str, document: object) -> Fault:
    """Return a fault that responds with a document."""
    return canned_response(name, json.dumps(document).encode(), 200, {"content-type": "application/json"})


def message(*blocks: object, reason: str = "end_turn") -> dict[str, Any]:
    return {"output": {"message": {"role": "assistant", "content": list(blocks)}}, "stopReason": reason}


def summary_of(files: Files, key: str, content: bytes, context: FakeContext | None = None) -> str | None:
    """Process an object, which must succeed, and return its summary."""
    files.process(files.put(key, content), context=context)
    row = files.row(key)
    assert (row["status"], row.get("error")) == ("completed", None)
    assert row["result"]
    assert row["finished_at"]
    summary: str | None = row["summary"]
    return summary


def test_documents_and_data_are_summarized(summarized: Files) -> None:
    with record_calls(clients.bedrock_runtime()) as calls:
        for key, content in (("a.csv", CSV), ("a.json", b'[{"secret": 1}]'), ("a.txt", b"some text")):
            assert "reply for prompt" in (summary_of(summarized, key, content) or "")
    assert [operation for operation, _ in calls] == ["Converse"] * 3
    assert calls[0][1] == {
        "modelId": MODEL,
        "system": [{"text": ANY}],
        "messages": [{"role": "user", "content": [{"text": CSV.decode()}]}],
        "inferenceConfig": {"maxTokens": 300},
    }
    assert "secret" not in calls[0][1]["system"][0]["text"]


def test_summaries_are_off_by_default(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    def none() -> None:
        pytest.fail("a client was created")

    monkeypatch.setattr(clients, "bedrock_runtime", none)
    assert summary_of(files, "a.csv", CSV) is None
    again = make_files(files.server, monkeypatch)
    assert summary_of(again, "a.txt", b"some text") is None


def test_image_has_no_summary(summarized: Files) -> None:
    with record_calls(clients.bedrock_runtime()) as calls:
        summarized.process(summarized.put("a.png", b"\x89PNG"))
    assert not calls


@pytest.mark.parametrize("content", [b"", b" \n\t\n"], ids=["nothing", "white-space"])
def test_blank_file_has_no_summary(summarized: Files, content: bytes) -> None:
    with record_calls(clients.bedrock_runtime()) as calls:
        summarized.process(summarized.put("a.txt", content))
    assert not calls
    assert summarized.row("a.txt")["finished_at"]


FAULTS = {
    ERROR: "InternalServerError",
    THROTTLE: "ThrottlingException",
    TIMEOUT: "ReadTimeoutError",
    LOST_RESPONSE: "ReadTimeoutError",
    error_response("forbidden", "AccessDeniedException", 403): "AccessDeniedException",
    error_response("no-model", "ResourceNotFoundException", 404): "ResourceNotFoundException",
    error_response("not-ready", "ModelNotReadyException", 429): "ModelNotReadyException",
    canned_response("no-json", b"<html>", 200, {}): "KeyError",
    responding_with("nothing", {}): "KeyError",
    responding_with("no-message", {"output": {}, "stopReason": "end_turn"}): "ResponseParserError",
    responding_with("no-text", message()): "NoSummaryError",
    responding_with("blank", message({"text": " \n"})): "NoSummaryError",
    responding_with(
        "tool", message({"toolUse": {"toolUseId": "t", "name": "n", "input": {}}})
    ): "NoSummaryError",
    responding_with(
        "guardrail", message({"text": "Blocked."}, reason="guardrail_intervened")
    ): "NoSummaryError",
    responding_with("filtered", message({"text": "Blocked."}, reason="content_filtered")): "NoSummaryError",
}


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_failed_summary_does_not_fail_the_file(summarized: Files, fault: Fault) -> None:
    log = capture_log(summarized.entries["data"])
    with inject(fault, clients.bedrock_runtime(), "Converse", 9) as urls:
        assert summary_of(summarized, "a.csv", CSV) is None
    assert len(urls) == 1
    (warning,) = (line for line in map(json.loads, log.getvalue().splitlines()) if line["level"] == "WARNING")
    assert (warning["message"], warning["reason"]) == ("no summary", FAULTS[fault])
    assert "secret" not in log.getvalue()


def test_no_summary_without_enough_time(summarized: Files) -> None:
    log = capture_log(summarized.entries["data"])
    with record_calls(clients.bedrock_runtime()) as calls:
        assert summary_of(summarized, "a.csv", CSV, FakeContext(29_999)) is None
        assert summary_of(summarized, "b.csv", CSV, FakeContext(30_000))
    assert len(calls) == 1
    assert '"reason":"not enough time left"' in log.getvalue()


@pytest.mark.parametrize("reason", ["end_turn", "max_tokens"])
def test_summary_is_the_text_of_the_response_up_to_a_limit(summarized: Files, reason: str) -> None:
    blocks: list[object] = [
        {"reasoningContent": {"reasoningText": {"text": "I think"}}},
        {"text": " One. "},
        {"text": "Two.\n"},
    ]
    with inject(
        responding_with("text", message(*blocks, reason=reason)), clients.bedrock_runtime(), "Converse"
    ):
        assert summary_of(summarized, "a.csv", CSV) == "One. Two."
    with inject(
        responding_with("long", message({"text": "é" * 9_000})), clients.bedrock_runtime(), "Converse"
    ):
        assert summary_of(summarized, "b.csv", CSV) == "é" * 2_000


@pytest.mark.usefixtures("summarized")
def test_model_client_has_its_own_timeouts() -> None:
    config: Any = clients.bedrock_runtime().meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 20)
    assert config.retries["total_max_attempts"] == 1


def test_newer_version_does_not_keep_the_old_summary(summarized: Files) -> None:
    first = summary_of(summarized, "a.csv", CSV)
    with inject(ERROR, clients.bedrock_runtime(), "Converse"):
        assert summary_of(summarized, "a.csv", CSV + b"3,4\n") is None
    assert first
