"""The report of a review: findings, cost, changes, drift and a verdict."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from review.change import Action, Change, Difference, is_empty
from review.cost import Cost, cost
from review.drift import relevant_drift
from review.findings.apis import api_findings
from review.findings.exposure import exposure_findings
from review.findings.finding import Finding, Kind
from review.findings.iam import iam_findings
from review.findings.protection import protection_findings
from review.findings.stateful import stateful_findings
from review.openapi import part_differences
from review.plan import Output, Plan
from review.redact import DOCUMENTS, UNKNOWN, Redactor, find_secrets
from synthesized.references import is_expression

KIND_ORDER: tuple[Kind, ...] = ("stateful", "exposure", "iam", "protection")
"""Order in which a report lists findings."""

ACTION_PHRASES: dict[Action, str] = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "delete": "to destroy",
    "forget": "to forget",
    "import": "to import",
    "move": "to move",
    "read": "to read",
}

REVIEW_REASONS: dict[Kind, str] = {
    "stateful": "stateful resources are at risk ({})",
    "exposure": "resources become public ({})",
    "iam": "broad permissions are granted ({})",
    "protection": "encryption, protection or logging is removed or weakened ({})",
}
"""Why a human has to review the plan, with the number of findings."""


@dataclass(frozen=True)
class Report:
    """The result of a review.

    Attributes:
        plan: The reviewed plan.
        findings: Findings about the changes of the plan.
        drift: Changes that somebody made outside Terraform.
        drift_findings: Findings about the drift.
        cost: What the changes cost.
        redactor: Redacts every value that the report shows.
    """

    plan: Plan
    findings: tuple[Finding, ...]
    drift: tuple[Change, ...]
    drift_findings: tuple[Finding, ...]
    cost: Cost
    redactor: Redactor

    @property
    def needs_human(self) -> bool:
        """Whether a human has to review the plan before apply."""
        return self.plan.errored or any(
            finding.needs_human for finding in (*self.findings, *self.drift_findings)
        )

    @cached_property
    def counts(self) -> dict[Action, int]:
        """Number of resources by action."""
        counts = Counter(change.action for change in self.plan.changes)
        return {action: counts[action] for action in ACTION_PHRASES if counts[action]}

    @property
    def tag_changes(self) -> tuple[Change, ...]:
        """Changes of tags only."""
        return tuple(change for change in self.plan.changes if change.tags_only)

    @property
    def other_changes(self) -> tuple[Change, ...]:
        """All other changes, those that destroy or replace first."""
        changes = [change for change in self.plan.changes if not change.tags_only]
        return tuple(sorted(changes, key=lambda change: change.action not in ("delete", "replace")))

    @property
    def verdict(self) -> str:
        """The verdict, as one line of Markdown."""
        reasons = "; ".join(self._reasons())
        if self.needs_human:
            return f"**Needs a human:** {reasons}. {self._summary()}"
        return f"**Fine:** {self._summary()}" if self.plan.changes or self.plan.outputs else self._summary()

    def _reasons(self) -> Iterator[str]:
        if self.plan.errored:
            yield "planning failed"
        for prefix, findings in (("", self.findings), ("outside Terraform, ", self.drift_findings)):
            counts = Counter(finding.kind for finding in findings if finding.needs_human)
            yield from (
                prefix + REVIEW_REASONS[kind].format(counts[kind]) for kind in KIND_ORDER if counts[kind]
            )

    def _summary(self) -> str:
        counts = ", ".join(f"{count} {ACTION_PHRASES[action]}" for action, count in self.counts.items())
        drift = f" Outside Terraform, {_count(len(self.drift))} changed." if self.drift else ""
        outputs = f", {_count(len(self.plan.outputs), 'output')} to change" if self.plan.outputs else ""
        if not counts and not outputs:
            unchanged = f" {_count(self.plan.unchanged)} unchanged." if self.plan.unchanged else ""
            return f"{'No changes.' if self.needs_human else '**No changes.**'}{unchanged}{drift}"
        unchanged = f", {self.plan.unchanged} unchanged" if self.plan.unchanged else ""
        return f"{counts or 'no resources to change'}{unchanged}{outputs}.{drift}"


def review(plan: Plan) -> Report:
    """Review a plan."""
    detected = (
        text
        for change in (*plan.changes, *plan.drift)
        for attributes in (change.before, change.after)
        for _, text in find_secrets(change.type, attributes)
    )
    redactor = Redactor({*plan.secrets, *detected})
    drift = relevant_drift(plan)
    return Report(
        plan=plan,
        findings=_find(plan, plan.changes, redactor),
        drift=drift,
        drift_findings=_find(plan, drift, redactor),
        cost=cost(plan, redactor),
        redactor=redactor,
    )


def _find(plan: Plan, changes: tuple[Change, ...], redactor: Redactor) -> tuple[Finding, ...]:
    findings = [
        *stateful_findings(changes, redactor),
        *exposure_findings(plan, changes, redactor),
        *api_findings(changes, redactor),
        *iam_findings(plan, changes, redactor),
        *protection_findings(changes, redactor),
    ]
    return tuple(
        sorted(findings, key=lambda finding: (KIND_ORDER.index(finding.kind), not finding.needs_human))
    )


def as_json(report: Report) -> dict[str, Any]:
    """Return the full report as JSON, with values redacted as in Markdown."""
    return {
        "verdict": report.verdict,
        "needs_human": report.needs_human,
        "counts": {**report.counts, "no-op": report.plan.unchanged},
        "notes": list(report.plan.notes),
        "findings": [_finding(finding, report.redactor) for finding in report.findings],
        "cost": {
            "fixed_dollars_a_month": float(report.cost.dollars),
            "fixed": [
                {"type": item.type, "more": item.count_change, "dollars_a_month": float(item.dollars)}
                for item in report.cost.fixed
            ],
            "unpriced": [report.redactor.plain(change.address) for change in report.cost.unpriced],
            "by_use": [
                {"address": report.redactor.plain(change.address), "text": text}
                for change, text in report.cost.usage
            ],
        },
        "changes": [_change(change, report.redactor) for change in report.other_changes],
        "tags_alone": [report.redactor.plain(change.address) for change in report.tag_changes],
        "outputs": [output_values(output, report.redactor) for output in report.plan.outputs],
        "drift": [_change(change, report.redactor) for change in report.drift],
        "drift_findings": [_finding(finding, report.redactor) for finding in report.drift_findings],
    }


def _finding(finding: Finding, redactor: Redactor) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        **_identity(finding.change, redactor),
        "text": finding.text,
        "needs_human": finding.needs_human,
        "expected": finding.expected,
    }


def _change(change: Change, redactor: Redactor) -> dict[str, Any]:
    return {
        **_identity(change, redactor),
        "previous": redactor.plain(change.previous_address or "") or None,
        "differences": [
            redactor.difference(change.type, difference) for difference in shown_differences(change)
        ],
    }


def _identity(change: Change, redactor: Redactor) -> dict[str, Any]:
    return {
        "address": redactor.plain(change.address),
        "construct": redactor.plain(change.construct or "") or None,
        "type": redactor.plain(change.type),
        "action": change.action,
    }


def shown_differences(change: Change) -> list[Difference]:
    """Return the differences of a change without unknown values that only follow from other changes.

    The difference of an API's document is that of each of its parts.
    """
    if change.action not in ("update", "replace"):
        return []
    differences = [
        part
        for difference in change.differences
        for part in _parts(change, difference)
        if not difference.unknown
        or difference.sensitive
        or is_expression(change.value_after(*difference.path))  # set in the configuration
    ]
    if change.action == "replace":  # attributes with a default are null in the plan of a replacement
        differences = [
            difference
            for difference in differences
            if not is_empty(difference.after) or difference.path[:1] in change.forced_by
        ]
    return differences or list(change.differences)


def _parts(change: Change, difference: Difference) -> list[Difference]:
    """Return the differences of the parts of a document; the difference itself if it is of anything else."""
    if (change.type, *difference.path) not in DOCUMENTS or difference.unknown or difference.sensitive:
        return [difference]
    return part_differences(difference.before, difference.after) or [difference]


def output_values(output: Output, redactor: Redactor) -> dict[str, Any]:
    """Return `name`, `action`, `before` and `after` of an output, as plain text."""
    path = (output.name,)
    after = redactor.value("output", path, output.after, sensitive=output.sensitive)
    return {
        "name": redactor.plain(output.name),
        "action": output.action,
        "before": redactor.value("output", path, output.before, sensitive=output.sensitive),
        "after": UNKNOWN if output.unknown and not output.sensitive else after,
    }


def _count(count: int, thing: str = "resource") -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
