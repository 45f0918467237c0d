import json
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from sandbox.development.logs import Event, format_events

GROUP = "/aws/lambda/project-lambda-get-handler-dev"
OTHER = "/aws/lambda/other"
NAMES = {GROUP: "tasks.get", OTHER: "records.reader"}
AT = 1_795_296_960_199
REPORT = (
    "REPORT RequestId: r\tDuration: 24 ms\tBilled Duration: 24 ms\tMemory Size: 256 MB\tMax Memory Used: 0 MB"
)
RECORD = {
    "level": "INFO",
    "location": "handler:55",
    "message": "request",
    "timestamp": "2026-11-21T21:36:00.193+00:00",
    "service": "tasks",
    "cold_start": False,
    "function_name": "project-lambda-get-handler-dev",
    "function_memory_size": 256,
    "function_arn": "arn:aws:lambda:us-east-1:123456789012:function:f",
    "function_request_id": "of-lambda",
    "request_id": "of-api-gateway",
    "method": "GET",
    "status": 200,
    "duration_ms": 84.3,
    "xray_trace_id": "1-6b020ebf",
}


@pytest.fixture(autouse=True)
def _indian_time(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Set a time zone that is five and a half hours ahead of UTC."""
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def lines(*messages: str | dict[str, Any], group: str = GROUP, stream: str = "s") -> list[str]:
    events = [
        Event(group, stream, AT, message if isinstance(message, str) else json.dumps(message))
        for message in messages
    ]
    return [text.plain for text in format_events(events, NAMES)]


def test_record_is_one_line_with_its_time_fields_and_request_id() -> None:
    (line,) = lines(RECORD)
    head, _, fields = line.partition("  request  ")
    assert head == "03:06:00.193  tasks.get       INFO   "
    assert fields == "method=GET  status=200  duration_ms=84.3  request=of-api-gateway"


def test_record_of_cold_start_without_api_gateway() -> None:
    record = {key: value for key, value in RECORD.items() if key != "request_id"}
    (line,) = lines(record | {"cold_start": True})
    assert line.endswith("  cold_start=true  method=GET  status=200  duration_ms=84.3  request=of-lambda")


def test_values_with_more_than_a_word_are_json() -> None:
    (line,) = lines({"level": "WARNING", "message": "no", "why": 'a "b"', "empty": "", "of": {"a": [1]}})
    assert line.endswith('WARNING  no  why="a \\"b\\""  empty=""  of={"a": [1]}')


def test_lines_of_lambda_are_one_line_with_the_duration() -> None:
    clock = f"{datetime.fromtimestamp(AT / 1000):%H:%M:%S}.199"  # noqa: DTZ006 - the local time
    assert lines("START RequestId: r Version: $LATEST", "END RequestId: r", REPORT) == [
        f"{clock}  tasks.get       took 24 ms"
    ]
    assert clock == "03:06:00.199"


def test_exception_is_printed_below_its_record() -> None:
    frame = 'File "/t/ministack-lambda-f-x1/code/handlers/a.py", line 3'
    exception = f"Traceback (most recent call last):\n  {frame}\nE: no"
    (line,) = lines(
        RECORD | {"level": "ERROR", "message": "failed", "exception": exception, "stack_trace": {}}
    )
    first, *rest = line.split("\n")
    assert "ERROR    failed  method=GET" in first
    assert rest == ["Traceback (most recent call last):", '  File "handlers/a.py", line 3', "E: no"]


TRACEBACK = """Traceback (most recent call last):
  File "/x/ministack-lambda-f-7olos766/_worker.py", line 128, in run
    result = handler_fn(event, context)
             ^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/x/ministack-lambda-f-7olos766/layer_0/python/powertools/logger.py", line 5, in decorate
    return handler()
  File "/x/ministack-lambda-f-7olos766/code/handlers/tasks/get.py", line 7, in handler
    raise ValueError
ValueError"""


def test_traceback_is_one_text_with_paths_in_the_project() -> None:
    shown = lines("START RequestId: r Version: $LATEST", *TRACEBACK.splitlines(), REPORT)
    head = "03:06:00.199  tasks.get       "
    assert shown[0].removeprefix(head).split("\n") == [
        "Traceback (most recent call last):",
        '  File "powertools/logger.py", line 5, in decorate',
        "    return handler()",
        '  File "handlers/tasks/get.py", line 7, in handler',
        "    raise ValueError",
        "ValueError",
    ]
    assert shown[1:] == [f"{head}took 24 ms"]


def test_lines_of_different_invocations_are_separate() -> None:
    events = [Event(GROUP, "s", AT, "one"), Event(GROUP, "t", AT, "two"), Event(OTHER, "u", AT, "three")]
    assert [text.plain.split()[1:] for text in format_events(events, NAMES)] == [
        ["tasks.get", "one"],
        ["tasks.get", "two"],
        ["records.reader", "three"],
    ]


@pytest.mark.parametrize(
    "message", ["\x1b[2Jgone", '{"message": "\\u001b[2Jgone"}', '{"key": "\\u001b[2Jgone"}']
)
def test_control_characters_are_escaped(message: str) -> None:
    (line,) = lines(message)
    assert line.isprintable()
    assert "[2Jgone" in line


@pytest.mark.parametrize(
    "message", ["[1]", "{", "12", '"x"', "", '{"timestamp": 5}', '{"level": null}', '{"\\ud800": "\\ud800"}']
)
def test_every_line_is_printed(message: str) -> None:
    (line,) = lines(message)
    assert line.encode().startswith(b"03:06:00.199  tasks.get ")


def test_function_keeps_its_colour() -> None:
    def colours() -> list[str]:
        events = [Event(GROUP, "s", AT, "x"), Event(OTHER, "s2", AT, "x")]
        return [str(text.spans[1].style) for text in format_events(events, NAMES)]

    assert colours() == colours()
    assert len(set(colours())) == 2
