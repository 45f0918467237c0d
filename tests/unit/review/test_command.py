"""`python -m review`, as a workflow calls it: what it prints, and its exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from review.__main__ import main
from tests.unit.review.builders import JSON, created, deleted, document

PLANS = Path(__file__).parent / "plans"
CODES = {"create": 0, "drift": 0, "no-op": 0, "replace-table": 2, "update": 0, "widen-iam": 2}


def run(*arguments: str | Path, directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "review", *map(str, arguments)]
    root = Path(__file__).parents[3]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=directory, env={"PYTHONPATH": str(root)}
    )


def written(file: Path, content: JSON) -> Path:
    file.write_text(json.dumps(content))
    return file


@pytest.mark.parametrize(("name", "code"), sorted(CODES.items()))
def test_plans_of_a_real_run_read_as_written(
    name: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(PLANS / f"{name}.json")]) == code
    assert capsys.readouterr().out == (PLANS / f"{name}.md").read_text()


@pytest.mark.parametrize("name", sorted(CODES))
def test_machines_get_the_same_verdict(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PLANS / f"{name}.json"), "--json"]) == CODES[name]
    content = json.loads(capsys.readouterr().out)
    assert content["verdict"] == (PLANS / f"{name}.md").read_text().splitlines()[0]
    assert content["needs_human"] is (CODES[name] == 2)


def test_every_plan_is_read() -> None:
    assert {file.stem for file in PLANS.glob("*.json")} == set(CODES)


def test_the_command_as_it_is_called(tmp_path: Path) -> None:
    fine = run(written(tmp_path / "fine.json", document(created("aws_x.a"))), directory=tmp_path)
    assert (fine.returncode, fine.stderr) == (0, "")
    assert fine.stdout.startswith("**Fine:** 1 to create.\n")
    lost = run(written(tmp_path / "lost.json", document(deleted("aws_sqs_queue.q"))), directory=tmp_path)
    assert (lost.returncode, lost.stderr) == (2, "")
    bad = run("none.json", directory=tmp_path)
    assert (bad.returncode, bad.stdout, bad.stderr) == (1, "", "none.json: No such file or directory\n")
    wrong = run("--wrong", directory=tmp_path)
    assert (wrong.returncode, wrong.stderr) == (1, "python -m review: unrecognized arguments: --wrong\n")


def test_two_synths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack: JSON = {"terraform": {}, "resource": {"aws_sqs_queue": {"q": {"name": "q"}}}}
    base = str(written(tmp_path / "base.json", stack))
    head = str(written(tmp_path / "head.json", {"terraform": {}}))
    assert main(["--base", base, "--head", base]) == 0
    assert main(["--base", base, "--head", head]) == 2
    assert "`aws_sqs_queue.q` is **destroyed**" in capsys.readouterr().out


def test_a_synth_beside_a_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = {"//": {"metadata": {"path": "s/a"}}}
    synth = written(tmp_path / "cdk.tf.json", {"terraform": {}, "resource": {"aws_x": {"a": block}}})
    plan = written(tmp_path / "plan.json", document(created("aws_x.a")))
    assert main([str(plan), "--synth", str(synth)]) == 0
    assert "`aws_x.a` (`s/a`)" in capsys.readouterr().out


DEEP = b"[" * 900 + b"]" * 900


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "plan.json: is no JSON: Expecting value: line 1 column 1 (char 0)"),
        (
            b"PK\x03\x04",
            "plan.json: is a saved plan itself; print it as JSON with `terraform show -json plan.json`",
        ),
        (b"\xff\xfe\x00", "plan.json: is no JSON: "),
        (b"[1]", "plan.json: is no plan; "),
        (b"null", "plan.json: is no plan; "),
        (b'{"format_version": "1.2", "resource_changes": {"a\\nb": 1}}', "resource_changes"),
        (b'{"format_version": "1.2", "output_changes": {"a\\nb": 1}}', "output_changes.a b"),
        (b"[" * 100_000, "plan.json: "),
        (
            json.dumps(document(created("aws_x.a", a="deep"))).encode().replace(b'"deep"', DEEP),
            "plan.json: is nested too deeply to be a plan or a stack",
        ),
        (b"1" * 5_000, "plan.json: is no JSON: "),
    ],
)
def test_what_cannot_be_read_is_one_line(
    content: bytes,
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plan.json").write_bytes(content)
    assert main(["plan.json"]) == 1
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "give either PLAN.json or both --base and --head"),
        (["--base", "a"], "give either PLAN.json or both --base and --head"),
        (["a", "--base", "b", "--head", "c"], "give either PLAN.json or both --base and --head"),
        (["--base", "a", "--head", "b", "--synth", "c"], "--synth belongs to PLAN.json"),
        (["."], ".: Is a directory"),
    ],
)
def test_what_does_not_fit_together_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert said in capsys.readouterr().err


def test_a_plan_of_a_windows_shell_is_read(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(json.dumps(document()).encode("utf-16"))
    assert main([str(file)]) == 0


def test_the_document_shows_what_is_printed() -> None:
    document = Path(__file__).parents[3] / "docs" / "review.md"
    assert (PLANS / "widen-iam.md").read_text() in document.read_text()
