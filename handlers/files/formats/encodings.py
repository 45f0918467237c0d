"""Guess the encoding of text that is not Unicode.

charset-normalizer tells scripts apart, but among the encodings of Latin script it often cannot decide: their
letters differ in a few places only. There the alphabets of the languages decide.
"""

import re

from charset_normalizer import from_bytes

# Among all of Python's, charset-normalizer would sometimes choose one of mainframes or old home computers.
SINGLE_BYTE = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "koi8_r", "cp874")
MULTI_BYTE = ("cp932", "euc_jp", "gb18030", "big5", "cp949")
# In a shorter text, any few bytes are characters of the multi-byte encodings.
MIN_MULTI_BYTES = 24
# The letters beyond ASCII of languages in Latin script, by the encoding that Windows uses for them. Languages
# whose letters are among those of another one, such as Galician, are left out.
ALPHABETS = {
    "cp1252": (
        "áéíñóúü",  # Spanish
        "áâãàçéêíóôõúü",  # Portuguese
        "àâæçéèêëîïôœùûüÿ",  # French
        "àèéìíîòóù",  # Italian
        "àçèéíïòóúü",  # Catalan
        "äöüß",  # German
        "áéëèêïíîóöôúüû",  # Dutch
        "åäöéüà",  # Swedish, Finnish
        "æøåéóòôüäö",  # Danish, Norwegian
        "áéíóúýðþæö",  # Icelandic
        "äöõüšž",  # Estonian
        "çë",  # Albanian
    ),
    "cp1250": (
        "áčďéěíňóřšťúůýž",  # Czech
        "áäčďéíĺľňóôŕšťúýž",  # Slovak
        "ąćęłńóśźż",  # Polish
        "áéíóöőúüű",  # Hungarian
        "čćđšž",  # Croatian, Slovenian
        "ăâîşţ",  # Romanian
    ),
    "cp1254": ("çğıöşüâîû",),  # Turkish
}
LATIN = tuple(ALPHABETS)
NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


def guess_encoding(sample: bytes) -> str | None:
    """Return Python's name of the encoding of a text, or None if it cannot be told.

    Args:
        sample: Bytes that are not UTF-8, with as much of the text around them as may be useful.
    """
    other_bytes = len(re.sub(rb"[\x00-\x7f]", b"", sample))
    candidates = SINGLE_BYTE if other_bytes < MIN_MULTI_BYTES else SINGLE_BYTE + MULTI_BYTE
    best = from_bytes(sample, cp_isolation=list(candidates)).best()
    if best is None:
        return None
    is_latin = len(re.findall(rb"[A-Za-z]", sample)) > other_bytes
    if not best.coherence and not is_latin and other_bytes < MIN_MULTI_BYTES:
        return None  # a few letters of no known language could be in any script
    if best.encoding in LATIN or (is_latin and not best.coherence):
        return _guess_latin_encoding(sample)
    return best.encoding


def is_text(sample: bytes) -> bool:
    """Whether bytes of an unknown encoding are text: the only control characters are white space and ESC."""
    return NOT_TEXT.search(sample) is None


def _guess_latin_encoding(sample: bytes) -> str | None:
    """Return the encoding in which most letters beyond ASCII belong to one language; None if none decodes."""
    fits = {
        encoding: fit for encoding in LATIN if (fit := _fit_of_best_language(sample, encoding)) is not None
    }
    # Of equal fits, `max` returns the first, which is the most frequent encoding.
    return max(fits, key=fits.__getitem__, default=None)


def _fit_of_best_language(sample: bytes, encoding: str) -> float | None:
    """Return the largest share of the letters beyond ASCII that are letters of one language."""
    try:
        text = sample.decode(encoding).lower()
    except UnicodeDecodeError:
        return None
    # Symbols between letters that are no dash or quotation mark, as `³` for the Polish `ł`, are letters in
    # another encoding.
    letters = re.findall(r"[^\W\d_a-z]|(?<=\w)[^\w\s\x00-\x7f\u2010-\u2026](?=\w)", text)
    if not letters:
        return 1
    return max(sum(letter in alphabet for letter in letters) for alphabet in ALPHABETS[encoding]) / len(
        letters
    )
