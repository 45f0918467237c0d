"""Runs Checkov, parliament and cloudsplaining, in a virtual environment of their own without this project.

`python tools.py DIRECTORY` inspects each `DIRECTORY/<name>/` with `main.tf.json` and `policies.json`, and
prints the results by name as JSON. It uses no network.
"""

import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from checkov.common.output.report import Report
from checkov.runner_filter import RunnerFilter
from checkov.terraform_json.runner import TerraformJsonRunner
from cloudsplaining.command.scan_policy_file import scan_policy
from parliament import analyze_policy_string

ToolFinding = tuple[str, str, str, str]
"""Tool, check, name or construct path of the resource, and detail such as an action."""


class ErrorLog(logging.Handler):
    """Collects errors that Checkov only logs: it continues, and ends with 0, when a check or file fails.

    Attributes:
        messages: The logged errors.
    """

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Collect an error."""
        self.messages.append(record.getMessage())


class Runner(TerraformJsonRunner):  # type: ignore[misc] # the base class has no types here
    """Checkov's runner, with a fix: it does not give the graph to checks in Python that need it."""

    def add_python_check_results(self, report: Report, runner_filter: RunnerFilter) -> None:
        """Give the graph to the checks, and run them."""
        for registry in self.block_type_registries.values():
            registry.graph = self.graph_manager.get_reader_endpoint()
        super().add_python_check_results(report, runner_filter)

    def scanned(self) -> Counter[str]:
        """Return the number of resources by type in the graph that the checks read."""
        vertices = (vertex for _, vertex in self.graph_manager.get_reader_endpoint().nodes())
        return Counter(vertex["resource_type"] for vertex in vertices if vertex["block_type_"] == "resource")


def checkov(directory: Path) -> dict[str, Any]:
    """Return what Checkov scanned and found, with resources named by the last part of their address."""
    errors = ErrorLog()
    logging.getLogger().addHandler(errors)
    runner = Runner()
    report = runner.run(str(directory), runner_filter=RunnerFilter(show_progress_bar=False))
    logging.getLogger().removeHandler(errors)
    records = [*report.passed_checks, *report.failed_checks]
    return {
        "scanned": runner.scanned(),
        "checked": sorted({_name(record.resource) for record in records}),
        "passed": len(report.passed_checks),
        "errors": [*map(str, report.parsing_errors), *errors.messages],
        "findings": [
            ("checkov", record.check_id, _name(record.resource), record.check_name)
            for record in report.failed_checks
        ],
    }


def _name(resource: str) -> str:
    return resource.rpartition(".")[2]


def parliament(path: str, document: dict[str, Any], *, identity: bool) -> Iterator[ToolFinding]:
    """Yield parliament's findings in a policy; its community auditors only fit identity policies."""
    policy = analyze_policy_string(json.dumps(document), include_community_auditors=identity)
    for finding in policy.findings:
        detail = finding.detail or finding.location.get("actions") or ""
        for item in detail if isinstance(detail, list) else [detail]:
            yield "parliament", finding.issue, path, item if isinstance(item, str) else item["action"]


def cloudsplaining(path: str, document: dict[str, Any]) -> Iterator[ToolFinding]:
    """Yield the risky actions that an identity policy allows on all resources, by kind of risk."""
    for risk, result in scan_policy(document).items():
        for finding in result["findings"] if risk != "ServicesAffected" else ():
            yield "cloudsplaining", risk, path, finding if isinstance(finding, str) else finding["type"]


def inspect(directory: Path) -> dict[str, Any]:
    """Return the results of all three tools for one stack."""
    report = checkov(directory)
    policies = json.loads((directory / "policies.json").read_text())
    for path, document in policies["identity"].items():
        report["findings"] += [*parliament(path, document, identity=True), *cloudsplaining(path, document)]
    for path, document in policies["resource"].items():
        report["findings"] += parliament(path, document, identity=False)
    return report


if __name__ == "__main__":
    directories = sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir())
    reports = {directory.name: inspect(directory) for directory in directories}
    versions = {tool: version(tool) for tool in ("checkov", "parliament", "cloudsplaining")}
    json.dump({"versions": versions, "stacks": reports}, sys.stdout)
