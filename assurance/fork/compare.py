"""Compares the stack that cdktf synthesizes with that of its fork, file by file."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assurance.audit.inputs import SETTINGS as AUDITED
from assurance.fork.move import ROOT, ForkError
from assurance.settings import settings_from
from infra.stack import synthesize

PYTHON = ROOT / ".build/fork/bin/python"
"""The interpreter of the virtual environment that `make fork` creates."""

SETTINGS: Mapping[str, Mapping[str, str]] = {
    **AUDITED,
    "no workload": {"WORKLOADS": "none"},
    "disabled workloads": {"ENVIRONMENT": "production", "WORKLOADS": "records"},
    "three zones": {"ZONES": "a,b,c", "NAT_GATEWAYS": "per_zone"},
}
"""The settings of the audit, and further ones that synthesize other resources."""

VERSION = re.compile(r"\d+\.\d+\.\d+ -> \d+\.\d+\.\d+")
EXPECTED = {
    "cdk.tf.json: //.metadata.version": VERSION,
    "cdk.tf.json: terraform.required_providers.aws.version": VERSION,
    "cdk.tf.json: terraform.required_providers.aws.source": re.compile("aws -> hashicorp/aws"),
    "manifest.json: version": VERSION,
}
"""Expected differences: place, and pattern of both values."""

MISSING = object()
"""The value of a key that only one of two objects has; `null` is a value."""

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Difference:
    """A difference between the two stacks.

    Attributes:
        place: Name of the file, and the path of keys within it.
        original: Value that cdktf synthesizes.
        fork: Value that the fork synthesizes.
    """

    place: str
    original: str
    fork: str

    def __str__(self) -> str:
        return f"{self.place}: {self.original} -> {self.fork}"

    def is_expected(self) -> bool:
        """Return whether the difference is one of `EXPECTED`."""
        pattern = EXPECTED.get(self.place)
        return pattern is not None and pattern.fullmatch(f"{self.original} -> {self.fork}") is not None


def compare(setting: str, copy: Path) -> list[Difference]:
    """Return the differences of the stack in one of `SETTINGS`.

    Args:
        setting: Name of the setting.
        copy: Directory of the sources that are moved to the fork.

    Raises:
        ForkError: The copy cannot be synthesized.
    """
    with TemporaryDirectory() as original, TemporaryDirectory() as fork:
        synthesize(settings_from(**SETTINGS[setting]), Path(original))
        _synthesize_copy(copy, SETTINGS[setting], Path(fork))
        return list(differences(_read_files(Path(original)), _read_files(Path(fork))))


def differences(original: Files, fork: Files) -> Iterator[Difference]:
    """Yield the differences between two sets of files; JSON is compared value by value."""
    for path in sorted(original.keys() | fork.keys()):
        content, fork_content = original.get(path), fork.get(path)
        if content == fork_content:
            continue
        if content is None or fork_content is None:
            yield Difference(path, _existence(content), _existence(fork_content))
        elif path.endswith(".json"):
            place = f"{Path(path).name}: "
            yield from _json_differences(place, json.loads(content), json.loads(fork_content))
        else:
            yield Difference(path, f"{len(content)} bytes", f"{len(fork_content)} other bytes")


def faults(all_differences: list[Difference]) -> list[str]:
    """Return a line for each unexpected difference, and for each expected one that is absent.

    Equal versions would mean that the fork was not used.
    """
    places = {difference.place for difference in all_differences}
    return [
        *(str(difference) for difference in all_differences if not difference.is_expected()),
        *(f"{place}: equal, so the fork was not used" for place in EXPECTED if place not in places),
    ]


def _json_differences(place: str, original: Any, fork: Any) -> Iterator[Difference]:  # noqa: ANN401 - any JSON
    # A library for this (deepdiff) would be one more package to lock, for these lines.
    if isinstance(original, dict) and isinstance(fork, dict):
        for key in sorted(original.keys() | fork.keys()):
            dot = "" if place.endswith(" ") else "."
            yield from _json_differences(
                f"{place}{dot}{key}", original.get(key, MISSING), fork.get(key, MISSING)
            )
    elif isinstance(original, list) and isinstance(fork, list) and len(original) == len(fork):
        for index, (element, fork_element) in enumerate(zip(original, fork, strict=True)):
            yield from _json_differences(f"{place}[{index}]", element, fork_element)
    elif (type(original), original) != (type(fork), fork):  # in Python, True equals 1
        yield Difference(place, _display(original), _display(fork))


def _display(value: Any) -> str:  # noqa: ANN401 - any JSON
    if value is MISSING:
        return "missing"
    return value if isinstance(value, str) else json.dumps(value)


def _existence(content: bytes | None) -> str:
    return "missing" if content is None else "exists"


def _read_files(directory: Path) -> Files:
    files = (path for path in directory.rglob("*") if path.is_file())
    return {path.relative_to(directory).as_posix(): path.read_bytes() for path in files}


def _synthesize_copy(copy: Path, variables: Mapping[str, str], outdir: Path) -> None:
    process = subprocess.run(
        [PYTHON, copy / "main.py"],
        cwd=outdir,  # a directory without .env
        env={"PATH": os.environ["PATH"], "HOME": str(Path.home()), "CDKTF_OUTDIR": str(outdir), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        last_line = (process.stderr.strip() or "no output").splitlines()[-1]
        raise ForkError(f"main.py ended with {process.returncode} on the fork: {last_line}")
