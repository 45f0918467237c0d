"""The reader of plain text (F1, F2)."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.files.formats import document, text
from handlers.files.read_result import EXCERPT_CHARACTERS, ReadResult
from tests.unit.handlers.file_contents import Stream, parts, peak_of, read_result

BINARY = "The content is binary data, not text."
NO_UTF16 = "The text has the byte order mark of UTF-16, but is not UTF-16."
NO_UTF32 = NO_UTF16.replace("16", "32")
TEXTS = {
    "cp1252": "Größe und Ärger über die Straße, schöne Grüße aus Köln für 5 €.",
    "cp1250": "W poniedziałek rano pojechałem do pracy. Było zimno i padał śnieg, więc wróciłem później.",
    "cp1251": "Съешь же ещё этих мягких французских булок да выпей чаю.",
    "koi8_r": "Съешь же ещё этих мягких французских булок да выпей чаю.",
    "cp1253": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία.",
    "cp932": "日本語のテキストです。これはテストです。カタカナも。",
    "euc_jp": "日本語のテキストです。これはテストです。カタカナも。",
    "gb18030": "这是一个测试文本。中文字符编码检测。",
    "cp949": "한국어 텍스트 테스트입니다. 안녕하세요 세계.",
}


def expected_result(encoding: str, words: int, lines: int, characters: int, excerpt: str) -> ReadResult:
    result = {"encoding": encoding, "words": words, "lines": lines, "characters": characters}
    return ReadResult(result, excerpt)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "result"),
    [
        pytest.param("", expected_result("utf-8", 0, 0, 0, ""), id="empty"),
        pytest.param("a", expected_result("utf-8", 1, 1, 1, "a"), id="one"),
        pytest.param("a b\n", expected_result("utf-8", 2, 1, 4, "a b\n"), id="a line"),
        pytest.param("a\n\nb", expected_result("utf-8", 2, 3, 4, "a\n\nb"), id="an empty line"),
        pytest.param(" \n", expected_result("utf-8", 0, 1, 2, " \n"), id="white space"),
        pytest.param("a\r\nb\rc\n", expected_result("utf-8", 3, 3, 6, "a\nb\nc\n"), id="line breaks"),
        pytest.param(
            "größe 日本\u3000語 😀", expected_result("utf-8", 4, 1, 12, "größe 日本\u3000語 😀"), id="unicode"
        ),
    ],
)
def test_words_lines_and_characters_are_counted(content: str, result: ReadResult) -> None:
    assert read_result(document.read, "a.TXT", content.encode()) == result


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [("utf-8-sig", "utf-8"), ("utf-16", "utf-16"), ("utf-32", "utf-32")],
)
def test_byte_order_mark_determines_the_encoding(codec: str, encoding: str) -> None:
    content = "größe\r\n😀"
    expected = expected_result(encoding, 2, 2, 7, "größe\n😀")
    assert read_result(document.read, "a.txt", content.encode(codec)) == expected
    big = {"utf-16": b"\xfe\xff", "utf-32": b"\0\0\xfe\xff"}
    if codec in big:
        other = big[codec] + content.encode(f"{codec}-be")
        assert read_result(document.read, "a.txt", other) == expected


@pytest.mark.parametrize("encoding", TEXTS)
@pytest.mark.parametrize("ascii_before", [0, 10, text.CHUNK + 10])
@pytest.mark.parametrize("times", [1, 3_000])
def test_encoding_is_guessed(encoding: str, ascii_before: int, times: int) -> None:
    content = "x" * ascii_before + "\n" + (TEXTS[encoding] + "\n") * times
    result = read_result(document.read, "a.txt", content.encode(encoding))
    assert isinstance(result, ReadResult)
    assert result.excerpt == content[:EXCERPT_CHARACTERS]
    assert result.properties["characters"] == len(content)
    assert result.properties["lines"] == times + 1
    assert result.properties["words"] == len(content.split())
    assert result.properties["encoding"] == encoding


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        ("Příliš žluťoučký kůň úpěl ďábelské ódy. V neděli jsme šli na výlet do lesa.", "cp1250"),
        ("Čovječe, ljubav je najljepša kad se dijeli. Došli smo u školu i vidjeli žutu kuću.", "cp1250"),
        ("Árvíztűrő tükörfúrógép. A gyerekek ősszel az erdőben gyönyörű leveleket gyűjtöttek.", "cp1250"),
        ("Înainte de a pleca la muncă, mama a pregătit pâine şi brânză pentru copiii.", "cp1250"),
        ("Pijamalı hasta yağız şoföre çabucak güvendi. İstanbul'da güneşli bir gündü.", "cp1254"),
        ("Müller", "cp1252"),
        ("It costs 5 €, “roughly”; it’s 20°C – warm", "cp1252"),
        ("Some text in English\n" * 20 + "Brand™", "cp1252"),
        ("Some text in English\n" * 20 + "3 × 4", "cp1252"),
    ],
    ids=["cs", "hr", "hu", "ro", "tr", "a name", "symbols", "a symbol at the end", "a sign at the end"],
)
def test_letters_of_a_language_determine_the_encoding(content: str, encoding: str) -> None:
    result = read_result(document.read, "a.txt", content.encode(encoding))
    assert isinstance(result, ReadResult)
    assert (result.properties["encoding"], result.excerpt) == (encoding, content)


@pytest.mark.parametrize(
    "content",
    [
        "El niño comió una manzana en el jardín mientras su mamá leía un libro sobre la historia de España.",
        "A situação não é fácil, mas as crianças já estão na escola às nove.",
        "Les élèves ont été reçus à l'école par le directeur, qui leur a présenté le règlement.",
        "Hon åkte till Göteborg för att hälsa på sin äldre syster.",
        "La città è più bella perché c'è il sole; però non è così facile.",
    ],
    ids=["es", "pt", "fr", "sv", "it"],
)
def test_ambiguous_encoding_is_the_most_frequent_one(content: str) -> None:
    result = read_result(document.read, "a.txt", content.encode("cp1252"))
    assert isinstance(result, ReadResult)
    assert (result.properties["encoding"], result.excerpt) == ("cp1252", content)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"a\0b", BINARY, id="NUL"),
        pytest.param(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0", BINARY, id="an image"),
        pytest.param(bytes(range(256)), BINARY, id="every byte"),
        pytest.param(b"\xff\xfea", NO_UTF16, id="half a character of UTF-16"),
        pytest.param(b"\xff\xfe\0\xd8", NO_UTF16, id="half of a surrogate pair"),
        pytest.param(b"\xff\xfe\0\0\xff\xff\xff\xff", NO_UTF32, id="invalid UTF-32"),
        pytest.param("\ufeffa\0".encode("utf-16-le"), BINARY, id="NUL in UTF-16"),
    ],
)
def test_invalid_content_is_rejected_with_a_reason(content: bytes, message: str) -> None:
    assert read_result(document.read, "a.txt", content) == message


def test_text_of_unknown_encoding_is_counted_by_its_bytes() -> None:
    mixed = "Größe\n".encode("cp1252") * text.SAMPLE + b"\x81\x8d\x8f"
    lines = text.SAMPLE + 1
    for content, words, characters in (
        (mixed, lines, 6 * text.SAMPLE + 3),
        ("Привет".encode("cp1251"), 1, 6),
        (b"\x81 \xff\n", 2, 4),
    ):
        counts = {"words": words, "lines": words if content is mixed else 1, "characters": characters}
        expected = ReadResult({"encoding": None, **counts})
        assert read_result(document.read, "a.txt", content) == expected


words = st.text("a ö\n\r\u2028😀", max_size=60)


@given(words, st.integers(1, 7), st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]))
def test_counts_do_not_depend_on_the_size_of_reads(content: str, size: int, codec: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text, "CHUNK", size)
        result = read_result(document.read, "a.txt", content.encode(codec))
    whole = content.replace("\r\n", "\n").replace("\r", "\n")
    lines = whole.count("\n") + (whole[-1:] not in {"", "\n"})
    name = "utf-8" if codec == "utf-8-sig" else codec
    assert result == expected_result(name, len(whole.split()), lines, len(whole), whole)


@given(st.sampled_from([b"", b"a\n", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]), st.binary(max_size=300))
def test_any_bytes_are_read_or_rejected(beginning: bytes, rest: bytes) -> None:
    read_result(document.read, "a.txt", beginning + rest)


@pytest.mark.slow
@pytest.mark.no_cover  # which takes most of the time
@pytest.mark.parametrize("line", ["größe und maß\n", "word"], ids=["lines", "one word"])
def test_large_text_is_read_in_little_memory(line: str) -> None:
    part = (line * 10_000).encode()
    times = 12_000_000 // len(part)

    def read() -> None:
        result = document.read(io.BufferedReader(Stream(parts(b"x", part, times))), "a.txt")
        assert result.properties["characters"] == 1 + times * 10_000 * len(line)

    assert peak_of(read) < 8_000_000
