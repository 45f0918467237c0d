"""The reader of JSON (F1, F2)."""

import io
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.files.formats import data, json_rows
from handlers.files.formats.columns import MAX_COLUMNS
from handlers.files.read_result import ContentError, ReadResult
from tests.unit.handlers.file_contents import Stream, parts, peak_of, read_result
from tests.unit.handlers.strategies import anything

BROKEN = "The JSON is broken or truncated."
ENCODING = "The JSON is not encoded in UTF-8."
NUMBER = "The JSON has a number with too many digits or too large an exponent."
DEEP = "The JSON is more than 100 levels deep."
LONG = "The JSON has a value of more than 1,048,576 bytes."
DUPLICATE = "The JSON has a row with a duplicate name."
per_function = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def rows(content: str | bytes) -> ReadResult | str:
    encoded = content.encode() if isinstance(content, str) else content
    return read_result(data.read, "a.JSON", encoded)


def expected_result(
    content: str, type_name: str, n: int, columns: dict[str, str], ragged: int = 0
) -> ReadResult:
    described = [{"name": name, "type": column_type} for name, column_type in columns.items()]
    result = {"type": type_name, "rows": n, "columns": described, "ragged_rows": ragged}
    return ReadResult(result, content)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "type_name", "n", "columns", "ragged"),
    [
        pytest.param('[{"a": 1}, {"a": 2}]', "array", 2, {"a": "integer"}, 0, id="rows"),
        pytest.param(
            '{"a": {"b": [1, {"c": 2}]}, "d": []}', "object", 1, {"a": "object", "d": "array"}, 0, id="a row"
        ),
        pytest.param(
            '[{"a": 1}, {"b": "x"}, {"a": 2, "b": "y"}]',
            "array",
            3,
            {"a": "integer", "b": "text"},
            2,
            id="ragged",
        ),
        pytest.param('[{"a": null}, {"a": null}]', "array", 2, {"a": "empty"}, 0, id="nulls"),
        pytest.param(
            '[1, [{"x": 1}], {"a": [[1], {"y": 1}]}, "x", null]',
            "array",
            5,
            {"a": "array"},
            4,
            id="no objects",
        ),
        pytest.param('[{"a": {"a": {"a": 1, "a": 2}}}]', "array", 1, {"a": "object"}, 0, id="names within"),
        pytest.param("[]", "array", 0, {}, 0, id="no rows"),
        pytest.param("{}", "object", 1, {}, 0, id="an empty row"),
        pytest.param("[{}, {}]", "array", 2, {}, 0, id="empty rows"),
        pytest.param(' "x"\n', "text", 0, {}, 0, id="a text"),
        pytest.param('"2024-01-01"', "date", 0, {}, 0, id="a date"),
        pytest.param("1", "integer", 0, {}, 0, id="an integer"),
        pytest.param("-1.5e3", "number", 0, {}, 0, id="a number"),
        pytest.param("true", "boolean", 0, {}, 0, id="a boolean"),
        pytest.param("null", "empty", 0, {}, 0, id="null"),
        pytest.param(
            '{"größe": "😀", "": 1}', "object", 1, {"größe": "text", "": "integer"}, 0, id="unicode"
        ),
    ],
)
def test_rows_and_columns_are_described(
    content: str, type_name: str, n: int, columns: dict[str, str], ragged: int
) -> None:
    expected = expected_result(content, type_name, n, columns, ragged)
    assert rows(content) == rows(content.encode("utf-8-sig")) == expected


@pytest.mark.parametrize(
    ("values", "type_name"),
    [
        ([1, 1.5], "number"),
        ([1.0], "number"),
        ([123456789012345678901234567890], "integer"),
        ([True, 1], "mixed"),
        ([1, "1"], "mixed"),
        (["1"], "text"),
        (["2024-01-01", "2024-01-01T10:00:00Z"], "date"),
        (["2024-01-01", "x"], "text"),
        (["2024-01-01", 1], "mixed"),
        ([None, 1, None], "integer"),
        ([[], {}], "mixed"),
        ([""], "text"),
    ],
    ids=str,
)
def test_type_of_values(values: list[object], type_name: str) -> None:
    result = rows(json.dumps([{"a": value} for value in values]))
    assert isinstance(result, ReadResult)
    assert result.properties["columns"] == [{"name": "a", "type": type_name}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        *(
            pytest.param(content, BROKEN, id=repr(content))
            for content in [
                *(
                    "",
                    " ",
                    "NaN",
                    "[NaN]",
                    "-Infinity",
                    "nul",
                    "tru",
                    "[1",
                    '{"a": 1',
                    '"a',
                    "[1,]",
                    "{,}",
                    '{"a"}',
                ),
                *(
                    "[1]x",
                    "1 2",
                    "{}{}",
                    "[}",
                    "{1: 2}",
                    "'a'",
                    '"\x01"',
                    r'"\x"',
                    r'"\u12"',
                    "01",
                    "\0",
                    "[1]\0",
                ),
                *(
                    "// x",
                    "1e",
                    "-",
                    '{"a": 1}\n{"a": 2}\n',
                    "[1.2.3]",
                    "[--1]",
                    "[1e+]",
                    *("[+1]", "[-.5]", "[1.e3]", "[\u00a01]", "[1\u2028]"),
                    *(
                        "[1\f, 2]",
                        "\v1",
                        '[{"a": 1}]"open',
                        "[1] tru",
                        "[] -",
                        '"a" "',
                        r'["\ud800\x"]',
                        r'"\ud8',
                    ),
                    '"Exceeds the limit',
                    "\ufeff",
                    "\ufeff\ufeff1",
                ),
            ]
        ),
        pytest.param("9" * 5_000, NUMBER, id="more digits than Python takes"),
        pytest.param("[-" + "9" * 5_000, NUMBER, id="more digits, truncated"),
        pytest.param("1e99999999999999999999", NUMBER, id="a larger exponent than Python takes"),
        pytest.param('[{"a": -1.5E-9999999999999999999}]', NUMBER, id="a smaller one"),
        pytest.param(b'"\xff"', ENCODING, id="no UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', ENCODING, id="half of a surrogate pair"),
        pytest.param(b'"\xc3', ENCODING, id="half a character"),
        pytest.param("[1]".encode("utf-16"), ENCODING, id="UTF-16"),
        pytest.param('{"a": 1, "b": 2, "a": 3}', DUPLICATE, id="duplicate name"),
        pytest.param('[{"a": 1}, {"a": 1, "a": 1}]', DUPLICATE, id="duplicate name in a later row"),
        pytest.param("[" * 101 + "]" * 101, DEEP, id="deep"),
        pytest.param("[" * 100_000, DEEP, id="very deep, and not closed"),
        pytest.param('{"a":' * 101 + "1" + "}" * 101, DEEP, id="deep objects"),
        pytest.param('"' + "x" * 1_200_000 + '"', LONG, id="a long text"),
        pytest.param("[" + " " * 1_200_000 + "]", LONG, id="long blanks"),
        pytest.param(
            json.dumps([{str(n): 1} for n in range(MAX_COLUMNS + 1)]),
            "There are more than 1,000 columns.",
            id="columns",
        ),
        pytest.param(
            json.dumps({"x" * 100_000: 1, "y" * 100_001: 1}),
            "The names of the columns have more than 200,000 bytes in all.",
            id="long names",
        ),
    ],
)
def test_invalid_content_is_rejected_with_a_reason(content: str | bytes, message: str) -> None:
    assert rows(content) == message


def test_content_at_the_limits_is_accepted() -> None:
    assert rows("[" * 100 + "]" * 100) == expected_result("[" * 100 + "]" * 100, "array", 1, {}, 1)
    assert isinstance(rows('"' + "x" * 900_000 + '"'), ReadResult)
    result = rows(json.dumps([{str(n): n} for n in range(MAX_COLUMNS)]))
    assert isinstance(result, ReadResult)
    assert (result.properties["rows"], result.properties["ragged_rows"]) == (MAX_COLUMNS, MAX_COLUMNS)


@pytest.mark.parametrize("half", [r"\ud800", r"\uDFFF", r"\udc00\ud800", r"\ud800\\udc00", r"\ud83d\u0041"])
@pytest.mark.parametrize("step", [1, 3, 1000])
def test_half_of_a_surrogate_pair_is_a_value_but_no_name(
    half: str, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_rows, "CHUNK", max(step, 3))
    value = f'[{{"a": "{half}"}}]'.encode()
    result = read_result(data.read, "a.json", value, step)
    assert isinstance(result, ReadResult)
    assert result.properties["columns"] == [{"name": "a", "type": "text"}]
    name = f'[{{"a{half}": 1}}]'.encode()
    assert read_result(data.read, "a.json", name, step) == "The name of a column is not Unicode."


def test_escaped_backslash_is_no_escape_of_a_surrogate() -> None:
    content = r'{"\\ud800\ud83d\ude00": 1}'
    assert rows(content) == expected_result(content, "object", 1, {r"\ud800😀": "integer"})


TOKENS = st.sampled_from(
    [*"[]{},:", *'"\\ \n\r\t\f\v\x01', *"1-+.0e", "E5", "true", "null", "NaN", "Infinity", "tru", r"\u",
     r"\ud83d", r"\ude00", r"\n", r"\x", '"a"', '"b":', "ö", "\u00a0"]
)  # fmt: skip
LIMITS = (DUPLICATE, DEEP, NUMBER, "The name of a column is not Unicode.")


@per_function
@given(
    st.lists(TOKENS, max_size=12).map("".join)
    | st.tuples(anything.map(json.dumps), st.lists(TOKENS, max_size=3).map("".join)).map("".join)
)
def test_json_is_accepted_where_python_accepts_it(content: str) -> None:
    result = rows(content)
    try:
        json.loads(content, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        assert result in (BROKEN, *LIMITS)
    else:
        assert isinstance(result, ReadResult) or result in LIMITS


def types_of(value: object) -> str:
    type_names: dict[type, str] = {
        bool: "boolean",
        int: "integer",
        float: "number",
        list: "array",
        dict: "object",
    }
    return type_names.get(type(value), "empty" if value is None else "text")


simple = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
values = simple | st.text("aö😀\n", max_size=5) | st.lists(simple, max_size=2)
tables = st.lists(st.dictionaries(st.sampled_from("abcdé"), values, max_size=4), max_size=8)


@per_function
@given(tables, st.integers(1, 40), st.booleans())
def test_output_of_the_json_module_is_read(table: list[dict[str, Any]], step: int, ascii_only: bool) -> None:
    content = json.dumps(table, ensure_ascii=ascii_only, indent=step % 3 or None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_rows, "CHUNK", max(step, 3))
        result = read_result(data.read, "a.json", content.encode(), step)
    assert isinstance(result, ReadResult)
    names = list(dict.fromkeys(name for row in table for name in row))
    assert result.properties["rows"] == len(table)
    assert result.properties["ragged_rows"] == sum(set(row) != set(names) for row in table)
    for name, column in zip(names, result.properties["columns"], strict=True):  # type: ignore[arg-type]
        type_names = {types_of(row[name]) for row in table if name in row} - {"empty"}
        if type_names == {"integer", "number"}:
            type_names = {"number"}
        type_name = "mixed" if len(type_names) > 1 else (type_names or {"empty"}).pop()
        assert column == {"name": name, "type": type_name}


@per_function
@given(
    anything.map(json.dumps).map(str.encode)
    | st.binary(max_size=200)
    | st.text('[]{}",:1e-. \\utrfalsn').map(str.encode)
)
def test_any_bytes_are_read_or_rejected(content: bytes) -> None:
    rows(content)


@per_function
@given(tables.map(json.dumps), st.data())
def test_truncated_json_is_rejected(content: str, random: st.DataObject) -> None:
    assert rows(content[: random.draw(st.integers(0, len(content) - 1))]) == BROKEN


@pytest.mark.slow
@pytest.mark.no_cover  # which takes most of the time
def test_large_array_is_read_in_little_memory() -> None:
    part = b',{"id": 12345, "name": "a text of some words", "when": "2024-01-01", "x": [1.5]}' * 100
    times = 700_000 // len(part)

    def read() -> None:
        stream = io.BufferedReader(Stream(parts(b"[{}", part, times, b"]")))
        assert data.read(stream, "a.json").properties["rows"] == times * 100 + 1

    assert peak_of(read) < 500_000


@pytest.mark.parametrize("beginning", ['"', "[", '{"', "1", '["\\'])
@pytest.mark.parametrize("endless", ["x", " ", "[", "1", "\\\\", '{"a":'], ids=repr)
def test_endless_content_is_rejected(beginning: str, endless: str) -> None:
    stream = io.BufferedReader(Stream(parts(beginning.encode(), endless.encode() * 65536, 10**6)))

    def read() -> None:
        with pytest.raises(ContentError):
            data.read(stream, "a.json")

    assert peak_of(read) < 40_000_000
