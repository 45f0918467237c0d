"""What the tests report becomes an account that hides nothing."""

from xml.etree import ElementTree as ET

import pytest

from assurance.proof.faults import Account, counted, functions
from assurance.proof.figures import ProofError

TASKS = "tests/integration/test_tasks_faults.py"


def case(name: str, file: str = TASKS, *inside: ET.Element) -> ET.Element:
    found = ET.Element("testcase", {"file": file, "name": name})
    found.extend(inside)
    return found


def test_cases_are_counted_by_function_and_fault() -> None:
    wait = ET.Element("properties")
    wait.append(ET.Element("property", {"name": "tasks.post", "value": "5 s of 10 s"}))
    account = counted(
        [
            case("test_a_blow[put-UpdateItem-table-lost-answer-once]"),
            case("test_a_blow[put-if-match-UpdateItem-table-lost-answer-always]"),
            case("test_a_blow[next-page-VerifyMac-kill-before-once]"),
            case("test_an_older_event_waits", "tests/integration/test_files_events.py"),
            case("test_what[uploads]", "tests/e2e/test_poison.py"),
            case("test_every_function", "tests/integration/test_unresponsive_services.py", wait),
        ]
    )
    assert account == Account(
        struck={"tasks.put": {"lost-answer": 2}, "tasks.get": {"kill-before": 1}},  # type: ignore[dict-item] # counters
        events=1,
        poisons=1,
        waits={"tasks.post": "5 s of 10 s"},
    )


@pytest.mark.parametrize("tag", ["failure", "error", "skipped"])
def test_a_test_that_did_not_pass_is_named(tag: str) -> None:
    account = counted([case("test_x", TASKS, ET.Element(tag, {"message": "lost\nand more"}))])
    with pytest.raises(ProofError, match=r"test_tasks_faults.py::test_x: lost$"):
        account.figures()


def test_a_function_without_cases_is_named() -> None:
    assert {"tasks.get", "records.writer", "files.document"} <= functions()
    with pytest.raises(ProofError, match=r"nothing strikes files\.api"):
        counted([]).figures()
