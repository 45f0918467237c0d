"""Solve every Pipfile of the project, and pipenv itself, and write the locks without a package index.

A lock that names no index installs from whatever index or mirror pip is configured with. pipenv always writes
one, so this script removes it. pip installs pipenv, so pipenv's own lock is a file of requirements. `make
lock` runs this script with a plain Python before anything is installed, so it imports the standard library
only.
"""

import json
import os
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PIPENV = ROOT / ".build" / "pipenv" / "bin" / "pipenv"
PIPENV_LOCK = ROOT / "scripts" / "pipenv.txt"


class LockError(Exception):
    """A Pipfile, or pipenv, could not be solved; the message names it."""


@dataclass(frozen=True)
class Project:
    """A Pipfile and the virtual environment that its packages are installed into.

    Attributes:
        directory: Where `Pipfile` and `Pipfile.lock` are, relative to the root of the repository.
        environment: The virtual environment, relative to the root. pipenv would create one elsewhere if it
            were missing.
        arguments: Further arguments of `pipenv lock`.
    """

    directory: str
    environment: str
    arguments: Sequence[str] = ()

    @property
    def pipfile(self) -> Path:
        """The path of the Pipfile."""
        return ROOT / self.directory / "Pipfile"

    @property
    def lock(self) -> Path:
        """The path of the lock file."""
        return ROOT / self.directory / "Pipfile.lock"


PROJECTS = (
    Project(".", ".venv", ("--categories", "packages dev-packages layer")),
    Project("assurance/audit", ".build/audit"),
    Project("assurance/fork", ".build/fork"),
    Project("assurance/vulnerabilities", ".build/vulnerabilities"),
    Project("assurance/bench/cdk", ".build/cdk"),
)


def main() -> int:
    """Lock every project and pipenv; return 1 and print one line if one cannot be locked."""
    try:
        for project in PROJECTS:
            print(f"Solving {project.pipfile.relative_to(ROOT)}", flush=True)
            solve(project)
            remove_index(project.lock)
        print("Solving pipenv", flush=True)
        PIPENV_LOCK.write_text(solve_pipenv())
    except LockError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def solve(project: Project) -> None:
    """Run `pipenv lock` for a project.

    Raises:
        LockError: pipenv is not installed, or found no solution. Its output has been printed.
    """
    if not PIPENV.exists():
        raise LockError(f"{PIPENV.relative_to(ROOT)} is missing: run make lock, which installs it first")
    environment = ROOT / project.environment
    if not (environment / "bin" / "python").exists():
        venv.create(environment, with_pip=True)
    variables = {
        **os.environ,
        "VIRTUAL_ENV": str(environment),
        "PIPENV_PIPFILE": str(project.pipfile),
        "PIPENV_VERBOSITY": "-1",
    }
    variables.pop("PIPENV_IGNORE_VIRTUALENVS", None)  # it would make pipenv ignore VIRTUAL_ENV
    status = subprocess.run(
        [PIPENV, "lock", *project.arguments], env=variables, cwd=ROOT, check=False
    ).returncode
    if status:
        name = project.pipfile.relative_to(ROOT)
        raise LockError(f"pipenv lock failed for {name} with exit code {status}: its output is above")


def solve_pipenv() -> str:
    """Return the newest pipenv and all that it requires as requirements, with the hashes of their wheels.

    Raises:
        LockError: pip found no solution. Its errors have been printed.
    """
    arguments = ["--quiet", "--dry-run", "--ignore-installed", "--only-binary=:all:", "--report=-", "pipenv"]
    command = [str(PIPENV.with_name("pip")), "install", *arguments]
    solved = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=False)
    if solved.returncode:
        raise LockError(f"pip found no solution for pipenv, with exit code {solved.returncode}")
    requirements = [
        f"{package['metadata']['name']}=={package['metadata']['version']}"
        f" --hash=sha256:{package['download_info']['archive_info']['hashes']['sha256']}\n"
        for package in json.loads(solved.stdout)["install"]
    ]
    return "# pipenv and all that it requires, written by `make lock`.\n" + "".join(sorted(requirements))


def remove_index(path: Path) -> None:
    """Remove the package index from a lock file, for the file as a whole and for each package.

    Raises:
        LockError: the file is missing or is not a lock file.
    """
    try:
        lock = json.loads(path.read_text())
        text = json.dumps(without_index(lock), indent=4, sort_keys=True) + "\n"
    except FileNotFoundError:
        raise LockError(f"{path} is missing: pipenv lock did not write it") from None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise LockError(f"{path} is not a lock file of pipenv: {error!r}") from error
    path.write_text(text)


def without_index(lock: Mapping[str, Any]) -> dict[str, Any]:
    """Return the content of a lock file without the sources and without the index of any package."""
    categories = {
        category: {
            name: {key: value for key, value in package.items() if key != "index"}
            for name, package in packages.items()
        }
        for category, packages in lock.items()
        if category != "_meta"
    }
    return {"_meta": {**lock["_meta"], "sources": []}, **categories}


if __name__ == "__main__":
    sys.exit(main())
