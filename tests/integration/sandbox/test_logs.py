"""Following the logs in the embedded AWS: every event once."""

import io
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from botocore.exceptions import BotoCoreError
from rich.console import Console

from sandbox.development import logs
from sandbox.development.logs import GROUP_PREFIX, Tail, follow
from sandbox.server.process import Client, Server, start
from tests.integration.lambda_functions import make_function, zipped
from tests.waiting import eventually


class Log:
    """A log group for one test, and a tail of all groups."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.group = f"{GROUP_PREFIX}{uuid4()}"
        self.tail = Tail(client, now() - 60_000)
        client.create_log_group(logGroupName=self.group)

    def put(self, *messages: str, stream: str = "s", at: int | None = None) -> None:
        streams = self.client.describe_log_streams(logGroupName=self.group)["logStreams"]
        if stream not in {known["logStreamName"] for known in streams}:
            self.client.create_log_stream(logGroupName=self.group, logStreamName=stream)
        events = [{"timestamp": at or now(), "message": message} for message in messages]
        self.client.put_log_events(logGroupName=self.group, logStreamName=stream, logEvents=events)

    def poll(self) -> list[str]:
        return [event.message for event in self.tail.poll() if event.group == self.group]


def now() -> int:
    return int(time.time() * 1000)


@pytest.fixture
def log(server: Server) -> Log:
    return Log(server.client("logs"))


def test_every_event_is_returned_once(log: Log) -> None:
    assert log.poll() == []
    at = now()
    log.put("a", "b", at=at)
    assert log.poll() == ["a", "b"]
    assert log.poll() == []
    log.put("c", at=at)
    assert log.poll() == ["c"]


def test_equal_events_are_counted(log: Log) -> None:
    at = now()
    log.put("same", "same", at=at)
    assert log.poll() == ["same", "same"]
    log.put("same", at=at)
    log.put("same", at=at, stream="another")
    assert log.poll() == ["same", "same"]
    assert log.poll() == []


def test_tail_begins_at_its_time_and_includes_late_events(log: Log) -> None:
    log.put("before", at=now() - 61_000)
    log.put("since", at=now() - 59_000)
    assert log.poll() == ["since"]
    log.put("late", at=now() - logs.DELAY_MS // 2)
    assert log.poll() == ["late"]


def test_events_of_all_groups_are_ordered_by_time(server: Server, log: Log) -> None:
    other, at = Log(server.client("logs")), now()
    log.put("first", at=at - 20)
    log.put("third", at=at)
    other.put("second", at=at - 10)
    messages = [event.message for event in log.tail.poll() if event.group in {log.group, other.group}]
    assert messages == ["first", "second", "third"]


def test_more_events_than_fit_on_a_page(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PAGE", 10_000)  # MiniStack's limit
    at = now() - 30_000
    messages = [str(number) for number in range(12_000)]
    for first in range(0, len(messages), 3000):
        log.put(*messages[first : first + 3000], at=at + first)
    assert log.poll() == messages
    assert log.poll() == []


def test_note_replaces_events_beyond_a_page_of_one_millisecond(log: Log) -> None:
    at = now()
    log.put(*(str(number) for number in range(10_001)), at=at)
    log.put("next", at=at + 1)
    messages = log.poll()
    assert messages[9_999:] == ["9999", "[only 10000 lines of this millisecond are shown]", "next"]


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    server = start(tmp_path / "aws")
    yield server
    server.stop()


def test_new_lines_are_printed_until_the_server_ends(own_server: Server) -> None:
    code = zipped({"handlers/tasks/get.py": "def handler(event, context): print('hello')"})
    make_function(own_server, "f", "handlers.tasks.get.handler", code)
    log = Log(own_server.client("logs"))
    log.put("from the past", at=now() - 9 * 60_000)
    out, ended = io.StringIO(), []

    def run() -> None:
        try:
            follow(own_server, "us-east-1", Console(file=out))
        except BotoCoreError as error:
            ended.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    eventually(lambda: "from the past" in out.getvalue())
    own_server.client("lambda").invoke(FunctionName="f")
    eventually(lambda: "took" in out.getvalue())
    assert [line.split()[1:3] for line in out.getvalue().splitlines()][-2:] == [
        ["tasks.get", "hello"],
        ["tasks.get", "took"],
    ]
    assert "\x1b" not in out.getvalue()  # no colours: not a terminal
    own_server.stop()
    thread.join(20)
    assert ended


def test_command_ends_when_nobody_reads_its_output(server: Server) -> None:
    follow(server, "us-east-1", Console(quiet=True))
