"""What zizmor does not know of these workflows: whose rights may meet, and what may leave a job."""

import json
import re
from pathlib import Path

import pytest

from infra.settings import Settings
from tests.workflows.files import GITHUB, Job, action, jobs, workflow

JOBS = jobs()
STEPS = {name: job["steps"] for name, job in JOBS.items() if "steps" in job}
PUBLISHED = {"${{ runner.temp }}/review.md", "drift.md", "cdktf.out"}
"""A synthesized stack contains nothing but what is in the repository; a plan contains state."""
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
        for steps in [*STEPS.values(), action("synth")["runs"]["steps"]]
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


def test_stacks_are_synthesized_in_jobs_that_may_not_request_a_token() -> None:
    synthesizing = {name for name, job in JOBS.items() if "$/.github/actions/synth" in uses(job)}
    assert synthesizing == {"apply-stack.synth", "drift.synth", "plan.synth"}
    assert all(JOBS[name]["permissions"] == {"contents": "read"} for name in synthesizing)
    with_token = {name for name in STEPS if "id-token" in JOBS[name]["permissions"]}
    assert {JOBS[name]["needs"] for name in with_token} == {"synth", "review"}
    assert not re.search(
        r"make synth|main\.py", str([STEPS[name] for name in with_token]) + str(action("stack"))
    )


def test_the_handed_over_stack_is_the_synthesized_one() -> None:
    (given,) = (step["with"] for step in action("synth")["runs"]["steps"] if "upload" in step.get("uses", ""))
    (taken,) = (
        step["with"] for step in action("stack")["runs"]["steps"] if "download" in step.get("uses", "")
    )
    assert (given["name"], given["path"]) == (taken["name"], taken["path"])


def test_the_apply_role_trusts_one_workflow_on_main_in_the_environment() -> None:
    trust = json.loads((GITHUB.parent / "docs/policies/apply-role-trust.json").read_text())
    conditions = trust["Statement"][0]["Condition"]["StringEquals"]
    (file,) = {name.split(".")[0] for name, job in JOBS.items() if "environment" in job}
    assert {name.rpartition(":")[2]: value for name, value in conditions.items()} == {
        "aud": "sts.amazonaws.com",
        "sub": "REPOSITORY:environment:STACK",
        "ref": "refs/heads/main",
        "job_workflow_ref": f"OWNER/NAME/.github/workflows/{file}.yml@refs/heads/main",
    }


def test_the_pipeline_and_the_review_have_owners() -> None:
    lines = (GITHUB / "CODEOWNERS").read_text().splitlines()
    owned = {line.split()[0] for line in lines if not line.startswith("#")}
    assert {"/.github/", "/review/"} <= owned
    assert all((GITHUB.parent / path.strip("/")).exists() for path in owned)


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
