"""The program as CDKTF, Terraform and people run it (P1, P3)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import bindings
from infra.settings import WORKLOADS

ROOT = Path(__file__).parents[2]
MAIN = str(ROOT / "main.py")
STOCK = f"import cdktf_cdktf_provider_aws, runpy; runpy.run_path({MAIN!r}, run_name='__main__')"


def _run(outdir: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=outdir,  # a directory without .env
        env={**environment, "PYTHONPATH": str(ROOT), "CDKTF_OUTDIR": str(outdir / "out"), **variables},
        capture_output=True,
        text=True,
        check=False,
    )


def _files(outdir: Path) -> dict[str, bytes]:
    files = [path for path in (outdir / "out").rglob("*") if path.is_file()]
    return {path.relative_to(outdir / "out").as_posix(): path.read_bytes() for path in files}


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    outdir = tmp_path_factory.mktemp("synthesized")
    run = _run(outdir, MAIN)
    assert (run.returncode, run.stdout) == (0, "")
    return _files(outdir)


def test_synth_is_identical_with_another_hash_seed(synthesized: dict[str, bytes], tmp_path: Path) -> None:
    assert _run(tmp_path, MAIN, PYTHONHASHSEED="7").returncode == 0
    assert _files(tmp_path) == synthesized


@pytest.mark.slow
def test_synth_is_identical_with_all_bindings_loaded(synthesized: dict[str, bytes], tmp_path: Path) -> None:
    """`infra.bindings` only changes when bindings are loaded."""
    run = _run(tmp_path, "-c", STOCK, JSII_NODE=str(bindings.NODE))
    assert run.returncode == 0, run.stderr
    assert _files(tmp_path) == synthesized


def test_the_output_contains_code_and_no_path_of_this_machine(synthesized: dict[str, bytes]) -> None:
    stack = synthesized["stacks/serverless/cdk.tf.json"]
    assert str(ROOT).encode() not in stack
    assert str(Path.home()).encode() not in stack
    assert sum(name.endswith(".zip") for name in synthesized) == 1 + len(WORKLOADS)


def test_invalid_settings_are_named_with_exit_code_2_and_no_traceback(tmp_path: Path) -> None:
    run = _run(tmp_path, MAIN, ENVIRONMENT="prd", ZONES="a")
    assert run.returncode == 2
    lines = run.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("ENVIRONMENT: 'prd' is not allowed: input should be 'dev'")
    assert lines[1].startswith("ZONES: 'a' is not allowed")


def test_a_name_that_aws_rejects_is_rejected_at_synth(tmp_path: Path) -> None:
    run = _run(tmp_path, MAIN, NAME_PATTERN="Upper-{name}")
    assert run.returncode == 2
    assert run.stderr.startswith("NAME_PATTERN: 'Upper-logs' is not a valid name for s3")
