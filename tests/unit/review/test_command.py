"""The command `python -m review`: its output and exit codes."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.main import get_command

from review.__main__ import app
from tests.unit.review.builders import JSON, created, deleted, document

PLANS = Path(__file__).parent / "plans"
CODES = {"create": 0, "drift": 0, "no-op": 0, "replace-table": 2, "update": 0, "widen-iam": 2}


def main(arguments: list[str]) -> int:
    """Run the command in this process, and return its exit code."""
    return int(get_command(app).main(arguments, standalone_mode=False) or 0)


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
def test_recorded_plans_match_the_expected_markdown(
    name: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(PLANS / f"{name}.json")]) == code
    assert capsys.readouterr().out == (PLANS / f"{name}.md").read_text()


@pytest.mark.parametrize("name", sorted(CODES))
def test_json_has_the_verdict_of_the_markdown(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(PLANS / f"{name}.json"), "--json"]) == CODES[name]
    content = json.loads(capsys.readouterr().out)
    assert content["verdict"] == (PLANS / f"{name}.md").read_text().splitlines()[0]
    assert content["needs_human"] is (CODES[name] == 2)


def test_every_recorded_plan_is_tested() -> None:
    assert {file.stem for file in PLANS.glob("*.json")} == set(CODES)


def test_exit_codes_and_streams_of_the_command(tmp_path: Path) -> None:
    fine = run(written(tmp_path / "fine.json", document(created("aws_x.a"))), directory=tmp_path)
    assert (fine.returncode, fine.stderr) == (0, "")
    assert fine.stdout.startswith("**Fine:** 1 to create.\n")
    lost = run(written(tmp_path / "lost.json", document(deleted("aws_sqs_queue.q"))), directory=tmp_path)
    assert (lost.returncode, lost.stderr) == (2, "")
    bad = run("none.json", directory=tmp_path)
    assert (bad.returncode, bad.stdout, bad.stderr) == (1, "", "none.json: No such file or directory\n")
    wrong = run("--unexpected", directory=tmp_path)
    assert (wrong.returncode, wrong.stderr) == (1, "python -m review: No such option: --unexpected\n")


def test_two_stacks_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    stack: JSON = {"terraform": {}, "resource": {"aws_sqs_queue": {"q": {"name": "q"}}}}
    base = str(written(tmp_path / "base.json", stack))
    head = str(written(tmp_path / "head.json", {"terraform": {}}))
    assert main(["--base", base, "--head", base]) == 0
    assert main(["--base", base, "--head", head]) == 2
    assert "`aws_sqs_queue.q` is **destroyed**" in capsys.readouterr().out


def test_synth_adds_construct_paths(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    block = {"//": {"metadata": {"path": "s/a"}}}
    synth = written(tmp_path / "cdk.tf.json", {"terraform": {}, "resource": {"aws_x": {"a": block}}})
    plan = written(tmp_path / "plan.json", document(created("aws_x.a")))
    assert main([str(plan), "--synth", str(synth)]) == 0
    assert "`aws_x.a` (`s/a`)" in capsys.readouterr().out


DEEP = b"[" * 900 + b"]" * 900


@pytest.fixture
def default_recursion_limit() -> Iterator[None]:
    """Hypothesis raises the limit of the process."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(limit)


@pytest.mark.usefixtures("default_recursion_limit")
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "plan.json: is not JSON: Expecting value: line 1 column 1 (char 0)"),
        (
            b"PK\x03\x04",
            "plan.json: is a saved plan; convert it with `terraform show -json plan.json`",
        ),
        (b"\xff\xfe\x00", "plan.json: is not JSON: "),
        (b"[1]", "plan.json: is not a plan; "),
        (b"null", "plan.json: is not a plan; "),
        (b'{"format_version": "1.2", "resource_changes": {"a\\nb": 1}}', "resource_changes"),
        (b'{"format_version": "1.2", "output_changes": {"a\\nb": 1}}', "output_changes.a b"),
        (b"[" * 100_000, "plan.json: "),
        (
            json.dumps(document(created("aws_x.a", a="deep"))).encode().replace(b'"deep"', DEEP),
            "plan.json: is nested too deeply for a plan or a stack",
        ),
        (b"1" * 5_000, "plan.json: is not JSON: "),
    ],
)
def test_unreadable_input_is_rejected_with_one_line(
    content: bytes,
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("plan.json").write_bytes(content)
    assert main(["plan.json"]) == 1
    printed = capsys.readouterr()
    assert expected in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], "give either PLAN.json or both --base and --head"),
        (["--base", "a"], "give either PLAN.json or both --base and --head"),
        (["a", "--base", "b", "--head", "c"], "give either PLAN.json or both --base and --head"),
        (["--base", "a", "--head", "b", "--synth", "c"], "--synth requires PLAN.json"),
        (["."], ".: Is a directory"),
    ],
)
def test_conflicting_arguments_are_rejected_with_one_line(
    arguments: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 1
    assert expected in capsys.readouterr().err


def test_utf16_plan_is_read(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_bytes(json.dumps(document()).encode("utf-16"))
    assert main([str(file)]) == 0


def test_documentation_quotes_the_actual_output() -> None:
    document = Path(__file__).parents[3] / "docs" / "review.md"
    assert (PLANS / "widen-iam.md").read_text() in document.read_text()
