"""Following logs in the embedded AWS: every event, once."""

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
from sandbox.development.logs import GROUPS, Tail, follow
from sandbox.server.process import Client, Server, start
from tests.integration.lambda_functions import make_function, zipped
from tests.waiting import eventually


class Log:
    """A group of its own, to write to as CloudWatch Logs lets anybody."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.group = f"{GROUPS}{uuid4()}"
        self.tail = Tail(client, now() - 60_000)
        client.create_log_group(logGroupName=self.group)

    def put(self, *messages: str, stream: str = "s", at: int | None = None) -> None:
        known = self.client.describe_log_streams(logGroupName=self.group)["logStreams"]
        if stream not in {each["logStreamName"] for each in known}:
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


def test_each_event_comes_once(log: Log) -> None:
    assert log.poll() == []
    at = now()
    log.put("a", "b", at=at)
    assert log.poll() == ["a", "b"]
    assert log.poll() == []
    log.put("c", at=at)
    assert log.poll() == ["c"]


def test_events_that_are_all_alike_are_counted(log: Log) -> None:
    at = now()
    log.put("same", "same", at=at)
    assert log.poll() == ["same", "same"]
    log.put("same", at=at)
    log.put("same", at=at, stream="another")
    assert log.poll() == ["same", "same"]
    assert log.poll() == []


def test_it_begins_where_it_is_told_and_takes_what_comes_late(log: Log) -> None:
    log.put("before", at=now() - 61_000)
    log.put("since", at=now() - 59_000)
    assert log.poll() == ["since"]
    log.put("late", at=now() - logs.LATE_MS // 2)
    assert log.poll() == ["late"]


def test_events_of_all_groups_come_in_order(server: Server, log: Log) -> None:
    other, at = Log(server.client("logs")), now()
    log.put("first", at=at - 20)
    log.put("third", at=at)
    other.put("second", at=at - 10)
    ours = [event.message for event in log.tail.poll() if event.group in {log.group, other.group}]
    assert ours == ["first", "second", "third"]


def test_more_events_than_a_page_has(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "PAGE", 10_000)  # as MiniStack has it
    at = now() - 30_000
    messages = [str(number) for number in range(12_000)]
    for place in range(0, len(messages), 3000):
        log.put(*messages[place : place + 3000], at=at + place)
    assert log.poll() == messages
    assert log.poll() == []


def test_a_millisecond_with_more_than_a_page_says_so(log: Log) -> None:
    at = now()
    log.put(*(str(number) for number in range(10_001)), at=at)
    log.put("next", at=at + 1)
    found = log.poll()
    assert found[9_999:] == ["9999", "[of this millisecond, 10000 lines are shown]", "next"]


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    server = start(tmp_path / "aws")
    yield server
    server.stop()


def test_following_prints_what_is_new_until_the_server_ends(own_server: Server) -> None:
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
    assert "\x1b" not in out.getvalue()  # not to a terminal
    own_server.stop()
    thread.join(20)
    assert ended
