"""Run Checkov, parliament and cloudsplaining. In their own virtual environment, where nothing of ours is.

``python tools.py DIRECTORY`` looks at each ``DIRECTORY/<name>/``, which holds ``main.tf.json`` and
``policies.json``, and writes what it saw to stdout as JSON, by name. It calls no network.
"""

import json
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

from checkov.common.output.report import Report  # type: ignore[import-not-found]
from checkov.runner_filter import RunnerFilter  # type: ignore[import-not-found]
from checkov.terraform_json.runner import TerraformJsonRunner  # type: ignore[import-not-found]
from cloudsplaining.command.scan_policy_file import scan_policy  # type: ignore[import-not-found]
from parliament import analyze_policy_string  # type: ignore[import-not-found]

Found = tuple[str, str, str, str]
"""The tool, the check, the resource's name or construct path, and what there is wrong (an action, say)."""


class Errors(logging.Handler):
    """Keeps what Checkov only logs: it goes on, and ends with 0, after a check or a file that broke it."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


class Runner(TerraformJsonRunner):  # type: ignore[misc]
    """Checkov's runner, which forgets to give the graph to those checks in Python that look at it."""

    def add_python_check_results(self, report: Report, runner_filter: RunnerFilter) -> None:
        for registry in self.block_type_registries.values():
            registry.graph = self.graph_manager.get_reader_endpoint()
        super().add_python_check_results(report, runner_filter)

    def scanned(self) -> Counter[str]:
        """How many resources of each type are in the graph that the checks see."""
        vertices = (vertex for _, vertex in self.graph_manager.get_reader_endpoint().nodes())
        return Counter(v["resource_type"] for v in vertices if v["block_type_"] == "resource")


def checkov(directory: Path) -> dict[str, Any]:
    """What Checkov scanned and found; resources by the last part of their address."""
    errors = Errors()
    logging.getLogger().addHandler(errors)
    runner = Runner()
    report = runner.run(str(directory), runner_filter=RunnerFilter(show_progress_bar=False))
    logging.getLogger().removeHandler(errors)
    records = [*report.passed_checks, *report.failed_checks]
    return {
        "scanned": runner.scanned(),
        "looked_at": sorted({_name(record.resource) for record in records}),
        "passed": len(report.passed_checks),
        "errors": [*map(str, report.parsing_errors), *errors.messages],
        "findings": [
            ("checkov", record.check_id, _name(record.resource), record.check_name)
            for record in report.failed_checks
        ],
    }


def _name(resource: str) -> str:
    return resource.rpartition(".")[2]


def parliament(path: str, document: dict[str, Any], *, identity: bool) -> Iterator[Found]:
    """What parliament says of a policy; its further auditors are made for policies of identities."""
    policy = analyze_policy_string(json.dumps(document), include_community_auditors=identity)
    for finding in policy.findings:
        detail = finding.detail or finding.location.get("actions") or ""
        for each in detail if isinstance(detail, list) else [detail]:
            yield "parliament", finding.issue, path, each if isinstance(each, str) else each["action"]


def cloudsplaining(path: str, document: dict[str, Any]) -> Iterator[Found]:
    """The risky actions that a policy of an identity allows on everything, by kind of risk."""
    for risk, result in scan_policy(document).items():
        for finding in result["findings"] if risk != "ServicesAffected" else ():
            yield "cloudsplaining", risk, path, finding if isinstance(finding, str) else finding["type"]


def look(directory: Path) -> dict[str, Any]:
    """What all three say of one stack."""
    seen = checkov(directory)
    policies = json.loads((directory / "policies.json").read_text())
    for path, document in policies["identity"].items():
        seen["findings"] += [*parliament(path, document, identity=True), *cloudsplaining(path, document)]
    for path, document in policies["resource"].items():
        seen["findings"] += parliament(path, document, identity=False)
    return seen


if __name__ == "__main__":
    directories = sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir())
    seen = {directory.name: look(directory) for directory in directories}
    versions = {tool: version(tool) for tool in ("checkov", "parliament", "cloudsplaining")}
    json.dump({"versions": versions, "stacks": seen}, sys.stdout)
