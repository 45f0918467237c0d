"""The review of a plan: findings, cost, changes, drift, and one line that says what to make of them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from review.change import Action, Change, Difference, empty
from review.cost import Cost, cost
from review.drift import drift
from review.findings.exposure import exposures
from review.findings.finding import Finding, Kind
from review.findings.iam import widenings
from review.findings.protection import protections
from review.findings.stateful import stateful
from review.plan import Output, Plan
from review.redact import UNKNOWN, Redactor, secrets
from synthesized.references import is_expression

ORDER: tuple[Kind, ...] = ("stateful", "exposure", "iam", "protection")
"""What a reviewer sees first."""

WORDS: dict[Action, str] = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "delete": "to destroy",
    "forget": "to forget",
    "import": "to import",
    "move": "to move",
    "read": "to read",
}

SAID: dict[Kind, str] = {
    "stateful": "data, or what others rely on, is at stake ({})",
    "exposure": "something becomes public ({})",
    "iam": "permissions are widened to `*` ({})",
    "protection": "encryption, protection or a record is removed or weakened ({})",
}
"""Why a human is needed, with how often."""


@dataclass(frozen=True)
class Report:
    """All that is said of a plan.

    Attributes:
        plan: What was reviewed.
        findings: What has to be seen, of the plan's changes.
        drift: What was changed outside Terraform, without what says nothing.
        drift_findings: What has to be seen of that.
        cost: What the changes cost.
        redactor: Makes what may be shown.
    """

    plan: Plan
    findings: tuple[Finding, ...]
    drift: tuple[Change, ...]
    drift_findings: tuple[Finding, ...]
    cost: Cost
    redactor: Redactor

    @property
    def needs_human(self) -> bool:
        """Whether anything may not be applied unseen."""
        return self.plan.errored or any(each.needs_human for each in (*self.findings, *self.drift_findings))

    @cached_property
    def counts(self) -> dict[Action, int]:
        """How many resources have each action."""
        counted = Counter(each.action for each in self.plan.changes)
        return {action: counted[action] for action in WORDS if counted[action]}

    @property
    def tagged(self) -> tuple[Change, ...]:
        """The changes of nothing but tags."""
        return tuple(each for each in self.plan.changes if each.tags_alone)

    @property
    def changed(self) -> tuple[Change, ...]:
        """All other changes: what is destroyed or replaced first."""
        others = [each for each in self.plan.changes if not each.tags_alone]
        return tuple(sorted(others, key=lambda each: each.action not in ("delete", "replace")))

    @property
    def verdict(self) -> str:
        """One line of Markdown."""
        said = "; ".join(self._reasons())
        if self.needs_human:
            return f"**Needs a human:** {said}. {self._amount()}"
        return f"**Fine:** {self._amount()}" if self.plan.changes or self.plan.outputs else self._amount()

    def _reasons(self) -> Iterator[str]:
        if self.plan.errored:
            yield "planning failed"
        for where, findings in (("", self.findings), ("outside Terraform, ", self.drift_findings)):
            found = Counter(each.kind for each in findings if each.needs_human)
            yield from (where + SAID[kind].format(found[kind]) for kind in ORDER if found[kind])

    def _amount(self) -> str:
        counts = ", ".join(f"{count} {WORDS[action]}" for action, count in self.counts.items())
        drifted = f" Outside Terraform, {_things(len(self.drift))} changed." if self.drift else ""
        outputs = f", {_things(len(self.plan.outputs), 'output')} to change" if self.plan.outputs else ""
        if not counts and not outputs:
            same = f" {_things(self.plan.unchanged)} as configured." if self.plan.unchanged else ""
            return f"{'No changes.' if self.needs_human else '**No changes.**'}{same}{drifted}"
        unchanged = f", {self.plan.unchanged} unchanged" if self.plan.unchanged else ""
        return f"{counts or 'no resource to change'}{unchanged}{outputs}.{drifted}"


def review(plan: Plan) -> Report:
    """Look at a plan."""
    hidden = (
        text
        for change in (*plan.changes, *plan.drift)
        for attributes in (change.before, change.after)
        for _, text in secrets(change.type, attributes)
    )
    redactor = Redactor({*plan.secrets, *hidden})
    drifted = drift(plan)
    return Report(
        plan=plan,
        findings=_found(plan, plan.changes, redactor),
        drift=drifted,
        drift_findings=_found(plan, drifted, redactor),
        cost=cost(plan, redactor),
        redactor=redactor,
    )


def _found(plan: Plan, changes: tuple[Change, ...], redactor: Redactor) -> tuple[Finding, ...]:
    found = [
        *stateful(changes, redactor),
        *exposures(plan, changes, redactor),
        *widenings(plan, changes, redactor),
        *protections(changes, redactor),
    ]
    return tuple(sorted(found, key=lambda each: (ORDER.index(each.kind), not each.needs_human)))


def as_json(report: Report) -> dict[str, Any]:
    """The report for machines: all of it, values redacted as in Markdown."""
    return {
        "verdict": report.verdict,
        "needs_human": report.needs_human,
        "counts": {**report.counts, "no-op": report.plan.unchanged},
        "notes": list(report.plan.notes),
        "findings": [_finding(each, report.redactor) for each in report.findings],
        "cost": {
            "fixed_dollars_a_month": float(report.cost.dollars),
            "fixed": [
                {"type": each.type, "more": each.more, "dollars_a_month": float(each.dollars)}
                for each in report.cost.fixed
            ],
            "unpriced": [report.redactor.plain(each.address) for each in report.cost.unpriced],
            "by_use": [
                {"address": report.redactor.plain(change.address), "text": text}
                for change, text in report.cost.by_use
            ],
        },
        "changes": [_change(each, report.redactor) for each in report.changed],
        "tags_alone": [report.redactor.plain(each.address) for each in report.tagged],
        "outputs": [output_values(each, report.redactor) for each in report.plan.outputs],
        "drift": [_change(each, report.redactor) for each in report.drift],
        "drift_findings": [_finding(each, report.redactor) for each in report.drift_findings],
    }


def _finding(finding: Finding, redactor: Redactor) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        **_named(finding.change, redactor),
        "text": finding.text,
        "needs_human": finding.needs_human,
        "expected": finding.expected,
    }


def _change(change: Change, redactor: Redactor) -> dict[str, Any]:
    return {
        **_named(change, redactor),
        "previous": redactor.plain(change.previous or "") or None,
        "differences": [redactor.difference(change.type, each) for each in shown(change)],
    }


def _named(change: Change, redactor: Redactor) -> dict[str, Any]:
    return {
        "address": redactor.plain(change.address),
        "construct": redactor.plain(change.construct or "") or None,
        "type": redactor.plain(change.type),
        "action": change.action,
    }


def shown(change: Change) -> list[Difference]:
    """The differences that say something: not what follows from others and is not known yet."""
    if change.action not in ("update", "replace"):
        return []
    known = [
        each
        for each in change.differences
        if not each.unknown or each.sensitive or is_expression(change.becomes(*each.path))  # configured
    ]
    if change.action == "replace":  # what has a default is null again until it is made anew
        known = [each for each in known if not empty(each.after) or each.path[:1] in change.forced_by]
    return known or list(change.differences)


def output_values(output: Output, redactor: Redactor) -> dict[str, Any]:
    """`name`, `action`, `before` and `after` of an output, as plain text."""
    path = (output.name,)
    after = redactor.value("output", path, output.after, sensitive=output.sensitive)
    return {
        "name": redactor.plain(output.name),
        "action": output.action,
        "before": redactor.value("output", path, output.before, sensitive=output.sensitive),
        "after": UNKNOWN if output.unknown and not output.sensitive else after,
    }


def _things(count: int, thing: str = "resource") -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
