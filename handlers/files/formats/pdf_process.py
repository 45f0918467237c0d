"""The process that `pdf` starts to read a PDF. It may be killed at any time."""

import json
import logging
import resource
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import IO

from pypdf import PdfReader
from pypdf.errors import DependencyError

from handlers.files.read_result import EXCERPT_CHARACTERS

EXCERPT_PAGES = 10

# pypdf's log messages quote the file.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)


def main(memory_bytes: int, seconds: int) -> None:
    """Read a PDF from standard input, and print lines of JSON, each as soon as it is known.

    Args:
        memory_bytes: Limit of the process's memory.
        seconds: Limit of its CPU time, at which it is killed.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    # With equal soft and hard limits, the kernel sends SIGKILL, which leaves no core file.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    sys.addaudithook(_refuse_network)
    with suppress(MemoryError):  # the output ends here
        for finding in findings(sys.stdin.buffer):
            print(json.dumps(finding), flush=True)


def _refuse_network(event: str, _arguments: object) -> None:
    """Refuse to open a connection or to start a process: a PDF needs neither.

    Raises:
        PermissionError: The event is about one of them.
    """
    if event.startswith(("socket.", "subprocess.", "os.exec", "os.fork", "os.posix_spawn", "os.system")):
        raise PermissionError(event)


def findings(file: IO[bytes]) -> Iterator[dict[str, object]]:
    """Yield either an `error`, or `pages` and `encrypted` and, unless it is encrypted, an `excerpt`.

    Raises:
        MemoryError: The memory limit is reached.
    """
    try:
        reader = PdfReader(file)
        # pypdf caches each cross-reference stream as the object of its number, also where an incremental
        # update has given the number to another object: https://github.com/py-pdf/pypdf/issues/265
        reader.resolved_objects.clear()
        encrypted = reader.is_encrypted
        needs_password = encrypted and not reader.decrypt("")
        pages = None if needs_password else len(reader.pages)
    except DependencyError:
        yield {"pages": None, "encrypted": True}
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - pypdf raises any exception for broken files
        yield {"error": "The PDF is broken."}
    else:
        if pages == 0:
            yield {"error": "The PDF has no pages."}
            return
        yield {"pages": pages, "encrypted": encrypted}
        if not encrypted:
            yield {"excerpt": _excerpt(reader)}


def _excerpt(reader: PdfReader) -> str:
    """Return the beginning of the text, as far as it can be extracted."""
    text = ""
    with suppress(Exception):  # also MemoryError: a missing excerpt must not fail the file
        for page in islice(reader.pages, EXCERPT_PAGES):
            text = f"{text}\n{page.extract_text()}".strip()
            if len(text) >= EXCERPT_CHARACTERS:
                break
    # Fonts may map a glyph to half of a surrogate pair.
    return text[:EXCERPT_CHARACTERS].encode("utf-8", "replace").decode()
