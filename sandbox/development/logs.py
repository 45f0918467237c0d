"""Follow the logs of the running functions, in one stream and formatted.

It begins ten minutes ago, as `aws logs tail` does. MiniStack writes the lines of an invocation when the
invocation ends, all with the same time and, unlike AWS, without ids. The JSON records of our functions
contain their own times. On a very busy machine MiniStack may attribute a line to the next invocation. It
writes no logs of API Gateway, Step Functions or the VPC.
"""

import json
import re
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from rich.console import Console
from rich.text import Text

from sandbox.server.process import Client, Server

GROUP_PREFIX = "/aws/lambda/"
LOOK_BACK_MS = 10 * 60 * 1000
"""The default of `aws logs tail` (https://docs.aws.amazon.com/cli/latest/reference/logs/tail.html)."""

POLL_SECONDS = 0.3
DELAY_MS = 5000
"""How long after its time an event may arrive. MiniStack takes milliseconds, or more on a busy machine."""

PAGE = 10_000
"""The maximum number of events in a response of MiniStack, which has no token for the rest."""

REPORT = re.compile(r"REPORT RequestId: \S+\tDuration: (\S+ ms)\t")
PLATFORM = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
WORKER_FRAMES = re.compile(r'^  File "[^"]*/_worker\.py", .*\n(?:    .*\n)*', re.MULTILINE)
"""MiniStack's own frames in a traceback."""

CODE_DIRECTORY = re.compile(r'(?<=File ")[^"]*/ministack-lambda-[^"/]*/(?:code|layer_\d+/python)/')
"""Where MiniStack unpacks code. Without it a file has its name in the project or in its package."""

NOT_REPEATED = frozenset(
    ("level", "message", "timestamp", "exception", "exception_name", "stack_trace", "location", "service",
     "function_name", "function_memory_size", "function_arn", "xray_trace_id")
)  # fmt: skip
"""Fields that are printed elsewhere in the line, or repeat what the line shows."""

REQUEST_IDS = ("request_id", "function_request_id")
"""The id that API Gateway gave the request, or else Lambda's. The first in the record ends the line."""

LEVELS = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
COLOURS = ("cyan", "green", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta", "bright_blue")


@dataclass(frozen=True)
class Event:
    """A log event.

    Attributes:
        group: The log group.
        stream: The log stream. MiniStack creates one for every invocation.
        timestamp: Milliseconds since 1970.
        message: The text, without the newline at its end.
    """

    group: str
    stream: str
    timestamp: int
    message: str


class Tail:
    """The new events in the functions' logs, each of them once.

    Events have no ids here. So a poll compares how often an event occurs with how often the previous poll saw
    an equal one: the additional ones are new.

    Args:
        client: A client of CloudWatch Logs.
        since: The time of the first event, in milliseconds since 1970.
    """

    def __init__(self, client: Client, since: int) -> None:
        self._client = client
        self._since = since
        self._bytes: dict[str, int] = {}
        self._seen: dict[str, Counter[Event]] = {}

    def poll(self) -> list[Event]:
        """Return the events that have arrived since the last poll, the oldest first.

        The events of an invocation stand together.

        Raises:
            BotoCoreError: The server does not respond.
            ClientError: It responds with an error.
        """
        start = _now()
        new: list[Event] = []
        for page in self._client.get_paginator("describe_log_groups").paginate(
            logGroupNamePrefix=GROUP_PREFIX
        ):
            for group in page["logGroups"]:
                name, size = group["logGroupName"], group["storedBytes"]
                if size != self._bytes.get(name):  # MiniStack counts them at once, AWS hours later
                    self._bytes[name] = size
                    new += self._new(name)
        self._since = max(self._since, start - DELAY_MS)
        return sorted(new, key=lambda event: event.timestamp)

    def _new(self, group: str) -> Iterator[Event]:
        before, now = self._seen.get(group, Counter()), Counter[Event]()
        for event in self._events(group, self._since):
            now[event] += 1
            if now[event] > before[event]:
                yield event
        self._seen[group] = now

    def _events(self, group: str, since: int) -> Iterator[Event]:
        while True:
            response = self._client.filter_log_events(logGroupName=group, startTime=since)
            events = [
                Event(group, event["logStreamName"], event["timestamp"], event["message"])
                for event in response["events"]
            ]
            if len(events) < PAGE:
                yield from events
                return
            last = events[-1].timestamp
            complete = [event for event in events if event.timestamp < last]
            if complete:
                # The next page begins with the last millisecond: its events may not all be on this page.
                yield from complete
                since = last
            else:
                yield from events
                yield replace(events[-1], message=f"[only {PAGE} lines of this millisecond are shown]")
                since = last + 1


def follow(server: Server, region: str, console: Console) -> None:
    """Print what the functions log, until interrupted or until nobody reads the console any more.

    Raises:
        BotoCoreError: The server does not respond: most likely it has ended.
        ClientError: It responds with an error.
    """
    functions = server.client("lambda", region)
    tail = Tail(server.client("logs", region), _now() - LOOK_BACK_MS)
    if console.is_terminal:
        console.print("The functions' logs since ten minutes ago. Ctrl-C ends the command.", style="dim")
    names: dict[str, str] = {}
    while not console.quiet:
        events = tail.poll()
        groups = {event.group for event in events}
        if not groups <= names.keys():
            names = {group: group.removeprefix(GROUP_PREFIX) for group in groups} | _function_names(functions)
        for text in format_events(events, names):
            console.print(text, soft_wrap=True)
        time.sleep(POLL_SECONDS)


def format_events(events: Iterable[Event], names: Mapping[str, str]) -> Iterator[Text]:
    """Yield what is printed: a text for every record and report, and for every group of other lines.

    Args:
        events: The events, those of an invocation together.
        names: The name of the function, by log group.
    """
    width = max(map(len, names.values()), default=0)
    for (_, is_plain), group in groupby(events, key=lambda event: (event.stream, _is_plain(event.message))):
        adjacent = list(group)
        if is_plain:
            adjacent = [replace(adjacent[0], message="\n".join(event.message for event in adjacent))]
        for event in adjacent:
            if not event.message.startswith(PLATFORM[:2]):
                yield _format(event, names[event.group], width)


def _format(event: Event, name: str, width: int) -> Text:
    record = _record(event.message)
    report = REPORT.match(event.message)
    clock = f"{_time(record, event.timestamp):%H:%M:%S.%f}"[:-3]
    colour = COLOURS[zlib.crc32(name.encode()) % len(COLOURS)]
    text = Text.assemble((clock, "dim"), "  ", (f"{name:<{width}}", colour), "  ")
    if report:
        return text.append(f"took {report[1]}", "dim")
    if record is None:
        style = "red" if "Traceback (most recent call last)" in event.message else ""
        return text.append(_readable(event.message), style)
    level = _readable(str(record.get("level") or ""))
    message = _readable(str(record.get("message") or ""))
    text.append(f"{level:<7}", LEVELS.get(level, "")).append(f"  {message}")
    for key, value in _fields(record).items():
        text.append(f"  {_readable(key)}=", "dim").append(_value(value))
    if "exception" in record:
        text.append(f"\n{_readable(str(record['exception']))}", "red")
    return text


def _is_plain(message: str) -> bool:
    """Whether a line is neither Lambda's own nor a JSON record."""
    return not message.startswith(PLATFORM) and _record(message) is None


def _record(message: str) -> dict[str, Any] | None:
    """Return the content of a JSON record; None for any other line."""
    try:
        content = json.loads(message)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _time(record: Mapping[str, Any] | None, timestamp: int) -> datetime:
    """Return the local time of a line: that in the record, or else that of the event."""
    try:
        return datetime.fromisoformat((record or {})["timestamp"]).astimezone()
    except (KeyError, TypeError, ValueError):
        return datetime.fromtimestamp(timestamp / 1000, UTC).astimezone()


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that are printed after the message, the request id last."""
    fields = {key: value for key, value in record.items() if key not in NOT_REPEATED}
    if fields.get("cold_start") is False:
        del fields["cold_start"]
    ids = [fields.pop(key) for key in REQUEST_IDS if key in fields]
    return fields | {"request": ids[0]} if ids else fields


def _value(value: object) -> str:
    """Return a value unchanged if it is a single word, and as JSON otherwise."""
    word = isinstance(value, str) and re.fullmatch(r'[^\s"=]+', value)
    return _readable(str(value) if word else json.dumps(value, ensure_ascii=False))


def _readable(text: str) -> str:
    """Return text without MiniStack's part of tracebacks, and with control characters escaped."""
    cleaned = CODE_DIRECTORY.sub("", WORKER_FRAMES.sub("", text))
    return "".join(
        character if character.isprintable() or character in "\n\t" else ascii(character)[1:-1]
        for character in cleaned
    )


def _function_names(functions: Client) -> dict[str, str]:
    """Return the names of the functions by log group. They come from the entry points: `tasks.get`."""
    return {
        function["LoggingConfig"]["LogGroup"]: function["Handler"]
        .removeprefix("handlers.")
        .removesuffix(".handler")
        for page in functions.get_paginator("list_functions").paginate()
        for function in page["Functions"]
    }


def _now() -> int:
    return int(time.time() * 1000)
