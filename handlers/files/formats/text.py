"""Plain text.

charset-normalizer guesses the encoding of what is not Unicode, but only among those that the web has: of all
that Python has it would now and then take one of mainframes or of old home computers.
"""

import codecs
from collections.abc import Iterator
from io import IncrementalNewlineDecoder
from typing import BinaryIO

from charset_normalizer import from_bytes

from handlers.files.read_result import EXCERPT_CHARACTERS, ContentError, ReadResult

CHUNK = 256 * 1024
SAMPLE = 16 * 1024  # bytes to guess by
# The longer ones first: that of UTF-32 begins with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
GUESSES = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "cp874"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
FREQUENT = (
    "cp1252"  # taken where it is about as likely as the best guess, as it is for most of western Europe
)
AS_LIKELY = 0.1  # so far apart, by charset-normalizer's measure, 0 to 1, of how well a text fits a language


def read(stream: BinaryIO) -> ReadResult:
    """Return `encoding` (as Python calls it), `words`, `lines` and `characters`.

    Words are what is between white space. A last line without a line break counts, and each line break is one
    character, whether LF, CRLF or CR. A byte order mark is none.

    Raises:
        ContentError: It is binary data, or in no encoding that can be told.
    """
    mark = stream.read(4)
    encoding = next((name for each, name in MARKS if mark.startswith(each)), "utf-8")
    try:
        try:
            return _counted(stream, encoding)
        except UnicodeDecodeError as error:
            if encoding != "utf-8":
                raise
            return _counted(stream, _guess(error))
    except UnicodeDecodeError:
        raise ContentError("The text is in no encoding that can be told.") from None


def _guess(error: UnicodeDecodeError) -> str:
    """Return an encoding for what is not UTF-8, by the text where that showed: before, it may be ASCII.

    Raises:
        UnicodeDecodeError: There is none: the same again.
    """
    start = max(error.object.rfind(b"\n", 0, error.start) + 1, error.start - SAMPLE // 2)
    sample = error.object[start : start + SAMPLE]
    # Its last line may end amid a character.
    matches = from_bytes(sample.rpartition(b"\n")[0] or sample, cp_isolation=GUESSES)
    best = matches.best()
    if best is None:
        raise error
    likely = {
        name
        for match in matches
        if match.chaos <= best.chaos and match.coherence >= best.coherence - AS_LIKELY
        for name in match.could_be_from_charset
    }
    return FREQUENT if FREQUENT in likely else best.encoding


def _counted(stream: BinaryIO, encoding: str) -> ReadResult:
    words = lines = characters = 0
    excerpt, last = "", "\n"
    for text in _texts(stream, encoding):
        if "\0" in text:
            raise ContentError("The content is binary data, not text.")
        if len(excerpt) < EXCERPT_CHARACTERS:
            excerpt = (excerpt + text)[:EXCERPT_CHARACTERS]
        split = not (last.isspace() or text[0].isspace())  # a word, between this text and the one before
        words += len(text.split()) - split
        lines += text.count("\n")
        characters += len(text)
        last = text[-1]
    lines += last != "\n"
    return ReadResult(
        {"encoding": encoding, "words": words, "lines": lines, "characters": characters}, excerpt
    )


def _texts(stream: BinaryIO, encoding: str) -> Iterator[str]:
    """Yield the text of a file, with LF for every line break, in parts that are not empty."""
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    decoder = IncrementalNewlineDecoder(codecs.getincrementaldecoder(codec)(), translate=True)
    stream.seek(0)
    while chunk := stream.read(CHUNK):
        if text := decoder.decode(chunk):
            yield text
    if text := decoder.decode(b"", final=True):
        yield text
