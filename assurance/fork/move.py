"""Copies the sources and moves the copy to the fork, with the commands that `docs/fork.md` gives."""

import re
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "fork.md"
SOURCES = (
    *("infra", "handlers", "synthesized", "sandbox", "assurance", "tests"),
    *("main.py", "Pipfile", "Pipfile.lock", "pyproject.toml"),
)
"""The files that the commands change and a synth reads."""


class ForkError(Exception):
    """The sources cannot be moved or synthesized; the message says why."""


def commands() -> str:
    """Return the shell commands of the document.

    Raises:
        ForkError: The document does not contain the block of commands.
    """
    match = re.search(r"<!-- move -->\n```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    if match is None:
        raise ForkError(f"{DOCUMENT} has no block of commands after <!-- move -->")
    return match[1]


def move(copy: Path) -> None:
    """Copy the sources to a new directory and move the copy to the fork.

    The copy shares `.build` with the original, so that the layer's wheels are not downloaded again.

    Args:
        copy: A directory that does not exist.

    Raises:
        ForkError: A command fails.
    """
    copy.mkdir(parents=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    (copy / ".build").symlink_to(ROOT / ".build")
    process = subprocess.run(
        ["/bin/sh", "-e", "-c", commands()], cwd=copy, capture_output=True, text=True, check=False
    )
    if process.returncode or process.stderr:
        raise ForkError(
            f"the commands of {DOCUMENT.name} ended with {process.returncode}: {process.stderr.strip()}"
        )
