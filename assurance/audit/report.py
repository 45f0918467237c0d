"""The audit's figures and tables, for the terminal and for ``docs/security.md``."""

from collections import Counter
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from assurance.audit.audit import Audit, AuditError, audit, look, synthesized_kinds
from assurance.audit.controls import CONTROLS
from assurance.audit.documents import SETTINGS, policies, synthesized
from assurance.audit.findings import Exemption, Finding
from assurance.audit.planted import DEFECTS, SETTING, news, sow
from assurance.proof.document import DOCUMENT, replace_table
from assurance.proof.figures import Figure, ProofError

Row = tuple[str, ...]
CONTROL_COLUMNS = ("standard", "control", "what must hold", "resources", "met, or why not")
EXEMPTION_COLUMNS = ("checks", "findings", "why it is left", "follows from")


@dataclass(frozen=True)
class Outcome:
    """An audit and what became of the planted defects.

    Attributes:
        missed: a line for each defect that was not caught.
    """

    result: Audit
    missed: list[str]

    def failures(self) -> list[str]:
        """A line for everything that has to be mended."""
        return [*self.result.failures(), *self.missed]


def measure(console: Console) -> list[Figure]:
    """Audit the stack in all ``SETTINGS``, plant the defects, and write the tables into the document.

    Raises:
        ProofError: the tools are not there, something is not met, or a defect is not caught; a line for each.
    """
    outcome = run(console)
    if failures := outcome.failures():
        raise ProofError("\n".join(failures))
    write(outcome)
    return figures(outcome)


def run(console: Console) -> Outcome:
    """The same, whatever comes out.

    Raises:
        ProofError: the tools are not there.
    """
    try:
        with console.status("synthesizing"):
            stacks = {setting: synthesized(setting) for setting in SETTINGS}
        with console.status("Checkov, parliament, cloudsplaining, controls"):
            result = audit(stacks)
        with console.status(f"the same on {len(DEFECTS)} planted defects"):
            return Outcome(result, _missed_defects(result))
    except AuditError as error:
        raise ProofError(str(error)) from error


def show(console: Console, outcome: Outcome) -> None:
    """Print the tables."""
    for title, columns, rows in (
        ("Controls of Security Hub, and of the house", CONTROL_COLUMNS, control_rows(outcome.result)),
        ("What the tools find and we leave", EXEMPTION_COLUMNS, exemption_rows(outcome.result)),
        ("The audit", ("audit", "found", "goal"), [(f.name, f.result, f.goal) for f in figures(outcome)]),
    ):
        table = Table(*columns, title=title, title_justify="left")
        for row in rows:
            table.add_row(*row)
        console.print(table)


def write(outcome: Outcome) -> None:
    """Put the tables of controls and of exemptions into the document."""
    replace_table(DOCUMENT, "controls", CONTROL_COLUMNS, control_rows(outcome.result))
    replace_table(DOCUMENT, "exceptions", EXEMPTION_COLUMNS, exemption_rows(outcome.result))


def control_rows(result: Audit) -> list[Row]:
    """A row for each control: the most resources of any setting, and how it came out over all settings."""
    rows: list[Row] = []
    for control in CONTROLS:
        count = max(len(template.resources(control.kind)) for template in result.stacks.values())
        exempt = [(finding, why) for finding, why in result.exempt if finding.id == control.id]
        unmet = {
            finding.path for finding in (*(f for f, _ in exempt), *result.faults) if finding.id == control.id
        }
        outcome = (
            "met" if not unmet else f"not met by {len(unmet)}: {_reasons(exempt) or 'no reason is given'}"
        )
        rows.append((control.standard, control.id, control.title, str(count), outcome))
    return rows


def exemption_rows(result: Audit) -> list[Row]:
    """A row for each exemption that the tools' findings need, with how many there are over all settings."""
    counts = Counter(id(why) for finding, why in result.exempt if finding.tool != "controls")
    exemptions = {id(why): why for _, why in result.exempt}
    return [
        (", ".join(why.ids), str(counts[key]), _where(why) + why.reason, why.source)
        for key, why in exemptions.items()
        if counts[key]
    ]


def _missed_defects(result: Audit) -> list[str]:
    _, after = look({"planted": sow(result.stacks[SETTING], DEFECTS)})
    before = [*result.faults, *(finding for finding, _ in result.exempt)]
    new = news((finding for finding in before if finding.setting == SETTING), after)
    return [
        f"planted: {defect.name} ({defect.path}) is not caught by {', '.join(sorted(missed))}"
        for defect in DEFECTS
        if (missed := defect.missed_by(new))
    ]


def figures(outcome: Outcome) -> list[Figure]:
    """What came out, in numbers."""
    result = outcome.result
    seen = [result.seen[setting] for setting in result.stacks]
    scanned = [sum(each["scanned"].values()) for each in seen]
    there = [synthesized_kinds(template).total() for template in result.stacks.values()]
    read = Counter[str]()
    for template in result.stacks.values():
        read.update({group: len(documents) for group, documents in policies(template).items()})
    met = sum(row[-1] == "met" for row in control_rows(result))
    checkov, parliament, cloudsplaining = (f"{tool} {version}" for tool, version in result.versions.items())
    return [
        Figure("Checkov: resources scanned", f"{_sum(scanned)} of {_sum(there)}", "all"),
        Figure(
            "Checkov: of these, with a check of their own",
            f"{sum(len(each['looked_at']) for each in seen)} of {sum(there)}",
            "-",
        ),
        Figure("Checkov: errors in files and checks", str(sum(len(each["errors"]) for each in seen)), "0"),
        Figure("Checkov: passed checks", str(sum(each["passed"] for each in seen)), "-"),
        Figure(f"{checkov}: failed checks", _found(result, "checkov"), "0"),
        Figure(f"{parliament}: findings in {read.total()} policies", _found(result, "parliament"), "0"),
        Figure(
            f"{cloudsplaining}: findings in {read['identity']} policies of roles",
            _found(result, "cloudsplaining"),
            "0",
        ),
        Figure(f"controls: findings ({met} of {len(CONTROLS)} met)", _found(result, "controls"), "0"),
        Figure("exemptions that match nothing", str(len(result.stale)), "0"),
        Figure("planted defects caught", f"{len(DEFECTS) - len(outcome.missed)} of {len(DEFECTS)}", "all"),
    ]


def _found(result: Audit, tool: str) -> str:
    """How many findings of a tool there are, and how many that are exempt."""
    faults = sum(finding.tool == tool for finding in result.faults)
    exempt = sum(finding.tool == tool for finding, _ in result.exempt)
    return f"{faults} ({exempt} exempt with a reason)"


def _reasons(exempt: list[tuple[Finding, Exemption]]) -> str:
    return "; ".join(dict.fromkeys(f"{_where(why)}{why.reason} ({why.source})" for _, why in exempt))


def _where(why: Exemption) -> str:
    return "" if why.settings == ["*"] else f"in {' and '.join(why.settings)}: "


def _sum(counts: list[int]) -> str:
    return f"{' + '.join(map(str, counts))} = {sum(counts)}"
