"""The reader of CSV (F1, F2)."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.files.formats import csv_dialect, csv_rows, data
from handlers.files.formats.columns import MAX_COLUMNS, MAX_NAMES_BYTES, type_of_text
from handlers.files.read_result import ContentError, ReadResult
from tests.unit.handlers.file_contents import Stream, parts, peak_of, read_result

HEADER = "The CSV has no header."
BINARY = "The content is binary data, not CSV."
ENCODING = "The CSV is not encoded in UTF-8."
LONG = "A row of the CSV has more than 1,048,576 characters."
OPEN = "The CSV is broken: unexpected end of data."
FIELD = "The CSV is broken: field larger than field limit (131072)."


def rows(content: str | bytes) -> ReadResult | str:
    encoded = content.encode() if isinstance(content, str) else content
    return read_result(data.read, "a.CSV", encoded)


def expected_result(
    content: str, n: int, columns: dict[str, str], *, ragged: int = 0, delimiter: str = ","
) -> ReadResult:
    described = [{"name": name, "type": type_name} for name, type_name in columns.items()]
    result = {"rows": n, "columns": described, "ragged_rows": ragged, "delimiter": delimiter}
    return ReadResult(result, content)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "n", "columns", "more"),
    [
        pytest.param("a,b\n1,x\n2,\n", 2, {"a": "integer", "b": "text"}, {}, id="plain"),
        pytest.param("a\r\n1\r\n", 1, {"a": "integer"}, {}, id="CRLF"),
        pytest.param("a,b\r1,2\r", 1, {"a": "integer", "b": "integer"}, {}, id="CR"),
        pytest.param("a", 0, {"a": "empty"}, {}, id="header alone"),
        pytest.param("a;b\n1,5;2\n", 1, {"a": "text", "b": "integer"}, {"delimiter": ";"}, id="semicolons"),
        pytest.param("a\tb\n1\t2", 1, {"a": "integer", "b": "integer"}, {"delimiter": "\t"}, id="tabs"),
        pytest.param("a|b\n", 0, {"a": "empty", "b": "empty"}, {"delimiter": "|"}, id="bars"),
        pytest.param(
            '"a;x";b,c;d\n', 0, dict.fromkeys(["a;x", "b,c", "d"], "empty"), {"delimiter": ";"}, id="both"
        ),
        pytest.param('"a\nb","c""d"\n"1\n2",3', 1, {"a\nb": "text", 'c"d': "integer"}, {}, id="quoted"),
        pytest.param(
            '"a,x\ny,\nz";b\n1;2\n',
            1,
            {"a,x\ny,\nz": "integer", "b": "integer"},
            {"delimiter": ";"},
            id="a header of lines",
        ),
        pytest.param(
            "sep=;\na,b,c;d\n1;2",
            1,
            {"a,b,c": "integer", "d": "integer"},
            {"delimiter": ";"},
            id="separator line",
        ),
        pytest.param(
            "SEP=\t\r\n\r\na,b\tc\r\n",
            0,
            {"a,b": "empty", "c": "empty"},
            {"delimiter": "\t"},
            id="separator line with a tab",
        ),
        pytest.param(
            "sep=^\na^b\n",
            0,
            {"a": "empty", "b": "empty"},
            {"delimiter": "^"},
            id="separator line with another delimiter",
        ),
        pytest.param("sep=,;\n", 0, {"sep=": "empty", ";": "empty"}, {}, id="invalid separator line"),
        pytest.param("\n  \na,b\n\n1,2\n\n", 1, {"a": "integer", "b": "integer"}, {}, id="blank lines"),
        pytest.param(
            ",b, \n1,2,3\n",
            1,
            {"column_1": "integer", "b": "integer", "column_3": "integer"},
            {},
            id="unnamed",
        ),
        pytest.param("a,b\n1\n1,2,x\n1,2\n", 3, {"a": "integer", "b": "integer"}, {"ragged": 2}, id="ragged"),
        pytest.param("a,b\n ,\t\n", 1, {"a": "empty", "b": "empty"}, {}, id="blank fields"),
        pytest.param('größe,"😀"\nö,é', 1, {"größe": "text", "😀": "text"}, {}, id="unicode"),
    ],
)
def test_rows_and_columns_are_described(
    content: str, n: int, columns: dict[str, str], more: dict[str, object]
) -> None:
    expected = expected_result(content.lstrip(), n, columns, **more)  # type: ignore[arg-type]
    for result in (rows(content), rows(content.encode("utf-8-sig"))):
        assert isinstance(result, ReadResult)
        assert ReadResult(result.properties, result.excerpt.lstrip()) == expected


@pytest.mark.parametrize(
    ("content", "delimiter", "columns", "ragged"),
    [
        pytest.param("name;Betrag, EUR\nMilch;1,19\n", ";", ["name", "Betrag, EUR"], 0, id="decimal comma"),
        pytest.param("a;b;c\n1.000,5;2,5;3,5\n", ";", ["a", "b", "c"], 0, id="only decimal commas"),
        pytest.param('t,"A; B; C?"\n1,A\n2,B\n', ",", ["t", "A; B; C?"], 0, id="quoted question"),
        pytest.param('"a";"b, c"\n"1";"x, y"\n', ";", ["a", "b, c"], 0, id="all quoted"),
        pytest.param("k: K,p (a|b|c|d)\nA: A,D: D\n", ",", ["k: K", "p (a|b|c|d)"], 0, id="labels"),
        pytest.param("id\tname, first\n1\tx\n", "\t", ["id", "name, first"], 0, id="commas in TSV"),
        pytest.param("a,b\nx &amp; y,&lt;1\n&#8364;,2\n", ",", ["a", "b"], 0, id="entities"),
        pytest.param("a;b\nx &amp; y;1\n", ";", ["a", "b"], 1, id="entities and semicolons"),
        pytest.param("a,b;c\nx,y;z\n", ",", ["a", "b;c"], 0, id="tie"),
        pytest.param("name\nMiller, Ann\nSmith, Bob\n", ";", ["name"], 0, id="one column of texts"),
        pytest.param("a,b,c\n1,2\n3,4\n", ",", ["a", "b", "c"], 2, id="every row is short"),
        pytest.param("a;b;c\n1;2\n3;4\n", ";", ["a", "b", "c"], 2, id="every row is short; semicolons"),
        pytest.param("a;b\n" + "1;2\n" * 99 + "1;2;3\n", ";", ["a", "b"], 1, id="one ragged row"),
        pytest.param("url|n\nhttp://x/?a=1,2|1\n", "|", ["url", "n"], 0, id="commas without spaces"),
    ],
)
def test_delimiter_is_the_one_that_fits_the_rows(
    content: str, delimiter: str, columns: list[str], ragged: int
) -> None:
    result = rows(content)
    assert isinstance(result, ReadResult)
    properties: Any = result.properties
    assert [column["name"] for column in properties["columns"]] == columns
    assert (properties["delimiter"], properties["ragged_rows"]) == (delimiter, ragged)


@given(
    st.lists(st.lists(st.text('ab1.,;|\t" &\n', max_size=8), min_size=3, max_size=3), min_size=1, max_size=6),
    st.sampled_from(csv_dialect.DELIMITERS),
)
def test_delimiter_of_a_table_whose_fields_are_all_quoted_is_detected(
    table: list[list[str]], delimiter: str
) -> None:
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *table])
    result = rows(written.getvalue())
    assert isinstance(result, ReadResult)
    assert (result.properties["delimiter"], result.properties["ragged_rows"]) == (delimiter, 0)


def test_open_quote_at_the_end_of_the_sample_is_no_error() -> None:
    header = "a;b, c\n"
    row = "1;" + '"' + "x,\n" * 10_000 + '"\n'
    result = rows(header + row * 3)
    assert isinstance(result, ReadResult)
    assert (result.properties["rows"], result.properties["delimiter"]) == (3, ";")


def test_columns_with_the_same_name_are_separate() -> None:
    result = rows("a,a\n1,x")
    assert isinstance(result, ReadResult)
    both = [{"name": "a", "type": "integer"}, {"name": "a", "type": "text"}]
    assert result.properties["columns"] == both


TYPES = {
    "integer": ["0", "-1", "+12", " 7 ", "9" * 50],
    "number": ["1.5", "-.5", "1.", "1e5", "-1.2E-3", "0.0"],
    "boolean": ["true", "False", "TRUE"],
    "date": [
        "2024-02-29",
        "2024-01-01T10:00",
        "2024-01-01 10:00:59.123456789",
        "2024-01-01T10:00:59Z",
        "2024-01-01T10:00:59.5+01:00",
        "2024-01-01t10:00:59-0130",
    ],
    "text": [
        "a",
        "007",
        "1,5",
        "1_0",
        "0x1",
        "1e",
        ".",
        "-",
        "NaN",
        "inf",
        "yes",
        "2023-02-29",
        "2024-1-1",
        "2024-01-01T25:00",
        "2024-01-01T",
        "1\n2",
        "\u0661",
        "--1",
        "1 2",
        "true false",
    ],
}


@pytest.mark.parametrize(
    ("type_name", "text"), [(type_name, text) for type_name, texts in TYPES.items() for text in texts]
)
def test_type_of_values(type_name: str, text: str) -> None:
    result = rows(f'a\n"{text}"\n')
    assert isinstance(result, ReadResult)
    assert result.properties["columns"] == [{"name": "a", "type": type_name}]


@pytest.mark.parametrize(
    ("values", "type_name"),
    [
        (["1", "2.5"], "number"),
        (["2.5", "", "1"], "number"),
        (["1", "x"], "text"),
        (["x", "1"], "text"),
        (["1", "true"], "text"),
        (["2024-01-01", "x"], "text"),
        (["2024-01-01", "1"], "text"),
        (["1", "1.5", "true"], "text"),
        (["", " "], "empty"),
        (["", "2024-01-01", "2024-01-01T00:00Z"], "date"),
    ],
    ids=str,
)
def test_types_of_columns(values: list[str], type_name: str) -> None:
    result = rows("a,b\n" + "".join(f"{value},\n" for value in values))
    assert isinstance(result, ReadResult)
    assert result.properties["columns"] == [{"name": "a", "type": type_name}, {"name": "b", "type": "empty"}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param("", HEADER, id="empty"),
        pytest.param("\ufeff", HEADER, id="a byte order mark"),
        pytest.param("\n \r\n", HEADER, id="blank"),
        pytest.param("sep=;\n\n", HEADER, id="a delimiter alone"),
        pytest.param("a,b\n1,\0\n", BINARY, id="NUL"),
        pytest.param("a\0", BINARY, id="NUL in the header"),
        pytest.param(b"a\n\xff", ENCODING, id="no UTF-8"),
        pytest.param(b"a\n\xc3", ENCODING, id="half a character"),
        pytest.param("a,b\n1,2\n".encode("utf-16"), ENCODING, id="UTF-16"),
        pytest.param('a\n"b', OPEN, id="open quote"),
        pytest.param('"a\n1\n2\n', OPEN, id="open quote in the header"),
        pytest.param('a\n"b"c\n', "The CSV is broken: ',' expected after '\"'.", id="text after a quote"),
        pytest.param("a\n" + "x" * 131_073, FIELD, id="long field"),
        pytest.param("x" * 131_073, FIELD, id="long field in the header"),
        pytest.param('a\n"' + "x\n" * 70_000, FIELD, id="open quote in a long file"),
        pytest.param("a\n" + "x," * 524_288 + "y", LONG, id="long row"),
        pytest.param("," * 1_048_577, LONG, id="long header"),
        pytest.param("a\n" + '"\n",' * 262_145, LONG, id="long row of many lines"),
        pytest.param("," * MAX_COLUMNS, "There are more than 1,000 columns.", id="columns"),
        pytest.param(
            ",".join("x" * 1000 for _ in range(MAX_NAMES_BYTES // 1000 + 1)),
            "The names of the columns have more than 200,000 bytes in all.",
            id="long names",
        ),
    ],
)
def test_invalid_content_is_rejected_with_a_reason(content: str | bytes, message: str) -> None:
    assert rows(content) == message


def test_content_at_the_limits_is_accepted() -> None:
    result = rows(
        ",".join(["x" * (MAX_NAMES_BYTES // MAX_COLUMNS)] * MAX_COLUMNS) + "\n" + '"' + "y" * 131_072 + '"\n'
    )
    assert isinstance(result, ReadResult)
    assert (result.properties["rows"], result.properties["ragged_rows"]) == (1, 1)
    result = rows("a,b\n" + ("," * (csv_rows.MAX_ROW_CHARACTERS - 1) + "\n") * 3)
    assert isinstance(result, ReadResult)
    assert (result.properties["rows"], result.properties["ragged_rows"]) == (3, 3)


@pytest.mark.no_cover  # which takes most of the time
def test_blank_lines_before_the_header_do_not_count_towards_its_length() -> None:
    for blank in ("\n" * 1_000_000, "sep=,\n" + "\n" * 1_000_000):
        result = rows(blank + '"' + "x" * 100_000 + '\n",b\n' + "," * 700_000)
        assert isinstance(result, ReadResult)
        assert (result.properties["rows"], result.properties["ragged_rows"]) == (1, 1)
    assert rows("\n" * 1_000_000 + "," * 1_048_577) == LONG


fields = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@given(
    st.integers(2, 5).flatmap(
        lambda width: st.lists(st.lists(fields, min_size=width, max_size=width), min_size=1, max_size=8)
    ),
    st.sampled_from(csv_dialect.DELIMITERS),
    st.integers(1, 50),
)
def test_output_of_the_csv_module_is_read(table: list[list[str]], delimiter: str, step: int) -> None:
    header = [f"column {number}" for number in range(len(table[0]))]
    written = io.StringIO()
    csv.writer(written, delimiter=delimiter).writerows([header, *table])
    result = read_result(data.read, "a.csv", written.getvalue().encode(), step)
    assert isinstance(result, ReadResult)
    assert result.properties["rows"] == len(table)
    assert result.properties["ragged_rows"] == 0
    assert result.properties["delimiter"] == delimiter
    columns: Any = result.properties["columns"]
    for name, values, column in zip(header, zip(*table, strict=True), columns, strict=True):
        type_names = {type_of_text(value.strip()) for value in values if value.strip()}
        assert column["name"] == name
        if len(type_names) == 1:
            assert column["type"] == type_names.pop()
        elif "text" in type_names:
            assert column["type"] == "text"
        else:
            assert bool(type_names) == (column["type"] != "empty")


@given(st.one_of(st.binary(max_size=300), st.text('a,;\n\r" 1', max_size=80).map(str.encode)))
def test_any_bytes_are_read_or_rejected(content: bytes) -> None:
    rows(content)


@pytest.mark.slow
@pytest.mark.no_cover  # which takes most of the time
def test_large_table_is_read_in_little_memory() -> None:
    part = b"12345,a text of some words,2024-01-01,1.5\n" * 10_000
    times = 3_000_000 // len(part)

    def read() -> None:
        result = data.read(io.BufferedReader(Stream(parts(b"a,b,c,d\n", part, times))), "a.csv")
        assert result.properties["rows"] == times * 10_000

    assert peak_of(read) < 2_000_000


@pytest.mark.parametrize("endless", ["x", ",", "x\n", " ,x", '\n","'], ids=repr)
def test_endless_content_is_rejected(endless: str) -> None:
    """The quote at the beginning is never closed, so a row or a field becomes too long."""
    stream = io.BufferedReader(Stream(parts(b'a\n"', endless.encode() * 65536, 10**6)))

    def read() -> None:
        with pytest.raises(ContentError):
            data.read(stream, "a.csv")

    assert peak_of(read) < 40_000_000
