"""The files of the project, without what is installed, generated or cached."""

import os
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
HIDDEN_DIRECTORIES = {".github", ".ci"}
"""The directories of the project whose name begins with a dot; tools keep theirs under such names."""
GENERATED_DIRECTORIES = {"__pycache__", "cdktf.out", "node_modules"}


def project_files(*patterns: str) -> Iterator[Path]:
    """Yield the files whose name matches one of `patterns`, such as `*.md`, in a stable order."""
    for name, directories, files in os.walk(ROOT):
        directories[:] = sorted(
            directory
            for directory in directories
            if directory not in GENERATED_DIRECTORIES
            and (not directory.startswith(".") or directory in HIDDEN_DIRECTORIES)
        )
        paths = (Path(name, file) for file in sorted(files))
        yield from (path for path in paths if any(path.match(pattern) for pattern in patterns))
