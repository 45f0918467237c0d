"""Plain text.

charset-normalizer guesses the encoding of text that is not Unicode, but only among encodings of the web.
Among all encodings of Python, it would sometimes choose one of mainframes or old home computers.
"""

import codecs
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from typing import BinaryIO

from charset_normalizer import from_bytes

from handlers.files.read_result import EXCERPT_CHARACTERS, ContentError, ReadResult

CHUNK = 256 * 1024
SAMPLE = 16 * 1024  # bytes for guessing
# The UTF-32 marks come first, because one of them begins with a UTF-16 mark.
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CANDIDATES = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
# Preferred if it is about as likely as the best guess, as for most text from western Europe.
PREFERRED = "cp1252"
TOLERANCE = 0.1  # difference in charset-normalizer's coherence (0 to 1) that counts as equally likely


def read(stream: BinaryIO) -> ReadResult:
    """Return `encoding` (Python's name), `words`, `lines` and `characters`.

    Words are separated by white space. A last line without a line break counts as a line. Each line break
    (LF, CRLF or CR) counts as one character, a byte order mark as none.

    Raises:
        ContentError: It is binary data, or its encoding cannot be determined.
    """
    first_bytes = stream.read(4)
    encoding = next((name for bom, name in BYTE_ORDER_MARKS if first_bytes.startswith(bom)), "utf-8")
    try:
        try:
            return _count(stream, encoding)
        except UnicodeDecodeError as error:
            if encoding != "utf-8":
                raise
            return _count(stream, _guess_encoding(error))
    except UnicodeDecodeError:
        raise ContentError("The encoding of the text cannot be determined.") from None


def _guess_encoding(error: UnicodeDecodeError) -> str:
    """Guess the encoding of text that is not UTF-8, from the text around the first byte that is not ASCII.

    Raises:
        UnicodeDecodeError: `error` itself, if no encoding fits.
    """
    start = max(error.object.rfind(b"\n", 0, error.start) + 1, error.start - SAMPLE // 2)
    sample = error.object[start : start + SAMPLE]
    # The sample may end within a character, so its last line is ignored.
    matches = from_bytes(sample.rpartition(b"\n")[0] or sample, cp_isolation=CANDIDATES)
    best = matches.best()
    if best is None:
        raise error
    likely = {
        name
        for match in matches
        if match.chaos <= best.chaos and match.coherence >= best.coherence - TOLERANCE
        for name in match.could_be_from_charset
    }
    return PREFERRED if PREFERRED in likely else best.encoding


def _count(stream: BinaryIO, encoding: str) -> ReadResult:
    words = lines = characters = 0
    excerpt, last = "", "\n"
    for text in _texts(stream, encoding):
        if "\0" in text:
            raise ContentError("The content is binary data, not text.")
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
