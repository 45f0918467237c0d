"""Running Terraform: its output, its errors and its absence. A script takes its place."""

import json
import os
from pathlib import Path

import pytest

from sandbox.engines.terraform.program import Terraform, find
from sandbox.errors import TerraformError
from tests.processes import is_alive
from tests.waiting import eventually

ERROR = {
    "severity": "error",
    "summary": "Cannot create",
    "detail": "It is\n  taken.\n\nDo without.",
    "address": "aws_vpc.a",
}


def event(**members: object) -> str:
    """Return a line of Terraform's output."""
    return json.dumps({"@message": "text", **members})


def terraform_that_prints(directory: Path, *lines: str, code: int = 0, name: str = "terraform") -> Terraform:
    """Return a program that prints these lines for every command and ends with `code`; `show` succeeds."""
    program = directory / name
    output = directory / "output"
    output.write_text("".join(f"{line}\n" for line in lines))
    # The shell prints the lines itself: there may be no `cat` on the PATH.
    print_lines = f"while IFS= read -r line; do printf '%s\\n' \"$line\"; done < '{output}'"
    program.write_text(f"#!/bin/sh\n{print_lines}\n[ $1 = show ] || exit {code}\n")
    program.chmod(0o755)
    return Terraform(program, directory, directory / "terraform.log", os.environ)


@pytest.mark.parametrize(
    ("installed", "expected"), [({"tofu"}, "tofu"), ({"terraform", "tofu"}, "terraform")]
)
def test_terraform_takes_precedence_over_tofu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: set[str], expected: str
) -> None:
    for name in installed:
        terraform_that_prints(tmp_path, json.dumps({"terraform_version": "1.11.0"}), name=name)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find() == tmp_path / expected


def test_error_without_terraform_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TerraformError) as caught:
        find()
    assert str(caught.value) == (
        "neither terraform nor tofu is on the PATH: install one, version 1.11 or newer, or omit ENGINE"
    )


@pytest.mark.parametrize("version", ["1.11.0", "1.12.6-dev", "2.0.0"])
def test_version_that_is_new_enough_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    warning = "Warning: there is no .terraformrc"
    program = terraform_that_prints(tmp_path, warning, json.dumps({"terraform_version": version})).program
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find() == program


@pytest.mark.parametrize(
    ("output", "reason"),
    [
        (
            '{"terraform_version": "1.9.8"}',
            r"/terraform is version 1\.9\.8: install one, version 1\.11 or newer",
        ),
        ("Terraform v0.11", r"/terraform version -json` does not print its version: substring not found"),
        ("{}", r"/terraform version -json` does not print its version: 'terraform_version'"),
    ],
)
def test_version_that_is_too_old_or_missing_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str, reason: str
) -> None:
    terraform_that_prints(tmp_path, output)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TerraformError, match=reason):
        find()


def test_executable_of_another_platform_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    terraform_that_prints(tmp_path).program.write_bytes(b"\x7fELF")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TerraformError, match=r"does not print its version: .*Exec format error"):
        find()


def test_error_is_one_line_with_the_address_and_the_log(tmp_path: Path) -> None:
    error = event(type="diagnostic", diagnostic=ERROR)
    terraform = terraform_that_prints(tmp_path, event(type="version"), error, error, code=1)
    with pytest.raises(TerraformError) as caught:
        terraform.apply(lambda *_: None)
    assert str(caught.value) == (
        "terraform apply failed: aws_vpc.a: Cannot create: It is taken (and 1 more)."
        f" The complete output is in {terraform.log}"
    )
    log = terraform.log.read_text()
    assert "terraform apply -auto-approve" in log
    assert log.count("text\naws_vpc.a\nIt is\n  taken.\n\nDo without.\n") == 2


def test_warning_is_no_error(tmp_path: Path) -> None:
    warning = event(type="diagnostic", diagnostic=ERROR | {"severity": "warning"})
    terraform = terraform_that_prints(tmp_path, warning)
    terraform.init()
    assert "It is\n  taken." in terraform.log.read_text()


@pytest.mark.parametrize("line", ["flag provided but not defined: -json", '"a text"', ""])
def test_line_that_is_no_event_is_the_error(tmp_path: Path, line: str) -> None:
    terraform = terraform_that_prints(tmp_path, line, code=1)
    with pytest.raises(TerraformError, match=f"init failed: {line or 'exit code 1'}. Providers come from"):
        terraform.init()


def test_error_of_show_is_reported(tmp_path: Path) -> None:
    terraform = terraform_that_prints(tmp_path)
    terraform.program.write_text("#!/bin/sh\necho 'no state' >&2\nexit 1\n")
    with pytest.raises(TerraformError, match="terraform show failed: no state"):
        terraform.state()
    assert "no state" in terraform.log.read_text()


def test_progress_counts_created_resources(tmp_path: Path) -> None:
    def hook(event_type: str, address: str, action: str = "create") -> str:
        return event(type=event_type, hook={"resource": {"addr": address}, "action": action})

    steps: list[tuple[int, int, str]] = []
    terraform_that_prints(
        tmp_path,
        hook("apply_start", "data.aws_region.here", "read"),
        hook("apply_complete", "data.aws_region.here", "read"),
        event(type="change_summary", changes={"operation": "plan", "add": 2, "change": 0}),
        hook("apply_start", "aws_vpc.a"),
        hook("apply_complete", "aws_vpc.a"),
        hook("apply_progress", "aws_vpc.b"),
        event(type="change_summary", changes={"operation": "apply", "add": 9, "change": 0}),
    ).apply(lambda *step: steps.append(step))
    assert steps == [(0, 0, "data.aws_region.here"), (0, 2, "aws_vpc.a"), (1, 2, "aws_vpc.b")]


def test_second_plan_names_what_it_would_change(tmp_path: Path) -> None:
    terraform = terraform_that_prints(
        tmp_path,
        event(type="resource_drift", change={"resource": {"addr": "aws_vpc.drift"}}),
        event(type="planned_change", change={"resource": {"addr": "aws_vpc.a"}}),
        event(type="outputs", outputs={"a": {"action": "noop"}, "b": {"action": "update"}, "c": {}}),
        code=2,
    )
    assert terraform.differences() == ["aws_vpc.a", "output.b"]
    assert "planned_change" in terraform.log.read_text()  # the output of `show`: here the same lines


def test_exit_code_decides_whether_a_plan_is_empty(tmp_path: Path) -> None:
    assert terraform_that_prints(tmp_path, code=2).differences() == ["something without an address"]
    assert terraform_that_prints(tmp_path).differences() == []


def test_exit_code_2_is_an_error_of_other_commands(tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match="apply failed: exit code 2"):
        terraform_that_prints(tmp_path, code=2).apply(lambda *_: None)


def test_interrupt_ends_terraform_and_its_child_processes(tmp_path: Path) -> None:
    terraform = terraform_that_prints(tmp_path)
    terraform.program.write_text(
        "#!/bin/sh\nsleep 60 &\necho $! > child\n"
        'echo \'{"type": "apply_start", "hook": {"resource": {"addr": "a"}}}\'\nwait\n'
    )

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        terraform.apply(interrupt)
    child = int((tmp_path / "child").read_text())
    eventually(lambda: not is_alive(child))
