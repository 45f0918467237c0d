"""A copy of the sources, moved to the fork by the very commands that ``docs/fork.md`` gives."""

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
"""What the commands change and a synth reads."""


class ForkError(Exception):
    """The sources could not be moved, or not be synthesized."""


def commands() -> str:
    """The shell commands between the mark and the end of its block.

    Raises:
        ForkError: the document has no such block.
    """
    match = re.search(r"<!-- move -->\n```sh\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    if match is None:
        raise ForkError(f"{DOCUMENT} has no block of commands after <!-- move -->")
    return match[1]


def move(copy: Path) -> None:
    """Copy the sources to a directory that is not there yet, and move the copy.

    It shares ``.build`` with the original, so that the layer's wheels are not downloaded again.

    Raises:
        ForkError: a command failed.
    """
    copy.mkdir(parents=True)
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, copy)
    (copy / ".build").symlink_to(ROOT / ".build")
    done = subprocess.run(
        ["/bin/sh", "-e", "-c", commands()], cwd=copy, capture_output=True, text=True, check=False
    )
    if done.returncode or done.stderr:
        raise ForkError(
            f"the commands of {DOCUMENT.name} ended with {done.returncode}: {done.stderr.strip()}"
        )
