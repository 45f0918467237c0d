"""Zips of the functions' code that are the same bytes on every machine (requirement P9).

Entries are stored, sorted and carry one fixed time and mode: DEFLATE differs between zlibs, and file
times and modes between checkouts. No packaging tool promises this, hence the few lines here.
"""

import base64
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / ".build"

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
_MODE = 0o644 << 16
_PLATFORMS = {
    "arm64": ("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    "x86_64": ("manylinux2014_x86_64", "manylinux_2_28_x86_64"),
}


class PackagingError(Exception):
    """The code or the layer cannot be packed."""


@dataclass(frozen=True)
class Archive:
    """A zip on disk.

    Attributes:
        path: where it is.
        sha256: base64 of its SHA-256, as Lambda's ``CodeSha256`` and Terraform's ``source_code_hash``.
    """

    path: Path
    sha256: str


def handlers_zip(workload: str, directory: Path | None = None) -> Archive:
    """Pack ``handlers/common`` and ``handlers/<workload>`` as the package ``handlers``.

    Args:
        workload: whose handlers.
        directory: where the zip is written; ``.build`` by default.

    Raises:
        PackagingError: when the workload has no handlers.
    """
    source = ROOT / "handlers"
    if not (source / workload).is_dir():
        raise PackagingError(
            f"handlers/{workload} is no directory: the workload {workload!r} has no handlers"
        )
    names = (*(source / "common").rglob("*.py"), *(source / workload).rglob("*.py"))
    # Not every name is a file: Emacs marks what is being edited by a link that leads nowhere, `.#get.py`.
    files = [source / "__init__.py", *(name for name in names if name.is_file())]
    return _write(
        (directory or BUILD) / f"{workload}.zip",
        {str(f.relative_to(ROOT).as_posix()): f.read_bytes() for f in files},
    )


def layer_zip(*, python_version: str, architecture: str) -> Archive:
    """Pack the wheels of ``[layer]`` in ``Pipfile.lock`` as a Lambda layer, each checked by its hash.

    The first call downloads them (with pip, from whatever index it is set up with) and says so on stderr;
    later calls with the same lock take what is there.

    Args:
        python_version: of the functions' runtime, as ``3.14``.
        architecture: ``arm64`` or ``x86_64``.

    Raises:
        PackagingError: when pip cannot download a wheel of the lock for that platform.
    """
    lock = json.loads((ROOT / "Pipfile.lock").read_text())["layer"]
    requirements = "".join(f"{line}\n" for line in _requirements(lock))
    digest = hashlib.sha256(f"{requirements}{python_version}{architecture}".encode()).hexdigest()[:16]
    path = BUILD / f"layer-{digest}.zip"
    if path.exists():
        return _archive(path)
    print(
        "Downloading the wheels of the Lambda layer (once for each Pipfile.lock) ...",
        file=sys.stderr,
        flush=True,
    )
    with tempfile.TemporaryDirectory() as directory:
        wheels = _download(requirements, Path(directory), python_version, architecture)
        entries = {f"python/{name}": data for wheel in wheels for name, data in _entries(wheel)}
    return _write(path, entries)


def _requirements(lock: dict[str, dict[str, list[str]]]) -> Iterator[str]:
    for name, package in sorted(lock.items()):
        hashes = " ".join(f"--hash={digest}" for digest in package["hashes"])
        yield f"{name}{package['version']} {hashes}"


def _download(requirements: str, directory: Path, python_version: str, architecture: str) -> list[Path]:
    listing = directory / "requirements.txt"
    listing.write_text(requirements)
    platforms = [f"--platform={platform}" for platform in _PLATFORMS[architecture]]
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
    ]
    run = subprocess.run(
        [
            *pip,
            *platforms,
            f"--python-version={python_version}",
            f"--dest={directory}",
            f"--requirement={listing}",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        raise PackagingError(f"pip cannot download the layer's wheels: {run.stderr.strip().splitlines()[-1]}")
    return sorted(directory.glob("*.whl"))


def _entries(wheel: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if not info.is_dir():
                yield info.filename, archive.read(info)


def _write(path: Path, entries: dict[str, bytes]) -> Archive:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}")  # another process may write the same
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = _MODE
            info.create_system = 3  # Unix, whatever this machine is
            archive.writestr(info, entries[name])
    partial.replace(path)
    return _archive(path)


def _archive(path: Path) -> Archive:
    return Archive(path, base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode())
