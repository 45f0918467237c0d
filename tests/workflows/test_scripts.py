"""The workflows' scripts, run as GitHub runs them."""

import hashlib
import json
import shutil
import subprocess
from typing import Any

import pytest

from tests.workflows.files import action, script, workflow
from tests.workflows.runner import STACK, Runner

BOT = {"login": "github-actions[bot]"}
needs_jq = pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not on the PATH")


def plan(*changes: dict[str, Any], **more: object) -> str:
    return json.dumps(
        {"format_version": "1.2", "terraform_version": "1.11.4", "resource_changes": list(changes), **more}
    )


def table(*actions: str) -> dict[str, Any]:
    return {
        "address": "aws_dynamodb_table.sessions",
        "mode": "managed",
        "type": "aws_dynamodb_table",
        "name": "sessions",
        "provider_name": "registry.terraform.io/hashicorp/aws",
        "change": {
            "actions": list(actions),
            "before": {"name": "sessions", "hash_key": "id", "tags": None},
            "after": None,
            "after_unknown": False,
            "before_sensitive": False,
            "after_sensitive": False,
        },
    }


class TestComment:
    def comment(self, runner: Runner, comments: list[Any], review: str | None = "no changes") -> list[Any]:
        if review is not None:
            runner.write("review.md", review)
        runner.write("pages", json.dumps(comments))
        steps = workflow("plan")["jobs"]["comment"]["steps"]
        done = runner.run(script(steps, "Comment"), NAME="dev", COMMENTS="repos/o/r/issues/7/comments",
                          COMMENT="repos/o/r/issues/comments", RUN="https://run")  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return runner.calls()

    @needs_jq
    def test_a_first_review_is_a_new_comment(self, runner: Runner) -> None:
        others = [
            {"id": 1, "user": {"login": "somebody"}, "body": "<!-- review:dev -->\nnot ours"},
            {"id": 2, "user": BOT, "body": "<!-- review:dev2 -->\nanother stack"},
            {"id": 3, "user": BOT, "body": "it says <!-- review:dev --> later"},
        ]
        assert self.comment(runner, [others]) == [
            ["POST", "repos/o/r/issues/7/comments", {"body": "<!-- review:dev -->\n## dev\n\nno changes\n"}]
        ]

    @needs_jq
    def test_a_later_one_takes_its_place_wherever_it_is(self, runner: Runner) -> None:
        pages = [[{"id": 1, "user": BOT, "body": "hello"}],
                 [{"id": 5, "user": BOT, "body": "<!-- review:dev -->\nold"}]]  # fmt: skip
        (call,) = self.comment(runner, pages)
        assert call[:2] == ["PATCH", "repos/o/r/issues/comments/5"]

    @needs_jq
    def test_what_a_review_says_is_no_shell(self, runner: Runner) -> None:
        review = "`touch a` $(touch b) %s \\n ${{ x }} \"'\n" + "é" * 60_000
        ((_, _, fields),) = self.comment(runner, [[]], review)
        assert fields["body"] == f"<!-- review:dev -->\n## dev\n\n{review}\n"
        assert not {"a", "b"} & {path.name for path in runner.directory.iterdir()}

    @needs_jq
    def test_a_plan_that_failed_is_said_in_place_of_the_old_review(self, runner: Runner) -> None:
        ((method, _, fields),) = self.comment(
            runner, [[{"id": 5, "user": BOT, "body": "<!-- review:dev -->\nold"}]], review=None
        )
        assert method == "PATCH"
        assert fields["body"].endswith("The plan failed: [its log](https://run).\n")


class TestDriftIssue:
    OPEN = ({"number": 9, "user": BOT, "body": "<!-- drift:dev -->\nold"},)

    def report(self, runner: Runner, issues: list[Any], drift: str) -> list[Any]:
        runner.write("drift.md", drift)
        runner.write("pages", json.dumps([issues]))
        steps = workflow("drift")["jobs"]["report"]["steps"]
        done = runner.run(script(steps, "Open, update or close the issue"), NAME="dev",
                          ISSUES="repos/o/r/issues", RUN="https://run")  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return runner.calls()

    @needs_jq
    def test_drift_opens_an_issue(self, runner: Runner) -> None:
        others = [
            {"number": 1, "user": BOT, "body": None},
            {"number": 2, "user": BOT, "body": "<!-- drift:dev -->", "pull_request": {}},
            {"number": 3, "user": {"login": "somebody"}, "body": "<!-- drift:dev -->"},
        ]
        body = "<!-- drift:dev -->\nDetected by [this run](https://run).\n\na queue\n"
        assert self.report(runner, others, "a queue") == [
            ["POST", "repos/o/r/issues", {"title": "Drift: dev", "body": body}]
        ]

    @needs_jq
    def test_further_drift_updates_it(self, runner: Runner) -> None:
        (call,) = self.report(runner, list(self.OPEN), "a queue")
        assert call[:2] == ["PATCH", "repos/o/r/issues/9"]
        assert "a queue" in call[2]["body"]

    @needs_jq
    def test_its_end_closes_it(self, runner: Runner) -> None:
        said, closed = self.report(runner, list(self.OPEN), "")
        assert said[:2] == ["POST", "repos/o/r/issues/9/comments"]
        assert closed == ["PATCH", "repos/o/r/issues/9", {"state": "closed"}]

    @needs_jq
    def test_no_drift_and_no_issue_is_nothing(self, runner: Runner) -> None:
        assert self.report(runner, [], "") == []


class TestReview:
    def review(self, runner: Runner, shown: str) -> "subprocess.CompletedProcess[str]":
        return runner.run(script(action("review")["runs"]["steps"], "Review"), SHOWN=shown)

    @pytest.mark.parametrize("changes", [[], [table("delete")]])
    def test_it_is_the_summary_and_names_its_plan(self, runner: Runner, changes: list[Any]) -> None:
        """A plan that needs a human is no failure: that is what the review is for."""
        done = self.review(runner, plan(*changes))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        review = runner.read("temp/review.md")
        assert review.endswith(f"\nPlan `{hashlib.sha256(b'plan').hexdigest()}`\n")
        assert ("aws_dynamodb_table.sessions" in review) == bool(changes)
        assert runner.read("summary") == review

    def test_what_is_no_plan_fails(self, runner: Runner) -> None:
        done = self.review(runner, "{}")
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1
        assert runner.read("summary") == ""


class TestPlan:
    def test_a_plan_is_not_printed(self, runner: Runner) -> None:
        """Everybody may read the log of a public repository."""
        steps = workflow("plan")["jobs"]["plan"]["steps"]
        done = runner.run(script(steps, "Plan"), CODE="0")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert "plan -input=false -lock=false -out=plan.tfplan" in runner.read("calls")


class TestPlanned:
    @pytest.mark.parametrize(
        ("results", "code"),
        [("success skipped", 0), ("skipped success", 0), ("skipped skipped", 1), ("failure skipped", 1),
         ("success failure", 1), ("cancelled success", 1)],
    )  # fmt: skip
    def test_one_check_says_whether_all_went_well(self, runner: Runner, results: str, code: int) -> None:
        steps = workflow("plan")["jobs"]["planned"]["steps"]
        assert runner.run(script(steps, "Check the results"), RESULTS=results).returncode == code


class TestApply:
    def same(self, runner: Runner, waiting: str) -> "subprocess.CompletedProcess[str]":
        steps = workflow("apply-stack")["jobs"]["review"]["steps"]
        shown = plan(table("delete"), timestamp="now", resource_drift=[table("update")])
        return runner.run(script(steps, "Plan again and compare"), CODE="0", SHOWN=shown, WAITING=waiting)

    @needs_jq
    def test_what_is_applied_is_planned_by_main_s_own_code(self, runner: Runner) -> None:
        done = self.same(runner, plan(table("delete"), timestamp="then"))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert runner.read("output") == f"sha256={hashlib.sha256(b'planned').hexdigest()}\n"

    @needs_jq
    def test_another_plan_than_what_main_plans_is_refused(self, runner: Runner) -> None:
        done = self.same(runner, plan(table("update")))
        assert done.returncode == 1
        assert done.stdout.startswith("::error::the waiting plan differs from what main plans now")
        assert runner.read("output") == ""

    @needs_jq
    @pytest.mark.parametrize("changes", ["true", "false"])
    def test_nobody_is_asked_to_approve_a_plan_without_changes(self, runner: Runner, changes: str) -> None:
        runner.write("temp/plan.json", f'{{"applyable": {changes}}}')
        jobs = workflow("apply-stack")["jobs"]
        done = runner.run(script(jobs["review"]["steps"], "Check for changes"))
        assert (done.returncode, done.stderr) == (0, "")
        assert runner.read("output") == f"changes={changes}\n"
        assert jobs["apply"]["if"] == "needs.review.outputs.changes == 'true'"


class TestDrift:
    def look(self, runner: Runner, code: str, change: dict[str, Any]) -> "subprocess.CompletedProcess[str]":
        drift = table("update")
        drift["change"]["after"] = {**drift["change"]["before"], **change}
        steps = workflow("drift")["jobs"]["detect"]["steps"]
        return runner.run(script(steps, "Detect drift"), CODE=code, SHOWN=plan(resource_drift=[drift]))

    @needs_jq
    @pytest.mark.parametrize(
        ("code", "change", "drifts"),
        [("0", {}, False), ("2", {"tags": {}}, False), ("2", {"hash_key": "other"}, True)],
    )
    def test_the_review_says_whether_it_is_drift(
        self, runner: Runner, code: str, change: dict[str, Any], drifts: bool
    ) -> None:
        done = self.look(runner, code, change)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert ("aws_dynamodb_table.sessions" in runner.read("drift.md")) == drifts
        assert bool(runner.read("drift.md")) == drifts
        assert "plan -refresh-only -detailed-exitcode" in runner.read("calls")

    def test_a_plan_that_fails_is_no_drift(self, runner: Runner) -> None:
        assert self.look(runner, "1", {}).returncode == 1
        assert runner.read("drift.md") == ""


class TestStack:
    @needs_jq
    def test_the_settings_are_the_stack_s_and_the_region_is_the_synthesized_one(self, runner: Runner) -> None:
        runner.program("bin/make", "")
        runner.write(".github/stacks/dev.env", "ENVIRONMENT=dev\n")
        done = runner.run(script(action("synth")["runs"]["steps"], "Synthesize"), NAME="dev")
        assert (done.returncode, done.stderr) == (0, "")
        assert runner.read(".env") == "ENVIRONMENT=dev\n"
        done = runner.run(
            script(action("stack")["runs"]["steps"], "Install the packages and read the region")
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert runner.read("output") == "region=eu-west-1\n"

    def test_a_stack_without_settings_is_named(self, runner: Runner) -> None:
        done = runner.run(script(action("synth")["runs"]["steps"], "Synthesize"), NAME="prod")
        assert done.returncode == 1
        assert done.stdout.startswith("::error::there is no .github/stacks/prod.env: ")


class TestSynths:
    def compare(
        self, runner: Runner, *, head: str = '{"terraform": {}}', new: bool = False
    ) -> "subprocess.CompletedProcess[str]":
        table = {"aws_dynamodb_table": {"sessions": {"name": "sessions", "hash_key": "id"}}}
        runner.write(f"base/{STACK}/cdk.tf.json", json.dumps({"terraform": {}, "resource": table}))
        runner.write(f"head/{STACK}/cdk.tf.json", head)
        shutil.copytree(runner.directory / ".venv", runner.directory / "base/.venv")
        for side in ["head"] if new else ["base", "head"]:
            runner.write(f"{side}/.github/stacks/dev.env", f"ENVIRONMENT=dev # {side}\n")
        runner.program("bin/make", "")
        steps = workflow("plan")["jobs"]["synths"]["steps"]
        return runner.run(script(steps, "Compare"))

    def test_the_review_of_both_is_the_summary(self, runner: Runner) -> None:
        done = self.compare(runner)
        assert (done.returncode, done.stderr) == (0, "")
        assert runner.read("summary").startswith("## dev\n**Needs a human:**")
        assert [runner.read(f"{side}/.env") for side in ("base", "head")] == [
            "ENVIRONMENT=dev # base\n",
            "ENVIRONMENT=dev # head\n",
        ]

    def test_a_head_that_is_no_stack_fails(self, runner: Runner) -> None:
        done = self.compare(runner, head="{}")
        assert done.returncode == 1
        assert len(done.stderr.splitlines()) == 1

    def test_a_stack_that_the_base_does_not_have(self, runner: Runner) -> None:
        assert self.compare(runner, new=True).returncode == 0
        assert runner.read("summary") == "## dev\nA new stack.\n"

    def test_a_stack_that_the_head_takes_away(self, runner: Runner) -> None:
        runner.write("base/.github/stacks/old.env", "ENVIRONMENT=test\n")
        assert self.compare(runner).returncode == 0
        assert runner.read("summary").endswith(
            "## old\nIts settings are removed: no workflow would plan or apply this stack any more.\n"
        )
