"""What the Makefile does besides starting commands."""

import os
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_installation_makes_python_cache_its_bytecode_in_spite_of_the_environment(tmp_path: Path) -> None:
    venv.create(tmp_path / "venv")
    python = tmp_path / "venv/bin/python"
    rule = "cache-bytecode: ; @$(RUN) -c '$(CACHE_BYTECODE)'"
    make = ["make", "--file", str(ROOT / "Makefile"), f"RUN={python}", "--eval", rule, "cache-bytecode"]
    subprocess.run(make, cwd=tmp_path, check=True)
    (tmp_path / "module.py").touch()
    variables = {"PATH": os.environ["PATH"], "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([python, "-c", "import module"], cwd=tmp_path, env=variables, check=True)
    assert list(tmp_path.glob("__pycache__/module.*.pyc"))
