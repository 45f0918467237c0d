"""Zip archives of the functions' code with identical bytes on every machine (requirement P9).

Entries are stored uncompressed and sorted, with a fixed time and mode: DEFLATE output differs between
versions of zlib, and times and modes differ between checkouts. No packaging tool guarantees this.
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

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip archive can represent
_MODE = 0o644 << 16
_PLATFORMS = {
    "arm64": ("manylinux2014_aarch64", "manylinux_2_28_aarch64"),
    "x86_64": ("manylinux2014_x86_64", "manylinux_2_28_x86_64"),
}


class PackagingError(Exception):
    """The code or the layer cannot be packaged."""


@dataclass(frozen=True)
class Archive:
    """A zip archive on disk.

    Attributes:
        path: Path of the archive.
        sha256: Base64 of its SHA-256, as in Lambda's `CodeSha256` and Terraform's `source_code_hash`.
    """

    path: Path
    sha256: str


def handlers_zip(workload: str, directory: Path | None = None) -> Archive:
    """Package `handlers/common` and `handlers/<workload>` as the package `handlers`.

    Args:
        workload: Name of the workload.
        directory: Directory for the archive; `.build` by default.

    Raises:
        PackagingError: The workload has no handlers.
    """
    source = ROOT / "handlers"
    if not (source / workload).is_dir():
        raise PackagingError(
            f"The workload {workload!r} has no handlers: handlers/{workload} is not a directory"
        )
    paths = (*(source / "common").rglob("*.py"), *(source / workload).rglob("*.py"))
    # Emacs marks a file that is being edited with a dangling symbolic link, `.#get.py`.
    files = [source / "__init__.py", *(path for path in paths if path.is_file())]
    return _write(
        (directory or BUILD) / f"{workload}.zip",
        {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files},
    )


def layer_zip(*, python_version: str, architecture: str) -> Archive:
    """Package the wheels of `[layer]` in `Pipfile.lock` as a Lambda layer; pip verifies their hashes.

    The first call downloads the wheels with pip, from the index that pip is configured with, and reports it
    on stderr. Later calls with the same lock file reuse the archive.

    Args:
        python_version: Version of the functions' runtime, as `3.14`.
        architecture: `arm64` or `x86_64`.

    Raises:
        PackagingError: pip cannot download a wheel for that platform.
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
    partial = path.with_suffix(f".{os.getpid()}")  # another process may write the same archive
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(entries):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.external_attr = _MODE
            info.create_system = 3  # Unix, on every machine
            archive.writestr(info, entries[name])
    partial.replace(path)
    return _archive(path)


def _archive(path: Path) -> Archive:
    return Archive(path, base64.b64encode(hashlib.sha256(path.read_bytes()).digest()).decode())
