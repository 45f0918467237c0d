"""What zizmor does not know of these workflows: whose rights may meet, and what may leave a job."""

import re
from pathlib import Path

import pytest

from infra.settings import Settings
from tests.workflows.files import GITHUB, Job, action, jobs, workflow

JOBS = jobs()
STEPS = {name: job["steps"] for name, job in JOBS.items() if "steps" in job}
PUBLISHED = {"${{ runner.temp }}/review.md", "drift.md"}
TRUSTED = "github.ref == 'refs/heads/main'"


def permissions(job: Job, right: str) -> set[str]:
    return {name for name, granted in job["permissions"].items() if granted == right}


def uses(job: Job) -> list[str]:
    return [step["uses"].split("@")[0] for step in job.get("steps", []) if "uses" in step]


@pytest.mark.parametrize("job", STEPS)
def test_every_job_ends(job: str) -> None:
    assert JOBS[job]["timeout-minutes"] <= 60


@pytest.mark.parametrize("job", JOBS)
def test_who_may_write_to_github_has_no_credentials_and_runs_nothing_of_the_repository(job: str) -> None:
    rights = permissions(JOBS[job], "write")
    assert len(rights) <= 1
    if rights - {"id-token"}:
        assert set(uses(JOBS[job])) == {"actions/download-artifact"}


@pytest.mark.parametrize("job", JOBS)
def test_credentials_are_for_reading_until_a_human_approves(job: str) -> None:
    roles = re.findall(r"\b(\w+)_role }}", str(JOBS[job].get("steps")))
    assert ("environment" in JOBS[job]) == ("apply" in roles)
    assert bool(roles) <= ("id-token" in JOBS[job]["permissions"])


@pytest.mark.parametrize("job", ["apply.stack", "drift.detect"])
def test_main_alone_is_applied_and_looked_at(job: str) -> None:
    assert TRUSTED in JOBS[job]["if"]


def test_the_plan_never_leaves_as_an_artifact() -> None:
    uploads = [
        step["with"]["path"]
        for steps in STEPS.values()
        for step in steps
        if step.get("uses", "").startswith("actions/upload-artifact@")
    ]
    assert set(uploads) == PUBLISHED


def test_what_is_applied_is_the_plan_that_was_reviewed() -> None:
    run = STEPS["apply-stack.apply"][-1]
    assert run["env"] == {"PLAN": "${{ needs.review.outputs.plan }}"}
    assert '--sha256 "$PLAN"' in run["run"]
    assert re.search(r"^terraform apply .* plan\.tfplan$", run["run"], re.MULTILINE)
    made, kept, reviewed = STEPS["apply-stack.review"][3:6]
    assert JOBS["apply-stack.review"]["outputs"]["plan"] == f"${{{{ steps.{made['id']}.outputs.sha256 }}}}"
    assert "operations.plans save" in kept["run"]
    assert reviewed["uses"].endswith("/actions/review")


def test_an_apply_is_never_cancelled_and_a_plan_that_is_overtaken_is() -> None:
    assert JOBS["apply-stack.apply"]["concurrency"] == {
        "group": "apply-${{ inputs.name }}",
        "cancel-in-progress": False,
        "queue": "max",
    }
    assert workflow("plan")["concurrency"]["cancel-in-progress"] is True


def test_keys_come_after_all_that_is_installed_and_run() -> None:
    uses = [step.get("uses", "") for step in action("stack")["runs"]["steps"]]
    (credentials,) = (action for action in uses if "credentials" in action)
    assert credentials == uses[-1]
    assert not any("credentials" in step.get("uses", "") for steps in STEPS.values() for step in steps)


def test_no_secret_is_used() -> None:
    files = [path.read_text() for path in GITHUB.rglob("*.yml")]
    assert files
    assert not any("secrets." in text or "secrets:" in text for text in files)


def test_every_action_is_pinned_alike_and_says_its_version() -> None:
    pins: dict[str, set[str]] = {}
    for path in GITHUB.rglob("*.yml"):
        for name, pin in re.findall(r"uses: ([\w/-]+)@(.*)", path.read_text()):
            pins.setdefault(name, set()).add(pin)
    assert len(pins) == 6
    for name, versions in pins.items():
        (pin,) = versions
        assert re.fullmatch(r"[0-9a-f]{40} # v\d+\.\d+\.\d+", pin), name


@pytest.mark.parametrize("path", sorted((GITHUB / "stacks").iterdir()), ids=lambda path: path.name)
def test_the_settings_of_each_stack_are_allowed(path: Path) -> None:
    assert path.suffix == ".env"
    Settings(_env_file=path)
