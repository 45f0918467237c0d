"""What `pdf` has a process of its own do, which may be killed at any time."""

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

# It logs what is wrong with a file by quoting it.
logging.getLogger("pypdf").setLevel(logging.CRITICAL + 1)


def main(memory_bytes: int, seconds: int) -> None:
    """Print what is found in the PDF that is the standard input: lines of JSON, each as soon as it is known.

    Args:
        memory_bytes: What the process may have in all.
        seconds: Of processor time; then it is killed.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    # Killed by the harder of two bounds it leaves no core file.
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    with suppress(MemoryError):  # then there is no more to say
        for found in findings(sys.stdin.buffer):
            print(json.dumps(found), flush=True)


def findings(file: IO[bytes]) -> Iterator[dict[str, object]]:
    """Yield either the `pages` of a document and whether it is `encrypted`, or an `error`; then an `excerpt`.

    Raises:
        MemoryError: There is not enough.
    """
    try:
        reader = PdfReader(file)
        encrypted = reader.is_encrypted
        hidden = encrypted and not reader.decrypt("")
        pages = None if hidden else len(reader.pages)
    except DependencyError:
        yield {"pages": None, "encrypted": True}
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001 - there is none that pypdf does not raise, over a broken file
        yield {"error": "The PDF is broken."}
    else:
        if pages == 0:
            yield {"error": "The PDF has no pages."}
            return
        yield {"pages": pages, "encrypted": encrypted}
        if not encrypted:
            yield {"excerpt": _excerpt(reader)}


def _excerpt(reader: PdfReader) -> str:
    """Return how the text begins, as far as it can be had."""
    text = ""
    with suppress(Exception):  # as above, and a lack of memory; an excerpt is not worth failing for
        for page in islice(reader.pages, EXCERPT_PAGES):
            text = f"{text}\n{page.extract_text()}".strip()
            if len(text) >= EXCERPT_CHARACTERS:
                break
    # Fonts may say of a glyph that it is half of a surrogate pair.
    return text[:EXCERPT_CHARACTERS].encode("utf-8", "replace").decode()
