"""What is made of what Terraform says, and of a machine without it; a script speaks for it."""

import json
import os
from pathlib import Path

import pytest

from sandbox.engines.terraform.program import Terraform, find
from sandbox.errors import TerraformError
from tests.waiting import eventually

ERROR = {
    "severity": "error",
    "summary": "Cannot create",
    "detail": "It is\n  taken.\n\nDo without.",
    "address": "aws_vpc.a",
}


def said(**event: object) -> str:
    return json.dumps({"@message": "said", **event})


def speaking(directory: Path, *lines: str, code: int = 0, name: str = "terraform") -> Terraform:
    """A program that prints these lines, whatever it is asked; only what it shows never fails."""
    program = directory / name
    told = directory / "told"
    told.write_text("".join(f"{line}\n" for line in lines))
    spoken = f"while IFS= read -r line; do printf '%s\\n' \"$line\"; done < '{told}'"  # by the shell alone
    program.write_text(f"#!/bin/sh\n{spoken}\n[ $1 = show ] || exit {code}\n")
    program.chmod(0o755)
    return Terraform(program, directory, directory / "terraform.log", os.environ)


@pytest.mark.parametrize(("there", "found"), [({"tofu"}, "tofu"), ({"terraform", "tofu"}, "terraform")])
def test_finds_terraform_before_tofu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: set[str], found: str
) -> None:
    for name in there:
        speaking(tmp_path, json.dumps({"terraform_version": "1.11.0"}), name=name)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find() == tmp_path / found


def test_without_either_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TerraformError) as caught:
        find()
    assert str(caught.value) == (
        "neither terraform nor tofu is on the PATH: install one, version 1.11 or newer, or omit ENGINE"
    )


@pytest.mark.parametrize("version", ["1.11.0", "1.12.6-dev", "2.0.0"])
def test_takes_a_version_that_is_new_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    warning = "Warning: there is no .terraformrc"
    program = speaking(tmp_path, warning, json.dumps({"terraform_version": version})).program
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find() == program


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (
            '{"terraform_version": "1.9.8"}',
            r"/terraform is version 1\.9\.8: install one, version 1\.11 or newer",
        ),
        ("Terraform v0.11", r"/terraform version -json` does not say its version: substring not found"),
        ("{}", r"/terraform version -json` does not say its version: 'terraform_version'"),
    ],
)
def test_one_that_is_too_old_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str, reason: str
) -> None:
    speaking(tmp_path, said)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TerraformError, match=reason):
        find()


def test_one_for_another_machine_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    speaking(tmp_path).program.write_bytes(b"\x7fELF")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TerraformError, match=r"does not say its version: .*Exec format error"):
        find()


def test_an_error_is_one_line_with_its_address_and_the_log(tmp_path: Path) -> None:
    error = said(type="diagnostic", diagnostic=ERROR)
    terraform = speaking(tmp_path, said(type="version"), error, error, code=1)
    with pytest.raises(TerraformError) as caught:
        terraform.apply(lambda *_: None)
    assert str(caught.value) == (
        "terraform apply failed: aws_vpc.a: Cannot create: It is taken (and 1 more)."
        f" The whole output is in {terraform.log}"
    )
    log = terraform.log.read_text()
    assert "terraform apply -auto-approve" in log
    assert log.count("said\naws_vpc.a\nIt is\n  taken.\n\nDo without.\n") == 2


def test_a_warning_is_none(tmp_path: Path) -> None:
    warning = said(type="diagnostic", diagnostic=ERROR | {"severity": "warning"})
    terraform = speaking(tmp_path, warning)
    terraform.init()
    assert "It is\n  taken." in terraform.log.read_text()


@pytest.mark.parametrize("words", ["flag provided but not defined: -json", '"a text"', ""])
def test_what_is_no_event_is_told_as_it_is(tmp_path: Path, words: str) -> None:
    terraform = speaking(tmp_path, words, code=1)
    with pytest.raises(TerraformError, match=f"init failed: {words or 'exit code 1'}. Providers come from"):
        terraform.init()


def test_what_it_cannot_print_is_told(tmp_path: Path) -> None:
    terraform = speaking(tmp_path)
    terraform.program.write_text("#!/bin/sh\necho 'no state' >&2\nexit 1\n")
    with pytest.raises(TerraformError, match="terraform show failed: no state"):
        terraform.state()
    assert "no state" in terraform.log.read_text()


def test_progress_counts_what_is_made(tmp_path: Path) -> None:
    def hook(kind: str, address: str, action: str = "create") -> str:
        return said(type=kind, hook={"resource": {"addr": address}, "action": action})

    steps: list[tuple[int, int, str]] = []
    speaking(
        tmp_path,
        hook("apply_start", "data.aws_region.here", "read"),
        hook("apply_complete", "data.aws_region.here", "read"),
        said(type="change_summary", changes={"operation": "plan", "add": 2, "change": 0}),
        hook("apply_start", "aws_vpc.a"),
        hook("apply_complete", "aws_vpc.a"),
        hook("apply_progress", "aws_vpc.b"),
        said(type="change_summary", changes={"operation": "apply", "add": 9, "change": 0}),
    ).apply(lambda *step: steps.append(step))
    assert steps == [(0, 0, "data.aws_region.here"), (0, 2, "aws_vpc.a"), (1, 2, "aws_vpc.b")]


def test_a_second_plan_names_what_it_would_change(tmp_path: Path) -> None:
    terraform = speaking(
        tmp_path,
        said(type="resource_drift", change={"resource": {"addr": "aws_vpc.drift"}}),
        said(type="planned_change", change={"resource": {"addr": "aws_vpc.a"}}),
        said(type="outputs", outputs={"a": {"action": "noop"}, "b": {"action": "update"}, "c": {}}),
        code=2,
    )
    assert terraform.differences() == ["aws_vpc.a", "output.b"]
    assert "planned_change" in terraform.log.read_text()  # what it shows: here, the same once more


def test_a_plan_that_is_not_empty_is_so_whatever_it_says(tmp_path: Path) -> None:
    assert speaking(tmp_path, code=2).differences() == ["what has no address"]
    assert speaking(tmp_path).differences() == []


def test_only_a_plan_may_end_with_2(tmp_path: Path) -> None:
    with pytest.raises(TerraformError, match="apply failed: exit code 2"):
        speaking(tmp_path, code=2).apply(lambda *_: None)


def test_ends_with_what_started_it(tmp_path: Path) -> None:
    terraform = speaking(tmp_path)
    terraform.program.write_text(
        "#!/bin/sh\nsleep 60 &\necho $! > child\n"
        'echo \'{"type": "apply_start", "hook": {"resource": {"addr": "a"}}}\'\nwait\n'
    )

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        terraform.apply(interrupt)
    child = int((tmp_path / "child").read_text())
    status = Path(f"/proc/{child}/stat")
    eventually(lambda: not status.exists() or status.read_text().split()[2] == "Z")
