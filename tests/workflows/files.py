"""The workflows as they are in the repository, and one step's script to run."""

from pathlib import Path
from typing import Any, TypeAlias

import yaml

GITHUB = Path(__file__).parents[2] / ".github"
Job: TypeAlias = dict[str, Any]


def workflow(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((GITHUB / "workflows" / f"{name}.yml").read_text())
    return loaded


def action(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((GITHUB / "actions" / name / "action.yml").read_text())
    return loaded


def jobs() -> dict[str, Job]:
    """Every job, by ``workflow.job``."""
    return {
        f"{path.stem}.{name}": job
        for path in sorted((GITHUB / "workflows").glob("*.yml"))
        for name, job in workflow(path.stem)["jobs"].items()
    }


def script(steps: list[dict[str, Any]], name: str) -> str:
    """What the step of this name runs."""
    (script,) = (step["run"] for step in steps if step.get("name") == name)
    return str(script)
