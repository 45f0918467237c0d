"""The reader of PDF documents (F1, F2)."""

import io
import json
import logging
import resource
import subprocess
import sys
import zlib
from types import SimpleNamespace
from typing import IO, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfWriter, _encryption
from pypdf._crypt_providers import _fallback
from pypdf.generic import NameObject, TextStringObject

from handlers.files.formats import document, pdf_process
from handlers.files.formats import pdf as reader
from handlers.files.read_result import ReadResult
from tests.unit.handlers.file_contents import (
    CATALOG,
    FONT,
    Stream,
    page,
    pages,
    pdf,
    pdf_packed,
    pdf_stream,
    peak_of,
    read_result,
)

BROKEN = "The PDF is broken."
TOO_MUCH = "The PDF takes too much time or memory to read."
NOT_A_PDF = "The content is not a PDF document."
BLANK = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
ONE = pdf(CATALOG, pages(b"3 0 R"), BLANK)
BOMB = pdf_stream(zlib.compress(bytes(100_000_000)), b"/Filter /FlateDecode /Type /ObjStm /N 5 /First 10")
MANY = b"[%b]" % (b"0 " * 90_000) * 100  # numbers that take many seconds to read
SECONDS = 2  # including the start of the process


def expected_result(pages: int | None, text: str = "", *, encrypted: bool = False) -> ReadResult:
    return ReadResult({"pages": pages, "encrypted": encrypted}, text)


def read(content: bytes) -> ReadResult | str:
    """Read a document in this process, because starting another one takes a while.

    pypdf does not find the package cryptography, which is installed here, but is not in the layer.
    """

    def run_in_this_process(disk: IO[bytes]) -> dict[str, Any]:
        return {name: value for finding in pdf_process.findings(disk) for name, value in finding.items()}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "_run_process", run_in_this_process)
        for name in set(vars(_fallback)) & set(vars(_encryption)):
            if not name.startswith("_"):
                patch.setattr(_encryption, name, getattr(_fallback, name))
        return read_result(document.read, "a.PDF", content)


def read_in_process(content: bytes) -> ReadResult | str:
    return read_result(document.read, "a.pdf", content)


def with_text(text: bytes, *, before: bytes = b"3 0 R") -> bytes:
    return pdf(CATALOG, pages(before), page(4), pdf_stream(text), FONT)


def shown(text: bytes) -> bytes:
    return b"BT /F1 12 Tf 1 0 0 1 10 10 Tm (" + text + b") Tj ET\n"


def encrypted(algorithm: str, password: str) -> bytes:
    writer = PdfWriter(io.BytesIO(with_text(shown(b"Hello"))), full=True)
    writer.add_metadata({"/Title": "a string, which is encrypted"})
    writer.pages[0][NameObject("/Name")] = TextStringObject("another one")
    writer.encrypt(password, "owner", algorithm=algorithm)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "result"),
    [
        pytest.param(ONE, expected_result(1), id="a page"),
        pytest.param(b"\xef\xbb\xbf\n" + ONE, expected_result(1), id="bytes before the header"),
        pytest.param(ONE + b"\0" * 100, expected_result(1), id="bytes after the end"),
        pytest.param(
            pdf(CATALOG, pages(b"3 0 R", 10**9), BLANK), expected_result(1), id="too large a page count"
        ),
        pytest.param(pdf(CATALOG, pages(b"3 0 R", -1), BLANK), expected_result(1), id="negative page count"),
        pytest.param(
            pdf(CATALOG, pages(b"3 0 R 3 0 R 9 0 R null 1"), BLANK),
            expected_result(2),
            id="wrong pages among right",
        ),
        pytest.param(
            pdf(CATALOG, pages(b"3 0 R 4 0 R"), b"<< /Type /Pages /Kids [4 0 R 4 0 R] >>", BLANK),
            expected_result(3),
            id="a tree",
        ),
        pytest.param(ONE.replace(b"startxref\n", b"startxref\n9"), expected_result(1), id="a wrong table"),
        pytest.param(
            with_text(shown(b"Hello") + shown(b"world")), expected_result(1, "Helloworld"), id="text"
        ),
        pytest.param(
            with_text(shown(b"Hello"), before=b"3 0 R 3 0 R"),
            expected_result(2, "Hello\nHello"),
            id="text of two pages",
        ),
        pytest.param(
            with_text(shown(b"x" * 3_000), before=b"3 0 R " * 9),
            expected_result(9, "x" * 3_000 + "\n" + "x" * 999),
            id="much text",
        ),
        pytest.param(with_text(b"(((" * 100), expected_result(1), id="a broken content"),
    ],
)
def test_pages_and_excerpt_are_read(content: bytes, result: ReadResult) -> None:
    assert read(content) == result


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"", NOT_A_PDF, id="empty"),
        pytest.param(b"\xff\xd8\xff\xe0JFIF", NOT_A_PDF, id="an image"),
        pytest.param(bytes(2_000) + ONE, NOT_A_PDF, id="header too late"),
        pytest.param(b"%PDF-1.5\n", BROKEN, id="nothing but a header"),
        pytest.param(ONE[:150], BROKEN, id="truncated"),
        pytest.param(pdf(b"<< /Type /Catalog >>"), BROKEN, id="no tree of pages"),
        pytest.param(pdf(CATALOG, pages(b"")), "The PDF has no pages.", id="no pages"),
        pytest.param(pdf(CATALOG, pages(b"9 0 R")), "The PDF has no pages.", id="missing pages"),
        pytest.param(pdf(CATALOG, pages(b"2 0 R")), BROKEN, id="a page tree that contains itself"),
        pytest.param(
            pdf(
                CATALOG,
                pages(b"3 0 R"),
                b"<< /Type /Pages /Kids [4 0 R] >>",
                b"<< /Type /Pages /Kids [2 0 R] >>",
            ),
            BROKEN,
            id="a cyclic tree",
        ),
        pytest.param(
            pdf(CATALOG, *(pages(b"%d 0 R" % (n + 3)) for n in range(300)), BLANK), BROKEN, id="a deep tree"
        ),
        pytest.param(pdf(CATALOG, pages(b"[" * 100_000 + b"]" * 100_000)), BROKEN, id="deep arrays"),
        pytest.param(pdf(CATALOG, pages(b"3 0 R " * 100_001), BLANK), BROKEN, id="more pages than can be"),
        pytest.param(ONE.replace(b"/Root 1 0 R", b"/Encrypt 7"), BROKEN, id="a broken encryption"),
    ],
)
def test_invalid_content_is_rejected_with_a_reason(content: bytes, message: str) -> None:
    assert read(content) == message


@pytest.mark.parametrize(
    ("algorithm", "pages"), [("RC4-40", 1), ("RC4-128", 1), ("AES-128", None), ("AES-256", None)]
)
@pytest.mark.parametrize("password", ["", "secret"])
def test_pages_of_encrypted_document_are_counted_without_password_and_aes(
    algorithm: str, pages: int | None, password: str
) -> None:
    content = encrypted(algorithm, password)
    assert read(content) == expected_result(None if password else pages, encrypted=True)


def test_pages_in_object_streams_are_counted() -> None:
    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(9, 9)
    writer.compress_identical_objects()
    written = io.BytesIO()
    writer.write(written)
    assert read(written.getvalue()) == expected_result(3)


def test_separate_process_returns_the_same_result() -> None:
    for content in (ONE, with_text(shown(b"Hello")), encrypted("AES-256", "secret"), b"%PDF-1.5\n"):
        assert read_in_process(content) == read(content)


@pytest.mark.slow
def test_document_that_takes_too_much_memory_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    """pypdf keeps the unpacked content of each page in memory."""
    content = pdf_packed(10, BLANK + b"\nendobj " + b"x" * 30_000_000)
    assert len(content) < 1_000_000
    assert read_in_process(content) == expected_result(10)
    monkeypatch.setattr(reader, "MEMORY_BYTES", 256 * 1024**2)
    assert read_in_process(content) == TOO_MUCH


@pytest.mark.slow
def test_document_that_takes_too_much_time_is_rejected(monkeypatch: pytest.MonkeyPatch) -> None:
    content = pdf_packed(9, b"<< /X [%b] >>" % MANY)
    assert len(content) < 1_000_000
    monkeypatch.setattr(reader, "SECONDS", SECONDS)
    start = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert read_in_process(content) == TOO_MUCH
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - start < 2 * SECONDS


@pytest.mark.slow
def test_excerpt_that_takes_too_much_is_omitted(monkeypatch: pytest.MonkeyPatch) -> None:
    font = b"<< /X [%b] >>" % MANY
    content = pdf(CATALOG, pages(b"3 0 R"), page(4), pdf_stream(shown(b"Hello")), font)
    monkeypatch.setattr(reader, "SECONDS", SECONDS)
    assert read_in_process(content) == expected_result(1)
    monkeypatch.undo()
    monkeypatch.setattr(reader, "MEMORY_BYTES", 128 * 1024**2)
    assert read_in_process(content) == expected_result(1)


def test_process_that_cannot_start_is_not_a_content_error(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "path", [])
    with pytest.raises(RuntimeError, match="ended with 1"):
        read_in_process(ONE)
    assert "No module named 'handlers'" in capfd.readouterr().err


@pytest.mark.parametrize("cut", [b"", b'{"excerpt": "He'], ids=["whole", "truncated"])
def test_output_of_a_killed_process_is_used(cut: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = b'{"pages": 7, "encrypted": false}\n' + cut
    monkeypatch.setattr("subprocess.run", lambda *_, **__: SimpleNamespace(returncode=-9, stdout=lines))
    assert read_in_process(ONE) == expected_result(7)


def test_process_sets_its_limits(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    limits: dict[int, object] = {}
    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    monkeypatch.setattr(sys, "addaudithook", lambda _: None)  # no hook can be removed
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(with_text(shown(b"Hello")))))
    pdf_process.main(10**9, 60)
    assert limits == {resource.RLIMIT_AS: (10**9, 10**9), resource.RLIMIT_CPU: (60, 60)}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert lines == [{"pages": 1, "encrypted": False}, {"excerpt": "Hello"}]


def test_process_has_no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    environments: list[object] = []

    def run(*_: object, env: object, **__: object) -> SimpleNamespace:
        environments.append(env)
        return SimpleNamespace(returncode=0, stdout=b'{"pages": 1, "encrypted": false}\n')

    monkeypatch.setattr("subprocess.run", run)
    assert read_in_process(ONE) == expected_result(1)
    assert environments == [{"LANG": "C.UTF-8"}]


@pytest.mark.parametrize(
    "call", ["socket.socket()", "os.fork()", "os.system('true')", "subprocess.run('true')"]
)
def test_process_opens_no_connection_and_starts_no_process(call: str) -> None:
    code = (
        "import io, os, socket, subprocess, sys; sys.path[:] = sys.argv[1:];"
        " sys.stdin = io.TextIOWrapper(io.BytesIO());"
        f" from handlers.files.formats import pdf_process; pdf_process.main({1024**3}, 60); {call}"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, *sys.path], capture_output=True, text=True, check=False, timeout=120
    )
    assert (child.returncode, child.stdout) == (1, '{"error": "The PDF is broken."}\n')
    assert "PermissionError" in child.stderr


def test_page_whose_number_an_old_cross_reference_stream_had_is_counted() -> None:
    first = revision(b"", {1: CATALOG, 2: pages(b"3 0 R"), 3: BLANK}, stream_number=4, more=b"")
    start = first.rindex(b"4 0 obj")
    added = {2: pages(b"3 0 R 4 0 R"), 4: BLANK}
    second = revision(first, added, stream_number=5, more=b"/Prev %d" % start)
    assert read(first) == expected_result(1)
    assert read(second) == expected_result(2)


def revision(before: bytes, objects: dict[int, bytes], *, stream_number: int, more: bytes) -> bytes:
    """Return a document with an incremental update whose cross-references are a stream."""
    content, entries = before or b"%PDF-1.5\n", b""
    for number, body in objects.items():
        entries += b"\1" + len(content).to_bytes(4) + b"\0\0"
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(content)
    entries += b"\1" + start.to_bytes(4) + b"\0\0"
    index = b" ".join(b"%d 1" % number for number in (*objects, stream_number))
    dictionary = b"/Type /XRef /W [1 4 2] /Index [%b] /Size %d /Root 1 0 R" % (index, stream_number + 1)
    content += b"%d 0 obj\n<< %b %b /Length %d >>\n" % (stream_number, dictionary, more, len(entries))
    return content + b"stream\n%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % (entries, start)


def test_process_without_memory_prints_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    monkeypatch.setattr(sys, "addaudithook", lambda _: None)  # no hook can be removed
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(encrypted("RC4-128", ""))))
    monkeypatch.setattr("pypdf.PdfReader.decrypt", fail)
    pdf_process.main(1, 1)
    assert capsys.readouterr().out == ""


def test_large_document_is_read_in_little_memory() -> None:
    beginning = b"%PDF-1.5\n4 0 obj\n<< /Length 60000000 >>\nstream\n"
    skipped = len(beginning) + 60_000_000
    objects = [b"1 0 obj\n%b\nendobj\n" % CATALOG, b"2 0 obj\n%b\nendobj\n" % pages(b"3 0 R")]
    objects.append(b"3 0 obj\n%b\nendobj\n" % BLANK)
    ending = b"\nendstream\nendobj\n"
    offsets = [skipped + len(ending) + sum(map(len, objects[:number])) for number in range(3)]
    table = b"".join(b"%010d 00000 n \n" % offset for offset in (*offsets, 9))
    last = ending + b"".join(objects)
    start = skipped + len(last)
    last += b"xref\n0 5\n0000000000 65535 f \n" + table
    last += b"trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    content = beginning + bytes(60_000_000) + last

    def measured() -> None:
        assert document.read(io.BufferedReader(Stream(content)), "a.pdf") == expected_result(1)

    assert peak_of(measured) < 3_000_000


def test_file_content_is_not_logged(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    content = b"secret%PDF-1.5\nsecret\nsecret"
    with caplog.at_level(logging.DEBUG):
        assert read(content) == read_in_process(content) == BROKEN
    assert not caplog.records
    assert capfd.readouterr() == ("", "")


def test_stream_error_is_passed_on() -> None:
    class Broken(Stream):
        def readinto(self, buffer: object, /) -> int:
            if self.tell() > 100:
                raise ConnectionError
            return super().readinto(buffer)  # type: ignore[arg-type]

    with pytest.raises(ConnectionError):
        document.read(io.BufferedReader(Broken(ONE, 64)), "a.pdf")


sources = st.sampled_from([ONE, with_text(shown(b"Hello")), pdf(CATALOG, pages(b"3 0 R"), BLANK, BOMB)])


@given(sources, st.data())
def test_any_document_with_changed_bytes_is_read_or_rejected(source: bytes, random: st.DataObject) -> None:
    content = bytearray(source[:3_000])
    for _ in range(random.draw(st.integers(1, 6))):
        start = random.draw(st.integers(0, len(content) - 1))
        content[start : start + random.draw(st.integers(0, 12))] = random.draw(st.binary(max_size=12))
    read(bytes(content))


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_rejected(content: bytes) -> None:
    read(b"%PDF-1.5\n" + content)
