"""Plain text."""

import codecs
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from typing import BinaryIO

from handlers.files.formats.encodings import guess_encoding, is_text
from handlers.files.read_result import EXCERPT_CHARACTERS, ContentError, ReadResult

CHUNK = 256 * 1024
SAMPLE = 16 * 1024  # bytes for guessing
BINARY = "The content is binary data, not text."
# The UTF-32 marks come first, because one of them begins with a UTF-16 mark.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
UNKNOWN = "latin-1"
"""Decodes any bytes: it counts text of an unknown encoding, in which a character is taken to be one byte."""


def read(stream: BinaryIO) -> ReadResult:
    """Return `encoding` (Python's name), `words`, `lines` and `characters`.

    Words are separated by white space. A last line without a line break counts as a line. Each line break
    (LF, CRLF or CR) counts as one character, a byte order mark as none. If the encoding cannot be determined,
    it is None, the bytes are counted as characters, and there is no excerpt.

    Raises:
        ContentError: It is binary data, or not of the encoding of its byte order mark.
    """
    first_bytes = stream.read(4)
    marked = next((name for bom, name in BYTE_ORDER_MARKS if first_bytes.startswith(bom)), None)
    try:
        return _count(stream, marked or "utf-8")
    except UnicodeDecodeError as error:
        if marked:
            raise ContentError(
                f"The text has the byte order mark of {marked.upper()}, but is not {marked.upper()}."
            ) from None
        sample = _sample(error)
    guessed = guess_encoding(sample)
    if guessed:
        try:
            return _count(stream, guessed)
        except UnicodeDecodeError:
            pass  # other bytes follow
    if not is_text(sample):
        raise ContentError(BINARY)
    counted = _count(stream, UNKNOWN)
    return ReadResult({**counted.properties, "encoding": None})


def _sample(error: UnicodeDecodeError) -> bytes:
    """Return the text around the first byte that is not UTF-8, without an incomplete last line."""
    sample = error.object[max(0, error.start - SAMPLE // 2) :][:SAMPLE]
    # It may end within a character.
    return sample if len(sample) < SAMPLE else sample.rpartition(b"\n")[0] or sample


def _count(stream: BinaryIO, encoding: str) -> ReadResult:
    words = lines = characters = 0
    excerpt, last = "", "\n"
    for text in _texts(stream, encoding):
        if "\0" in text:
            raise ContentError(BINARY)
        if len(excerpt) < EXCERPT_CHARACTERS:
            excerpt = (excerpt + text)[:EXCERPT_CHARACTERS]
        continued = not (last.isspace() or text[0].isspace())  # a word that began in the previous part
        words += len(text.split()) - continued
        lines += text.count("\n")
        characters += len(text)
        last = text[-1]
    lines += last != "\n"
    return ReadResult(
        {"encoding": encoding, "words": words, "lines": lines, "characters": characters}, excerpt
    )


def _texts(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the text of a file in non-empty parts, with LF for each line break."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    decoder = IncrementalNewlineDecoder(codecs.getincrementaldecoder(codec)(), translate=True)
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        if text := decoder.decode(chunk):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text
