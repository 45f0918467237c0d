"""A report as Markdown for a comment on a pull request."""

from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain

from review.change import Action, Change
from review.cost import Cost
from review.findings.finding import Finding, Kind
from review.plan import Output
from review.redact import Redactor
from review.report import ORDER, Report, output_values, shown

COMMENT = 65_536
"""Characters that GitHub takes in a comment."""
ROOM = 536
"""Of those, what is left for the comment's marker and heading."""

TITLES: dict[Kind, str] = {
    "stateful": "Data at stake",
    "exposure": "Exposure",
    "iam": "IAM: what can now be done that could not",
    "protection": "Encryption and protection",
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
MOST = 8
"""Differences of a resource that are shown in its line."""


FOLDS = (
    (True, True, ""),
    (False, True, "What comes with what is new is counted, not listed"),
    (False, False, "A summary: what comes with what is new, and all changes, are counted, not listed"),
)
"""What is listed, from the whole to a summary: findings that come with what is new, and all changes."""


def markdown(report: Report) -> str:
    """The report in at most 65,000 characters: folded to a summary, then to counts, where it is longer."""
    limit, whole = COMMENT - ROOM, 0
    for new, changes, said in FOLDS:
        note = [_too_long(said, whole)] if said else []
        text = _text(chain(_sections(report, new=new, changes=changes), note))
        if len(text) <= limit:
            return text
        whole = whole or len(text)
    return _text([report.verdict, *_tally(report), _too_long("Only counts are shown", whole)])


def _too_long(said: str, characters: int) -> str:
    return f"{said}: the whole is {characters:,} characters, over the {COMMENT:,} of a comment."


def _text(sections: "Iterator[str] | list[str] | chain[str]") -> str:
    return "\n\n".join(sections) + "\n"


def _sections(report: Report, *, new: bool, changes: bool) -> Iterator[str]:
    redactor = report.redactor
    yield report.verdict
    yield from (f"> {note}" for note in report.plan.notes)
    for kind in ORDER:
        found = [each for each in report.findings if each.kind == kind]
        yield from _findings(found, TITLES[kind], redactor, new=new)
    yield from _findings(report.drift_findings, "Drift that has to be seen", redactor, new=True)
    yield from _cost(report.cost, redactor)
    if report.changed and changes:
        lines = [_line(each, redactor) for each in report.changed]
        yield _folded(f"All changes: {len(lines)}", lines)
    elif report.changed:
        yield _by_type(report.changed, redactor)
    if report.tagged:
        names = ", ".join(redactor.name(each.address) for each in report.tagged[:MOST])
        more = f" and {len(report.tagged) - MOST} more" if len(report.tagged) > MOST else ""
        yield f"Only tags change of {len(report.tagged)}: {names}{more}."
    if report.plan.outputs:
        yield _folded(
            f"Outputs: {len(report.plan.outputs)}", [_output(each, redactor) for each in report.plan.outputs]
        )
    if report.drift:
        yield _section("Drift: changed outside Terraform", [_line(each, redactor) for each in report.drift])


def _findings(findings: Sequence[Finding], title: str, redactor: Redactor, *, new: bool) -> Iterator[str]:
    lines = [_finding(each, redactor) for each in findings if not each.expected]
    expected = [_finding(each, redactor) for each in findings if each.expected]
    if lines:
        yield _section(title, lines)
    if expected:
        count = f"{title}, of what is new: {len(expected)}"
        yield _folded(count, expected) if new else f"{count}."


def _finding(finding: Finding, redactor: Redactor) -> str:
    mark = "⚠️ " if finding.needs_human else ""
    return f"{mark}{_named(finding.change, redactor)} {finding.text}"


def _cost(cost: Cost, redactor: Redactor) -> Iterator[str]:
    lines = [f"`{each.type}`{_more(each.more)}: {_dollars(each.dollars)} a month" for each in cost.fixed]
    lines += [
        f"{_named(each, redactor)} is paid by the hour, at a price not known here" for each in cost.unpriced
    ]
    lines += [f"{_named(change, redactor)} {text}" for change, text in cost.by_use]
    if lines:
        total = f"Cost: {_dollars(cost.dollars)} a month, apart from use" if cost.fixed else "Cost"
        yield _section(total, lines)


def _more(count: int) -> str:
    return f" ({count:+d})" if count else ""


def _dollars(amount: Decimal) -> str:
    return f"{'-' if amount < 0 else '+'}${abs(amount):,.2f}"


def _line(change: Change, redactor: Redactor) -> str:
    """One resource on one line."""
    values = [redactor.difference(change.type, each) for each in shown(change)]
    parts = [
        f"{redactor.name(each['attribute'])} {redactor.code(each['before'])} → {redactor.code(each['after'])}"
        for each in values[:MOST]
    ]
    if len(values) > MOST:
        parts.append(f"{len(values) - MOST} more")
    moved = f" (was {redactor.name(change.previous)})" if change.previous else ""
    said = f": {', '.join(parts)}" if parts else ""
    return f"`{SYMBOLS[change.action]}` {_named(change, redactor)}{moved}{said}"


def _named(change: Change, redactor: Redactor) -> str:
    construct = f" ({redactor.name(change.construct)})" if change.construct else ""
    return f"{redactor.name(change.address)}{construct}"


def _output(output: Output, redactor: Redactor) -> str:
    values = output_values(output, redactor)
    change = f"{redactor.code(values['before'])} → {redactor.code(values['after'])}"
    return f"`{SYMBOLS[output.action]}` {redactor.name(output.name)}: {change}"


def _by_type(changes: tuple[Change, ...], redactor: Redactor) -> str:
    counted = Counter((each.type, each.action) for each in changes)
    lines = [
        f"`{SYMBOLS[action]}` {redactor.name(kind)}: {count}"
        for (kind, action), count in sorted(counted.items())
    ]
    return _folded(f"All changes, by type: {len(changes)}", lines)


def _tally(report: Report) -> Iterator[str]:
    counted = Counter(each.kind for each in report.findings)
    lines = [f"{TITLES[kind]}: {counted[kind]}" for kind in ORDER if counted[kind]]
    lines += [
        f"Changes: {len(report.changed)}, of tags alone: {len(report.tagged)}",
        f"Drift: {len(report.drift)}",
    ]
    yield "\n".join(f"- {line}" for line in lines)


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([f"### {title}", "", *(f"- {line}" for line in lines)])


def _folded(title: str, lines: list[str]) -> str:
    items = "\n".join(f"- {line}" for line in lines)
    return f"<details><summary>{title}</summary>\n\n{items}\n\n</details>"
