"""One step of a setup: a setting is changed only where it differs, and a line reports the result."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from operations.aws import Report

Tags: TypeAlias = Mapping[str, str]

UNCHANGED = "unchanged"


def ensure(
    report: Report, subject: str, satisfied: bool, change: Callable[[], Any], result: str = "set"
) -> None:
    """Make a change unless it is made already, and report which.

    Args:
        report: Receives the line.
        subject: What the change is about.
        satisfied: Whether nothing has to change.
        change: Makes the change.
        result: The first word of the line after a change.
    """
    if not satisfied:
        change()
    report_step(report, UNCHANGED if satisfied else result, subject)


def report_step(report: Report, result: str, subject: str) -> None:
    """Report the result of a step in one line, with aligned columns."""
    report(f"{result:<{len(UNCHANGED)}}  {subject}")


def tag_set(tags: Tags) -> list[dict[str, str]]:
    """Return tags in the form of S3 and IAM."""
    return [{"Key": name, "Value": value} for name, value in tags.items()]
