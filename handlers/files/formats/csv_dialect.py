"""Detect the delimiter of a CSV from a sample of its rows.

Written here because Python's `csv.Sniffer` counts the characters of lines, not the fields of rows, and
CleverCSV has compiled parts (docs/decisions/0003-pure-python-layer.md). As in CleverCSV, a delimiter fits if
it splits the rows alike and leaves clean fields.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

DELIMITERS = ",;\t|"
SAMPLE_CHARACTERS = 64 * 1024

ENTITY = re.compile(r"&(?:[A-Za-z][A-Za-z0-9]*|#[0-9]+|#[xX][0-9A-Fa-f]+);")
NUMBER = re.compile(r"[+-]?[0-9][0-9.,' \u00a0\u202f]*%?")
SINGLE_COLUMN_SCORE = 0.001
# A delimiter that is not followed by a space is no punctuation of a text.
LEFT_DELIMITER = re.compile(r'[\t|"]|[,;](?!\s)|&[A-Za-z]+$')


def detect_delimiter(sample: str, *, complete: bool) -> str:
    """Return the delimiter that fits a sample best: a comma, semicolon, tab or bar.

    Args:
        sample: Whole lines from the beginning of the file; the first one is the header.
        complete: Whether the sample is the whole file. Otherwise it may end inside a quoted field.
    """
    # Of equal fits, `max` returns the first.
    return max(DELIMITERS, key=lambda delimiter: _fit(_split(sample, delimiter, complete=complete)))


@dataclass(frozen=True)
class _Split:
    """A sample as a delimiter splits it.

    Attributes:
        rows: For each row, whether each of its fields is clean.
        broken: Whether a quote is not closed or text follows a closing quote.
    """

    rows: list[list[bool]]
    broken: bool


def _fit(split: _Split) -> tuple[bool, float]:
    """Return whether the quotes are sound, and a score."""
    if not split.rows:
        return not split.broken, 0
    header, *rows = split.rows
    matching = sum(len(row) == len(header) for row in rows) / len(rows) if rows else 1
    if len(header) == 1:
        # A single column fits if no delimiter does, unless the header looks as if it had several.
        return not split.broken, matching * SINGLE_COLUMN_SCORE if header[0] else -1
    fields = [is_clean for row in split.rows for is_clean in row]
    return not split.broken, matching * (1 - 1 / len(header)) * sum(fields) / len(fields)


def _split(sample: str, delimiter: str, *, complete: bool) -> _Split:
    rows: list[list[bool]] = []
    row: list[bool] = []
    for field in _fields(sample, delimiter):
        if field is None:
            return _Split(rows, broken=complete)
        row.append(field["quoted"] is not None or _is_clean(field["plain"]))
        if field["end"] != delimiter:
            if len(row) > 1 or field["plain"] != "":  # not a blank line
                rows.append(row)
            row = []
    return _Split(rows, broken=False)


def _fields(sample: str, delimiter: str) -> Iterator["re.Match[str] | None"]:
    """Yield the fields (RFC 4180), and None where a quote is not closed or text follows a closing quote."""
    end = re.escape(delimiter)
    pattern = re.compile(
        rf'(?:"(?P<quoted>[^"]*(?:""[^"]*)*)"|(?P<plain>(?:[^"{end}\r\n][^{end}\r\n]*)?))'
        rf"(?P<end>{end}|\r\n|[\r\n])"
    )
    text = sample if sample.endswith(("\r", "\n")) else f"{sample}\n"
    position = 0
    while position < len(text):
        field = pattern.match(text, position)
        yield field
        if field is None:
            return
        position = field.end()


def _is_clean(field: str) -> bool:
    """Whether an unquoted field has no characters that look like another delimiter or a broken quote."""
    text = ENTITY.sub("", field.strip())
    return NUMBER.fullmatch(text) is not None or LEFT_DELIMITER.search(text) is None
