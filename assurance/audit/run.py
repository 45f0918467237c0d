"""The audit: every tool and every control, on the stack in every setting."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assurance.audit.controls import judge
from assurance.audit.findings import Exemption, Finding, apply_exemptions, read_exemptions
from assurance.audit.inputs import write_inputs
from synthesized.stack import Stack, path_in_stack

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".build/audit/bin/python"
"""The interpreter of the virtual environment that `make audit` creates."""
ERROR_LENGTH = 2_000
"""Characters of the tools' stderr that an error quotes."""


class AuditError(Exception):
    """The tools are not installed or did not run."""


@dataclass(frozen=True)
class Audit:
    """The result of an audit.

    Attributes:
        stacks: The stack by name of the setting.
        versions: Versions of the tools.
        reports: What `tools.py` reports, by name of the setting.
        faults: Findings that no exemption accepts.
        accepted: The other findings, with their exemptions.
        unused: A line for each pattern of an exemption that matches nothing.
    """

    stacks: Mapping[str, Stack]
    versions: dict[str, str]
    reports: dict[str, Any]
    faults: list[Finding]
    accepted: list[tuple[Finding, Exemption]]
    unused: list[str]

    def failures(self) -> list[str]:
        """Return a line for everything that has to be fixed."""
        return [*self._not_scanned(), *_fault_lines(self.faults), *self.unused]

    def _not_scanned(self) -> Iterator[str]:
        """Yield a line for each error of Checkov, and for resources that it did not scan."""
        for setting, stack in self.stacks.items():
            report = self.reports[setting]
            yield from (f"checkov in {setting}: {error}" for error in report["errors"])
            missed = count_types(stack)
            missed.subtract(report["scanned"])
            for resource_type, count in missed.items():
                if count:
                    yield f"checkov in {setting}: {count} of {resource_type} not scanned"


def audit(stacks: Mapping[str, Stack]) -> Audit:
    """Audit the stack in the given settings.

    Args:
        stacks: The stack by name of the setting.

    Raises:
        AuditError: The tools are not installed (`make audit` installs them) or failed.
    """
    result, findings = inspect(stacks)
    exemptions = read_exemptions()
    faults, accepted = apply_exemptions(findings, exemptions)
    unused = [line for exemption in exemptions for line in exemption.unused()]
    return Audit(stacks, result["versions"], result["stacks"], faults, accepted, unused)


def inspect(stacks: Mapping[str, Stack]) -> tuple[dict[str, Any], set[Finding]]:
    """Return what `tools.py` reports, and all findings of tools and controls.

    Raises:
        AuditError: The tools are not installed or failed.
    """
    result = _run_tools(stacks)
    findings = {
        finding
        for setting, stack in stacks.items()
        for finding in (*_findings(result["stacks"][setting], setting, stack), *judge(stack, setting))
    }
    return result, findings


def count_types(stack: Stack) -> Counter[str]:
    """Return the number of resources by type."""
    return Counter(address.partition(".")[0] for address in stack.resources())


def _fault_lines(faults: list[Finding]) -> Iterator[str]:
    """Yield a line for each check and resource, with all settings and details."""
    grouped: dict[tuple[str, str, str], tuple[set[str], set[str]]] = {}
    for fault in faults:
        settings, details = grouped.setdefault((fault.tool, fault.id, fault.path), (set(), set()))
        settings.add(fault.setting)
        details.add(fault.detail)
    for (tool, check, path), (settings, details) in grouped.items():
        first, *others = sorted(details)
        more = f" and {len(others)} more" if others else ""
        yield f"{tool} {check}: {path} ({', '.join(sorted(settings))}): {first}{more}"


def _findings(report: dict[str, Any], setting: str, stack: Stack) -> Iterator[Finding]:
    """Yield the findings of the tools; Checkov names a resource by the end of its address."""
    paths = {
        address.partition(".")[2]: path_in_stack(arguments)
        for address, arguments in stack.resources().items()
    }
    for tool, check, resource, detail in report["findings"]:
        yield Finding(tool, check, paths.get(resource, resource), detail, setting)


def _run_tools(stacks: Mapping[str, Stack]) -> dict[str, Any]:
    if not PYTHON.exists():
        raise AuditError("the tools are not installed: run make audit")
    with TemporaryDirectory() as directory:
        for setting, stack in stacks.items():
            write_inputs(stack, Path(directory) / setting)
        process = subprocess.run(
            [PYTHON, "-W", "ignore", Path(__file__).with_name("tools.py"), directory],
            capture_output=True,
            text=True,
            check=False,
        )
    if process.returncode:
        raise AuditError(
            f"the tools ended with exit code {process.returncode}:\n{process.stderr[-ERROR_LENGTH:]}"
        )
    result: dict[str, Any] = json.loads(process.stdout)
    return result
