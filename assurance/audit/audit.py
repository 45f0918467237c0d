"""The audit as a whole: every tool on the stack in every setting, and what it comes to."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assurance.audit.controls import judge
from assurance.audit.documents import write
from assurance.audit.findings import Exemption, Finding, read_exemptions, sort_out
from synthesized.stack import Stack, path_in_stack

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".build/audit/bin/python"
"""Of the virtual environment that ``make audit`` makes."""


class AuditError(Exception):
    """The tools did not run."""


@dataclass(frozen=True)
class Audit:
    """What was looked at, and what came out.

    Attributes:
        stacks: the stack in each setting.
        versions: of the tools.
        seen: what ``tools.py`` says of each stack.
        faults: what nothing exempts.
        exempt: the other findings, each with its exemption.
        stale: a line for each part of an exemption that matches nothing.
    """

    stacks: Mapping[str, Stack]
    versions: dict[str, str]
    seen: dict[str, Any]
    faults: list[Finding]
    exempt: list[tuple[Finding, Exemption]]
    stale: list[str]

    def failures(self) -> list[str]:
        """A line for everything that has to be mended."""
        return [*self._broken(), *_lines(self.faults), *self.stale]

    def _broken(self) -> Iterator[str]:
        """What was not looked at."""
        for setting, template in self.stacks.items():
            seen = self.seen[setting]
            yield from (f"checkov in {setting}: {error}" for error in seen["errors"])
            missed = synthesized_kinds(template)
            missed.subtract(seen["scanned"])
            yield from (f"checkov in {setting}: {n} of {kind} not scanned" for kind, n in missed.items() if n)


def audit(stacks: Mapping[str, Stack]) -> Audit:
    """Look at the stack in these settings and sort out what was found.

    Raises:
        AuditError: the tools are not installed (``make audit`` does) or ended with an error.
    """
    tools, findings = look(stacks)
    exemptions = read_exemptions()
    faults, exempt = sort_out(findings, exemptions)
    stale = [line for exemption in exemptions for line in exemption.stale()]
    return Audit(stacks, tools["versions"], tools["stacks"], faults, exempt, stale)


def look(stacks: Mapping[str, Stack]) -> tuple[dict[str, Any], set[Finding]]:
    """What ``tools.py`` says, and all findings, those of the controls too."""
    tools = _run_tools(stacks)
    findings = {
        finding
        for setting, template in stacks.items()
        for finding in (*_findings(tools["stacks"][setting], setting, template), *judge(template, setting))
    }
    return tools, findings


def synthesized_kinds(template: Stack) -> Counter[str]:
    """How many resources of each type there are."""
    return Counter(address.partition(".")[0] for address in template.resources())


def _lines(faults: list[Finding]) -> Iterator[str]:
    """One for each check and resource, with the settings and the details together."""
    grouped: dict[tuple[str, str, str], tuple[set[str], set[str]]] = {}
    for fault in faults:
        settings, details = grouped.setdefault((fault.tool, fault.id, fault.path), (set(), set()))
        settings.add(fault.setting)
        details.add(fault.detail)
    for (tool, check, path), (settings, details) in grouped.items():
        first, *others = sorted(details)
        more = f" and {len(others)} more" if others else ""
        yield f"{tool} {check}: {path} ({', '.join(sorted(settings))}): {first}{more}"


def _findings(seen: dict[str, Any], setting: str, template: Stack) -> Iterator[Finding]:
    """The tools' findings; Checkov names a resource by the end of its address."""
    paths = {address.partition(".")[2]: path_in_stack(a) for address, a in template.resources().items()}
    for tool, check, resource, detail in seen["findings"]:
        yield Finding(tool, check, paths.get(resource, resource), detail, setting)


def _run_tools(stacks: Mapping[str, Stack]) -> dict[str, Any]:
    if not PYTHON.exists():
        raise AuditError("the tools are not installed: run make audit")
    with TemporaryDirectory() as directory:
        for setting, template in stacks.items():
            write(template, Path(directory) / setting)
        done = subprocess.run(
            [PYTHON, "-W", "ignore", Path(__file__).with_name("tools.py"), directory],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise AuditError(f"the tools ended with {done.returncode}:\n{done.stderr[-2000:]}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result
