"""The stack by cdktf and by its fork, file by file."""

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from assurance.audit.documents import SETTINGS as AUDITED
from assurance.fork.move import ROOT, ForkError
from assurance.settings import settings_from
from infra.stack import synthesize

PYTHON = ROOT / ".build/fork/bin/python"
"""Of the virtual environment that ``make fork`` makes."""

SETTINGS: Mapping[str, Mapping[str, str]] = {
    **AUDITED,
    "no workload": {"WORKLOADS": "none"},
    "workloads let go": {"ENVIRONMENT": "production", "WORKLOADS": "records"},
    "three zones": {"ZONES": "a,b,c", "NAT_GATEWAYS": "per_zone"},
}
"""Those of the audit, of which ``everything`` has EXPRESS and all endpoints, and what they leave out."""

VERSION = re.compile(r"\d+\.\d+\.\d+ -> \d+\.\d+\.\d+")
EXPECTED = {
    "cdk.tf.json: //.metadata.version": VERSION,
    "cdk.tf.json: terraform.required_providers.aws.version": VERSION,
    "cdk.tf.json: terraform.required_providers.aws.source": re.compile("aws -> hashicorp/aws"),
    "manifest.json: version": VERSION,
}
"""Where the two may differ, and how."""

MISSING = object()
"""For a key that only one of two objects has; ``null`` is a value."""

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Difference:
    """A place at which the two are not the same.

    Attributes:
        place: the file's name, and the keys within it.
        ours: the value by cdktf.
        theirs: the value by the fork.
    """

    place: str
    ours: str
    theirs: str

    def __str__(self) -> str:
        return f"{self.place}: {self.ours} -> {self.theirs}"

    def expected(self) -> bool:
        """Whether it is one of ``EXPECTED``."""
        how = EXPECTED.get(self.place)
        return how is not None and how.fullmatch(f"{self.ours} -> {self.theirs}") is not None


def compare(setting: str, copy: Path) -> list[Difference]:
    """What differs in one of ``SETTINGS``.

    Raises:
        ForkError: the copy cannot be synthesized.
    """
    with TemporaryDirectory() as ours, TemporaryDirectory() as theirs:
        synthesize(settings_from(**SETTINGS[setting]), Path(ours))
        _synthesize_copy(copy, SETTINGS[setting], Path(theirs))
        return list(differences(_files(Path(ours)), _files(Path(theirs))))


def differences(ours: Files, theirs: Files) -> Iterator[Difference]:
    """What differs between two sets of files; JSON is compared value by value."""
    for path in sorted(ours.keys() | theirs.keys()):
        one, other = ours.get(path), theirs.get(path)
        name = Path(path).name
        if one == other:
            continue
        if one is None or other is None:
            yield Difference(path, _there(one), _there(other))
        elif path.endswith(".json"):
            yield from _within(f"{name}: ", json.loads(one), json.loads(other))
        else:
            yield Difference(path, f"{len(one)} bytes", f"{len(other)} other bytes")


def faults(found: list[Difference]) -> list[str]:
    """A line for each difference that should not be, and for each that should be and is not.

    Versions that are the same would mean that no fork was at work.
    """
    there = {difference.place for difference in found}
    return [
        *(str(difference) for difference in found if not difference.expected()),
        *(f"{place}: the same, so this is not the fork" for place in EXPECTED if place not in there),
    ]


def _within(place: str, one: Any, other: Any) -> Iterator[Difference]:  # noqa: ANN401 - any JSON
    # A library for this (deepdiff) would be one more package to lock, for these lines.
    if isinstance(one, dict) and isinstance(other, dict):
        for key in sorted(one.keys() | other.keys()):
            dot = "" if place.endswith(" ") else "."
            yield from _within(f"{place}{dot}{key}", one.get(key, MISSING), other.get(key, MISSING))
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (left, right) in enumerate(zip(one, other, strict=True)):
            yield from _within(f"{place}[{index}]", left, right)
    elif (type(one), one) != (type(other), other):  # to Python, true is 1
        yield Difference(place, _shown(one), _shown(other))


def _shown(value: Any) -> str:  # noqa: ANN401 - any JSON
    if value is MISSING:
        return "missing"
    return value if isinstance(value, str) else json.dumps(value)


def _there(content: bytes | None) -> str:
    return "missing" if content is None else "there"


def _files(outdir: Path) -> Files:
    files = (path for path in outdir.rglob("*") if path.is_file())
    return {path.relative_to(outdir).as_posix(): path.read_bytes() for path in files}


def _synthesize_copy(copy: Path, variables: Mapping[str, str], outdir: Path) -> None:
    done = subprocess.run(
        [PYTHON, copy / "main.py"],
        cwd=outdir,  # where no .env is
        env={"PATH": os.environ["PATH"], "HOME": str(Path.home()), "CDKTF_OUTDIR": str(outdir), **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last = (done.stderr.strip() or "nothing said").splitlines()[-1]
        raise ForkError(f"main.py ended with {done.returncode} on the fork: {last}")
