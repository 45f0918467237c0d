"""Follow the logs of the functions that run, in one stream that reads well.

It begins ten minutes back, as `aws logs tail` does. MiniStack writes the lines of an invocation when that has
ended, all with that one time and, unlike AWS, without ids; our functions' lines of JSON have their own times.
On a machine that is very busy it may take a line for the next invocation's, and write it with those. It
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

GROUPS = "/aws/lambda/"
BACK_MS = 10 * 60 * 1000
"""As far back as `aws logs tail` begins (https://docs.aws.amazon.com/cli/latest/reference/logs/tail.html)."""

POLL_SECONDS = 0.3
LATE_MS = 5000
"""How long after its time an event may come in: MiniStack takes milliseconds, on a busy machine some more."""

PAGE = 10_000
"""How many events MiniStack gives at most; it has no token for the rest."""

REPORT = re.compile(r"REPORT RequestId: \S+\tDuration: (\S+ ms)\t")
PLATFORM = ("START RequestId: ", "END RequestId: ", "REPORT RequestId: ")
WORKER = re.compile(r'^  File "[^"]*/_worker\.py", .*\n(?:    .*\n)*', re.MULTILINE)
"""MiniStack's own part of a traceback."""

UNPACKED = re.compile(r'(?<=File ")[^"]*/ministack-lambda-[^"/]*/(?:code|layer_\d+/python)/')
"""Where MiniStack puts code: without it, a file has the name that it has in the project or its package."""

ELSEWHERE = frozenset(
    ("level", "message", "timestamp", "exception", "exception_name", "stack_trace", "location", "service",
     "function_name", "function_memory_size", "function_arn", "xray_trace_id")
)  # fmt: skip
"""Fields that are printed in another place, or say nothing new."""

REQUEST_IDS = ("request_id", "function_request_id")
"""The gateway's, or else Lambda's own: the first that a line has stands at its end."""

LEVELS = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "red", "CRITICAL": "bold red"}
COLOURS = ("cyan", "green", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta", "bright_blue")


@dataclass(frozen=True)
class Event:
    """A line in a log.

    Attributes:
        group: Its log group.
        stream: Its log stream; MiniStack makes one for each invocation.
        timestamp: Milliseconds since 1970.
        message: The line.
    """

    group: str
    stream: str
    timestamp: int
    message: str


class Tail:
    """What is new in the functions' logs, each event once.

    Events have no ids here: one is known by all that it is, and by how many such there are. Those that a poll
    finds more often than the one before are new.

    Args:
        client: Of CloudWatch Logs.
        since: Where it begins, in milliseconds since 1970.
    """

    def __init__(self, client: Client, since: int) -> None:
        self._client = client
        self._since = since
        self._bytes: dict[str, int] = {}
        self._seen: dict[str, Counter[Event]] = {}

    def poll(self) -> list[Event]:
        """Return what has come in since the last poll, the oldest first and an invocation's together.

        Raises:
            BotoCoreError, ClientError: The server does not answer, or not as it should.
        """
        began = _now()
        new: list[Event] = []
        for page in self._client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=GROUPS):
            for group in page["logGroups"]:
                name, size = group["logGroupName"], group["storedBytes"]
                if size != self._bytes.get(name):  # MiniStack counts them when asked; AWS does so hours later
                    self._bytes[name] = size
                    new += self._new(name)
        self._since = max(self._since, began - LATE_MS)
        return sorted(new, key=lambda event: event.timestamp)

    def _new(self, group: str) -> Iterator[Event]:
        before, found = self._seen.get(group, Counter()), Counter[Event]()
        for event in self._events(group, self._since):
            found[event] += 1
            if found[event] > before[event]:
                yield event
        self._seen[group] = found

    def _events(self, group: str, since: int) -> Iterator[Event]:
        while True:
            found = self._client.filter_log_events(logGroupName=group, startTime=since)["events"]
            events = [Event(group, e["logStreamName"], e["timestamp"], e["message"]) for e in found]
            if len(events) < PAGE:
                yield from events
                return
            last = events[-1].timestamp
            whole = [event for event in events if event.timestamp < last]
            if whole:  # and the last millisecond again, with what did not fit
                yield from whole
                since = last
            else:
                yield from events
                yield replace(events[-1], message=f"[of this millisecond, {PAGE} lines are shown]")
                since = last + 1


def follow(server: Server, region: str, console: Console) -> None:
    """Print what the functions log, until interrupted.

    Raises:
        BotoCoreError, ClientError: The server does not answer: most likely it has ended.
    """
    functions = server.client("lambda", region)
    tail = Tail(server.client("logs", region), _now() - BACK_MS)
    if console.is_terminal:
        console.print("The functions' logs, from ten minutes back. Ctrl-C ends them.", style="dim")
    names: dict[str, str] = {}
    while True:
        events = tail.poll()
        groups = {event.group for event in events}
        if not groups <= names.keys():
            names = {group: group.removeprefix(GROUPS) for group in groups} | _names(functions)
        for text in rendered(events, names):
            console.print(text, soft_wrap=True)
        time.sleep(POLL_SECONDS)


def rendered(events: Iterable[Event], names: Mapping[str, str]) -> Iterator[Text]:
    """Yield what is printed of events: a text for each record, report, traceback or run of other lines.

    Args:
        events: Those of an invocation together.
        names: What the function of a log group is called.
    """
    width = max(map(len, names.values()), default=0)
    for (_, plain), run in groupby(events, key=lambda event: (event.stream, _is_plain(event.message))):
        together = list(run)
        if plain:
            together = [replace(together[0], message="\n".join(event.message for event in together))]
        for event in together:
            if not event.message.startswith(PLATFORM[:2]):
                yield _text(event, names[event.group], width)


def _text(event: Event, name: str, width: int) -> Text:
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
    return not message.startswith(PLATFORM) and _record(message) is None


def _record(message: str) -> dict[str, Any] | None:
    """Return what a line of JSON holds; None for any other line."""
    try:
        content = json.loads(message)
    except ValueError:
        return None
    return content if isinstance(content, dict) else None


def _time(record: Mapping[str, Any] | None, timestamp: int) -> datetime:
    """Return when a line was logged, here: its own time, or else that of the event."""
    try:
        return datetime.fromisoformat((record or {})["timestamp"]).astimezone()
    except (KeyError, TypeError, ValueError):
        return datetime.fromtimestamp(timestamp / 1000, UTC).astimezone()


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is printed after the message; Lambda's request id only where the line has no other."""
    fields = {key: value for key, value in record.items() if key not in ELSEWHERE}
    if fields.get("cold_start") is False:
        del fields["cold_start"]
    ids = [fields.pop(key) for key in REQUEST_IDS if key in fields]
    return fields | {"request": ids[0]} if ids else fields


def _value(value: object) -> str:
    """Return a value as it is, if it is one word, and else as JSON."""
    word = isinstance(value, str) and re.fullmatch(r'[^\s"=]+', value)
    return _readable(str(value) if word else json.dumps(value, ensure_ascii=False))


def _readable(text: str) -> str:
    """Return lines without what MiniStack adds to tracebacks; what could command a terminal is escaped."""
    own = UNPACKED.sub("", WORKER.sub("", text))
    return "".join(c if c.isprintable() or c in "\n\t" else ascii(c)[1:-1] for c in own)


def _names(functions: Client) -> dict[str, str]:
    """Return what functions are called, by log group: by their entry points, as `tasks.get`."""
    return {
        function["LoggingConfig"]["LogGroup"]: function["Handler"]
        .removeprefix("handlers.")
        .removesuffix(".handler")
        for page in functions.get_paginator("list_functions").paginate()
        for function in page["Functions"]
    }


def _now() -> int:
    return int(time.time() * 1000)
