"""The audit's figures and tables, for the terminal and for `docs/security.md`."""

from collections import Counter
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from assurance.audit.controls import CONTROLS
from assurance.audit.findings import Exemption, Finding
from assurance.audit.inputs import SETTINGS, policies, synthesized
from assurance.audit.run import Audit, AuditError, audit, count_types, inspect
from assurance.audit.seeded_defects import DEFECTS, SETTING, new_findings, seed_defects
from assurance.proof.document import write_table
from assurance.proof.figures import Figure, ProofError

Row = tuple[str, ...]
CONTROL_COLUMNS = ("standard", "control", "requirement", "resources", "result")
EXEMPTION_COLUMNS = ("checks", "findings", "reason", "source")
FIGURE_COLUMNS = ("figure", "result", "goal")


@dataclass(frozen=True)
class Outcome:
    """An audit, and the seeded defects that it does not detect.

    Attributes:
        result: The audit.
        undetected: A line for each seeded defect that is not detected.
    """

    result: Audit
    undetected: list[str]

    def failures(self) -> list[str]:
        """Return a line for everything that has to be fixed."""
        return [*self.result.failures(), *self.undetected]


def measure(console: Console) -> list[Figure]:
    """Audit the stack in all `SETTINGS` and with seeded defects, and write the tables into the document.

    Raises:
        ProofError: The tools are not installed, a check fails, or a defect is not detected.
    """
    outcome = run_audit(console)
    if failures := outcome.failures():
        raise ProofError("\n".join(failures))
    write(outcome)
    return figures(outcome)


def run_audit(console: Console) -> Outcome:
    """Audit the stack in all `SETTINGS` and with seeded defects.

    Raises:
        ProofError: The tools are not installed or failed.
    """
    try:
        with console.status("synthesizing"):
            stacks = {setting: synthesized(setting) for setting in SETTINGS}
        with console.status("Checkov, parliament, cloudsplaining, controls"):
            result = audit(stacks)
        with console.status(f"the same with {len(DEFECTS)} seeded defects"):
            return Outcome(result, _undetected_defects(result))
    except AuditError as error:
        raise ProofError(str(error)) from error


def show(console: Console, outcome: Outcome) -> None:
    """Print the tables."""
    figure_rows = [(figure.name, figure.result, figure.goal) for figure in figures(outcome)]
    for title, columns, rows in (
        ("Controls of Security Hub and of the project", CONTROL_COLUMNS, control_rows(outcome.result)),
        ("Accepted findings of the tools", EXEMPTION_COLUMNS, exemption_rows(outcome.result)),
        ("Audit", FIGURE_COLUMNS, figure_rows),
    ):
        table = Table(*columns, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        console.print(table)


def write(outcome: Outcome) -> None:
    """Write the tables of controls and exemptions into the document."""
    write_table("controls", CONTROL_COLUMNS, control_rows(outcome.result))
    write_table("exceptions", EXEMPTION_COLUMNS, exemption_rows(outcome.result))


def control_rows(result: Audit) -> list[Row]:
    """Return a row for each control: the largest number of resources in a setting, and the overall result."""
    rows: list[Row] = []
    for control in CONTROLS:
        count = max(len(stack.resources(control.resource_type)) for stack in result.stacks.values())
        accepted = [
            (finding, exemption) for finding, exemption in result.accepted if finding.id == control.id
        ]
        findings = (*(finding for finding, _ in accepted), *result.faults)
        unmet = {finding.path for finding in findings if finding.id == control.id}
        reasons = _reasons(accepted) or "no reason is given"
        outcome = f"not met by {len(unmet)}: {reasons}" if unmet else "met"
        rows.append((control.standard, control.id, control.title, str(count), outcome))
    return rows


def exemption_rows(result: Audit) -> list[Row]:
    """Return a row for each exemption from findings of the tools, with the number of findings."""
    counts = Counter(id(exemption) for finding, exemption in result.accepted if finding.tool != "controls")
    exemptions = {id(exemption): exemption for _, exemption in result.accepted}
    return [
        (", ".join(exemption.ids), str(counts[key]), _scope(exemption) + exemption.reason, exemption.source)
        for key, exemption in exemptions.items()
        if counts[key]
    ]


def _undetected_defects(result: Audit) -> list[str]:
    _, after = inspect({"seeded": seed_defects(result.stacks[SETTING], DEFECTS)})
    before = [*result.faults, *(finding for finding, _ in result.accepted)]
    detected = new_findings((finding for finding in before if finding.setting == SETTING), after)
    return [
        f"seeded defect: {defect.name} ({defect.path}) is not detected by {', '.join(sorted(missing))}"
        for defect in DEFECTS
        if (missing := defect.undetected(detected))
    ]


def figures(outcome: Outcome) -> list[Figure]:
    """Return the figures of the audit."""
    result = outcome.result
    reports = [result.reports[setting] for setting in result.stacks]
    scanned = [sum(report["scanned"].values()) for report in reports]
    totals = [count_types(stack).total() for stack in result.stacks.values()]
    policy_counts = Counter[str]()
    for stack in result.stacks.values():
        policy_counts.update({group: len(documents) for group, documents in policies(stack).items()})
    met = sum(row[-1] == "met" for row in control_rows(result))
    detected = len(DEFECTS) - len(outcome.undetected)
    checkov, parliament, cloudsplaining = (f"{tool} {version}" for tool, version in result.versions.items())
    return [
        Figure("Checkov: scanned resources", f"{_sum(scanned)} of {_sum(totals)}", "all"),
        Figure(
            "Checkov: resources for which it has a check",
            f"{sum(len(report['checked']) for report in reports)} of {sum(totals)}",
            "-",
        ),
        Figure("Checkov: errors", str(sum(len(report["errors"]) for report in reports)), "0"),
        Figure("Checkov: passed checks", str(sum(report["passed"] for report in reports)), "-"),
        Figure(f"{checkov}: failed checks", _counts(result, "checkov"), "0"),
        Figure(
            f"{parliament}: findings in {policy_counts.total()} policies", _counts(result, "parliament"), "0"
        ),
        Figure(
            f"{cloudsplaining}: findings in {policy_counts['identity']} policies of roles",
            _counts(result, "cloudsplaining"),
            "0",
        ),
        Figure(f"controls: findings ({met} of {len(CONTROLS)} met)", _counts(result, "controls"), "0"),
        Figure("exemptions that match no finding", str(len(result.unused)), "0"),
        Figure("detected seeded defects", f"{detected} of {len(DEFECTS)}", "all"),
    ]


def _counts(result: Audit, tool: str) -> str:
    """Return the number of findings of a tool, and the number of accepted findings."""
    faults = sum(finding.tool == tool for finding in result.faults)
    accepted = sum(finding.tool == tool for finding, _ in result.accepted)
    return f"{faults} ({accepted} accepted with a reason)"


def _reasons(accepted: list[tuple[Finding, Exemption]]) -> str:
    return "; ".join(
        dict.fromkeys(
            f"{_scope(exemption)}{exemption.reason} ({exemption.source})" for _, exemption in accepted
        )
    )


def _scope(exemption: Exemption) -> str:
    return "" if exemption.settings == ["*"] else f"in {' and '.join(exemption.settings)}: "


def _sum(counts: list[int]) -> str:
    return f"{' + '.join(map(str, counts))} = {sum(counts)}"
