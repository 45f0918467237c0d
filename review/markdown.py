"""Formats a report as Markdown for a comment on a pull request."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import chain

from review.change import Action, Change
from review.cost import Cost
from review.findings.finding import Finding, Kind
from review.plan import Output
from review.redact import Redactor
from review.report import KIND_ORDER, Report, output_values, shown_differences

MAX_COMMENT_LENGTH = 65_536
"""Characters that GitHub allows in a comment."""
RESERVED_LENGTH = 536
"""Characters that are reserved for the comment's marker and heading."""

TITLES: dict[Kind, str] = {
    "stateful": "Stateful resources",
    "exposure": "Public exposure",
    "iam": "New permissions",
    "protection": "Encryption, protection and logging",
}
SYMBOLS: dict[Action, str] = {
    "create": "+",
    "update": "~",
    "replace": "-/+",
    "delete": "-",
    "forget": "forget",
    "import": "import",
    "move": "move",
    "read": "read",
}
MAX_DIFFERENCES = 8
"""Differences of a resource that its line shows, and resources that a list of names shows."""

DETAIL_LEVELS = (
    (True, True, ""),
    (False, True, "Findings about new resources are counted, not listed"),
    (False, False, "Summary: findings about new resources and all changes are counted, not listed"),
)
"""Whether findings about new resources are listed, whether changes are, and the notice; full report first."""


def markdown(report: Report) -> str:
    """Return the report in at most 65,000 characters: in full, as a summary, or as counts."""
    max_length, full_length = MAX_COMMENT_LENGTH - RESERVED_LENGTH, 0
    for list_expected, list_changes, notice in DETAIL_LEVELS:
        notices = [_too_long_notice(notice, full_length)] if notice else []
        sections = _sections(report, list_expected=list_expected, list_changes=list_changes)
        text = _join(chain(sections, notices))
        if len(text) <= max_length:
            return text
        full_length = full_length or len(text)
    return _join([report.verdict, _counts(report), _too_long_notice("Only counts are shown", full_length)])


def _too_long_notice(notice: str, length: int) -> str:
    return f"{notice}: the full report has {length:,} characters, a comment at most {MAX_COMMENT_LENGTH:,}."


def _join(sections: Iterable[str]) -> str:
    return "\n\n".join(sections) + "\n"


def _sections(report: Report, *, list_expected: bool, list_changes: bool) -> Iterator[str]:
    redactor = report.redactor
    yield report.verdict
    yield from (f"> {note}" for note in report.plan.notes)
    for kind in KIND_ORDER:
        findings = [finding for finding in report.findings if finding.kind == kind]
        yield from _findings(findings, TITLES[kind], redactor, list_expected=list_expected)
    yield from _findings(report.drift_findings, "Drift that needs attention", redactor, list_expected=True)
    yield from _cost(report.cost, redactor)
    if report.other_changes and list_changes:
        lines = [_line(change, redactor) for change in report.other_changes]
        yield _folded(f"All changes: {len(lines)}", lines)
    elif report.other_changes:
        yield _by_type(report.other_changes, redactor)
    if report.tag_changes:
        yield _tag_changes(report.tag_changes, redactor)
    if report.plan.outputs:
        lines = [_output(output, redactor) for output in report.plan.outputs]
        yield _folded(f"Outputs: {len(lines)}", lines)
    if report.drift:
        lines = [_line(change, redactor) for change in report.drift]
        yield _section("Drift: changed outside Terraform", lines)


def _findings(
    findings: Sequence[Finding], title: str, redactor: Redactor, *, list_expected: bool
) -> Iterator[str]:
    lines = [_finding(finding, redactor) for finding in findings if not finding.expected]
    expected = [_finding(finding, redactor) for finding in findings if finding.expected]
    if lines:
        yield _section(title, lines)
    if expected:
        count = f"{title}, new resources only: {len(expected)}"
        yield _folded(count, expected) if list_expected else f"{count}."


def _tag_changes(changes: Sequence[Change], redactor: Redactor) -> str:
    names = ", ".join(redactor.name(change.address) for change in changes[:MAX_DIFFERENCES])
    more = f" and {len(changes) - MAX_DIFFERENCES} more" if len(changes) > MAX_DIFFERENCES else ""
    return f"Only tags change ({len(changes)}): {names}{more}."


def _finding(finding: Finding, redactor: Redactor) -> str:
    mark = "⚠️ " if finding.needs_human else ""
    return f"{mark}{_identity(finding.change, redactor)} {finding.text}"


def _cost(cost: Cost, redactor: Redactor) -> Iterator[str]:
    lines = [
        f"`{item.type}`{_count_change(item.count_change)}: {_dollars(item.dollars)} a month"
        for item in cost.fixed
    ]
    lines += [
        f"{_identity(change, redactor)} is billed by the hour, at a price that the review does not know"
        for change in cost.unpriced
    ]
    lines += [f"{_identity(change, redactor)} {text}" for change, text in cost.usage]
    if lines:
        title = f"Cost: {_dollars(cost.dollars)} a month, excluding usage" if cost.fixed else "Cost"
        yield _section(title, lines)


def _count_change(count: int) -> str:
    return f" ({count:+d})" if count else ""


def _dollars(amount: Decimal) -> str:
    return f"{'-' if amount < 0 else '+'}${abs(amount):,.2f}"


def _line(change: Change, redactor: Redactor) -> str:
    """Return the change of one resource on one line."""
    values = [redactor.difference(change.type, difference) for difference in shown_differences(change)]
    parts = [
        f"{redactor.name(value['attribute'])} {_transition(value, redactor)}"
        for value in values[:MAX_DIFFERENCES]
    ]
    if len(values) > MAX_DIFFERENCES:
        parts.append(f"{len(values) - MAX_DIFFERENCES} more")
    moved = f" (moved from {redactor.name(change.previous_address)})" if change.previous_address else ""
    details = f": {', '.join(parts)}" if parts else ""
    return f"`{SYMBOLS[change.action]}` {_identity(change, redactor)}{moved}{details}"


def _transition(values: Mapping[str, str], redactor: Redactor) -> str:
    return f"{redactor.code(values['before'])} → {redactor.code(values['after'])}"


def _identity(change: Change, redactor: Redactor) -> str:
    construct = f" ({redactor.name(change.construct)})" if change.construct else ""
    return f"{redactor.name(change.address)}{construct}"


def _output(output: Output, redactor: Redactor) -> str:
    transition = _transition(output_values(output, redactor), redactor)
    return f"`{SYMBOLS[output.action]}` {redactor.name(output.name)}: {transition}"


def _by_type(changes: tuple[Change, ...], redactor: Redactor) -> str:
    counts = Counter((change.type, change.action) for change in changes)
    lines = [
        f"`{SYMBOLS[action]}` {redactor.name(resource_type)}: {count}"
        for (resource_type, action), count in sorted(counts.items())
    ]
    return _folded(f"All changes, by type: {len(changes)}", lines)


def _counts(report: Report) -> str:
    counts = Counter(finding.kind for finding in report.findings)
    lines = [f"{TITLES[kind]}: {counts[kind]}" for kind in KIND_ORDER if counts[kind]]
    lines += [
        f"Changes: {len(report.other_changes)}, and changes of tags only: {len(report.tag_changes)}",
        f"Drift: {len(report.drift)}",
    ]
    return _list(lines)


def _section(title: str, lines: list[str]) -> str:
    return f"### {title}\n\n{_list(lines)}"


def _folded(title: str, lines: list[str]) -> str:
    return f"<details><summary>{title}</summary>\n\n{_list(lines)}\n\n</details>"


def _list(lines: list[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
