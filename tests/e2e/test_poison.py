"""P8: an event whose processing always fails becomes one dead letter, and can be redriven."""

from collections.abc import Callable, Iterator
from typing import NamedTuple
from uuid import uuid4

import pytest

from assurance.loaded_stack import LoadedStack
from operations.redrive import Total
from tests.e2e.events import Events, denied
from tests.waiting import eventually


class Poison(NamedTuple):
    """A function whose events fail, because an action that it needs is denied.

    Attributes:
        function: The part of the function's name that identifies it.
        outputs: The outputs with its ARN and with the URL of its dead-letter queue.
        bucket: The output with the name of the bucket.
        key: The key of the object; `{}` stands for an id.
        action: The denied action.
        done: The message that the function logs after it has processed an event.
    """

    function: str
    outputs: tuple[str, str]
    bucket: str
    key: str
    action: str
    done: str

    def __str__(self) -> str:
        return self.function


def of_files(name: str, suffix: str) -> Poison:
    outputs = (f"files-{name}-function-arn", f"files-{name}-dead-letters-url")
    return Poison(
        f"files-{name}", outputs, "files-bucket-name", "{}" + suffix, "s3:GetObject*", "file processed"
    )


POISONS = [
    Poison(
        "uploads",
        ("uploads-function-arn", "uploads-dead-letters-url"),
        "uploads-bucket-name",
        "uploads/{}",
        "s3:GetObject*",
        "file processed",
    ),
    Poison(
        "requests-complete",
        ("requests-complete-function-arn", "requests-dead-letters-url"),
        "requests-bucket-name",
        "requests/{}.json",
        "dynamodb:PutItem",
        "completed",
    ),
    of_files("image", ".png"),
    of_files("document", ".txt"),
    of_files("data", ".csv"),
]


@pytest.fixture(params=POISONS, ids=str)
def poison(request: pytest.FixtureRequest, record_property: Callable[[str, object], None]) -> Poison:
    """Return a case, and record its function for `make proof`."""
    case: Poison = request.param
    record_property("poisoned function", case.function)
    return case


@pytest.fixture
def events(stack: LoadedStack, poison: Poison) -> Iterator[Events]:
    events = Events(stack, *poison.outputs)
    yield events
    events.empty_queue()


def test_event_that_always_fails_is_one_dead_letter_and_redrive_processes_it(
    stack: LoadedStack, poison: Poison, events: Events
) -> None:
    def lines(message: str) -> int:
        return len(events.lines(message=message))

    bucket, identifier = stack.loaded.outputs[poison.bucket], str(uuid4())
    failed, done = lines("record failed"), lines(poison.done)
    with denied(stack, poison.action, poison.function):
        stack.client("s3").put_object(Bucket=bucket, Key=poison.key.format(identifier), Body=b"a,b\n1,2\n")
        (dead_letter,) = eventually(events.dead_letters)
        assert identifier in dead_letter
        assert lines("record failed") - failed == 3
    assert events.redrive() == Total(redriven=1, failed=0)
    eventually(lambda: lines(poison.done) > done)
    assert not events.dead_letters()
    assert lines("record failed") - failed == 3
