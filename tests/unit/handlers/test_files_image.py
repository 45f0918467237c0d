"""The reader of images (F1, F2)."""

import io
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.files.formats import image
from handlers.files.read_result import ContentError, ReadResult
from tests.unit.handlers.file_contents import Stream, chunk, jpeg, png, read_result, segment

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

EXIF = b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"  # rotate by 90 degrees
THUMBNAIL = segment(0xE1, b"Exif\0\0" + jpeg(16, 12))
# As in panoramas: megabytes of metadata before the size.
LARGE = segment(0xE1, bytes(60_000)) * 60


def expected_result(image_format: str, width: int, height: int) -> ReadResult:
    return ReadResult({"format": image_format, "width": width, "height": height})


@pytest.mark.parametrize("name", ["a.png", "A.PNG", "a.jpg.png"])
@pytest.mark.parametrize("rest", [b"", b"\n", bytes(3_000_000)])
def test_png_is_read(name: str, rest: bytes) -> None:
    assert read_result(image.read, name, png(640, 480) + rest) == expected_result("png", 640, 480)


@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.JPG", "a.Jpeg"])
@pytest.mark.parametrize("metadata", [b"", segment(0xE1, EXIF), THUMBNAIL, LARGE, b"\xff\xff\xff"])
@pytest.mark.parametrize("rest", [b"", b"\0", bytes(3_000_000)])
def test_jpeg_is_read(name: str, metadata: bytes, rest: bytes) -> None:
    content = jpeg(640, 480, metadata=metadata) + rest
    assert read_result(image.read, name, content) == expected_result("jpeg", 640, 480)


@pytest.mark.parametrize("marker", [0xC0, 0xC1, 0xC2])
def test_jpeg_with_another_coding_is_read(marker: int) -> None:
    content = jpeg(8, 9).replace(b"\xff\xc0", bytes([0xFF, marker]))
    assert read_result(image.read, "a.jpg", content) == expected_result("jpeg", 8, 9)


@given(st.integers(1, 30_000), st.integers(1, 30_000), st.integers(1, 100))
def test_any_size_is_read(width: int, height: int, step: int) -> None:
    assert read_result(image.read, "a.png", png(width, height), step) == expected_result("png", width, height)
    assert read_result(image.read, "a.jpg", jpeg(width, height), step) == expected_result(
        "jpeg", width, height
    )


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        pytest.param("a.png", b"", "The file is empty.", id="empty"),
        pytest.param("a.jpg", b"GIF89a" + bytes(80), "The content is not a JPEG or PNG image.", id="gif"),
        pytest.param("a.png", b"\x89PN", "The content is not a JPEG or PNG image.", id="too short"),
        pytest.param(
            "a.png", jpeg(1, 1), "The name ends in .png, but the content is a JPEG image.", id="JPEG as PNG"
        ),
        pytest.param(
            "a.JPG", png(1, 1), "The name ends in .jpg, but the content is a PNG image.", id="PNG as JPEG"
        ),
        pytest.param("a.png", png(0, 5), "A PNG image of 0 x 5 pixels is not possible.", id="no width"),
        pytest.param("a.jpg", jpeg(5, 0), "A JPEG image of 5 x 0 pixels is not possible.", id="no height"),
        pytest.param(
            "a.png",
            png(100_000, 100_000),
            "A PNG image of 100000 x 100000 pixels is not possible.",
            id="absurd",
        ),
        pytest.param("a.png", png(9, 9)[:32], "The PNG image is truncated.", id="PNG, in the header"),
        pytest.param("a.png", png(9, 9)[:33], "The PNG image is truncated.", id="PNG, after the header"),
        pytest.param("a.png", png(9, 9)[:-1], "The PNG image is truncated.", id="PNG, at the end"),
        pytest.param("a.png", png(9, 9, data=b""), "The PNG image has no image data.", id="PNG, no data"),
        pytest.param(
            "a.png",
            png(9, 9, data=b"\xff\xff\xff\xfftEXt"),
            "The PNG image is truncated.",
            id="PNG, a chunk that exceeds the file",
        ),
        pytest.param(
            "a.png",
            png(9, 9, end=bytes(3_000_000)),
            "The PNG image is truncated.",
            id="PNG, with something else",
        ),
        pytest.param(
            "a.jpg",
            jpeg(9, 9)[:20],
            "The header of the JPEG image is broken or truncated.",
            id="JPEG, header",
        ),
        pytest.param("a.jpg", jpeg(9, 9, end=b""), "The JPEG image is truncated.", id="JPEG, at the end"),
        pytest.param(
            "a.jpg",
            jpeg(9, 9, metadata=THUMBNAIL, end=b""),
            "The JPEG image is truncated.",
            id="JPEG, with a whole thumbnail",
        ),
        pytest.param(
            "a.jpg",
            b"\xff\xd8\xff\xe0\0\0" + bytes(80),
            "The header of the JPEG image is broken or truncated.",
            id="JPEG, a segment of no length",
        ),
    ],
)
def test_invalid_content_is_rejected_with_a_reason(name: str, content: bytes, message: str) -> None:
    assert read_result(image.read, name, content) == message


@pytest.mark.parametrize("at", range(8, 33))
def test_any_changed_byte_of_a_png_header_is_detected(at: int) -> None:
    content = bytearray(png(640, 480))
    content[at] ^= 1
    message = read_result(image.read, "a.png", bytes(content))
    assert message == "The header of the PNG image is broken."


@pytest.mark.parametrize("colour_type", range(8))
@pytest.mark.parametrize("bit_depth", range(18))
def test_colour_type_and_bit_depth_are_possible_together(colour_type: int, bit_depth: int) -> None:
    header = struct.pack(">IIBBBBB", 9, 9, bit_depth, colour_type, 0, 0, 0)
    possible = {
        (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 2), (3, 4), (3, 8), (4, 8),
        (4, 16), (6, 8), (6, 16),
    }  # fmt: skip
    result = read_result(image.read, "a.png", png(9, 9, header=header))
    assert isinstance(result, ReadResult) is ((colour_type, bit_depth) in possible)


@pytest.mark.parametrize("methods", [b"\1\0\0", b"\0\1\0", b"\0\0\2"])
def test_unknown_method_in_the_header_is_rejected(methods: bytes) -> None:
    header = struct.pack(">IIBB", 9, 9, 8, 2) + methods
    assert (
        read_result(image.read, "a.png", png(9, 9, header=header)) == "The header of the PNG image is broken."
    )


def test_smallest_png_is_read_with_bytes_after_its_end() -> None:
    content = png(1, 1, data=chunk(b"IDAT", b"\0"))
    for rest in (b"", b"\n", b"\0" * 20):
        assert read_result(image.read, ".png", content + rest) == expected_result("png", 1, 1)


def test_metadata_before_the_image_data_is_skipped() -> None:
    text = chunk(b"tEXt", b"x" * 100_000)
    end_in_text = chunk(b"tEXt", b"Comment\0" + image.PNG.end)
    content = png(9, 9, data=text + end_in_text + chunk(b"IDAT", b"\0"))
    assert isinstance(read_result(image.read, "a.png", content), ReadResult)
    assert read_result(image.read, "a.png", content[:-12] + bytes(20)) == "The PNG image is truncated."


def test_end_across_two_reads_is_found() -> None:
    for content, name, end, searched_from in ((png(9, 9), "a.png", 12, 33), (jpeg(9, 9), "a.jpg", 2, 64)):
        for shift in range(end + 2):
            filler = bytes(image.CHUNK + searched_from - len(content) + shift)
            longer = content[:-end] + filler + content[-end:] + b"\0"
            assert isinstance(read_result(image.read, name, longer), ReadResult)


def test_large_image_is_read_only_at_its_beginning_and_end() -> None:
    stream = Stream(jpeg(640, 480, end=bytes(50_000_000) + b"\xff\xd9"))
    bytes_read = 0

    class CountingReader(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal bytes_read
            content = super().read(size)
            bytes_read += len(content)
            return content

    assert image.read(CountingReader(stream), "a.jpg") == expected_result("jpeg", 640, 480)
    assert bytes_read < 1_000


@pytest.mark.parametrize("filler", [b"\xff", b"\xe0\0\2\0"], ids=["fill bytes", "no segments"])
def test_search_for_the_size_is_limited(filler: bytes) -> None:
    stream = io.BufferedReader(Stream(b"\xff\xd8\xff" + filler * 9_000_000))
    with pytest.raises(ContentError, match="broken or truncated"):
        image.read(stream, "a.jpg")
    assert stream.tell() <= image.MAX_READS + 64


def test_search_for_the_end_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "SEARCHED_BYTES", 2 * image.CHUNK)
    stream = io.BufferedReader(Stream(png(9, 9, end=bytes(3 * image.CHUNK))))
    assert image.read(stream, "a.png") == expected_result("png", 9, 9)


def test_stream_error_is_passed_on() -> None:
    class Broken(Stream):
        def readinto(self, buffer: "WriteableBuffer", /) -> int:
            if self.tell() > 0:
                raise ConnectionError
            return super().readinto(buffer)

    with pytest.raises(ConnectionError):
        image.read(io.BufferedReader(Broken(jpeg(9, 9, metadata=LARGE), 64)), "a.jpg")


beginnings = st.sampled_from([b"", b"\xff\xd8\xff", png(5, 5)[:33], png(5, 5)[:16], jpeg(5, 5)[:30]])


@given(beginnings, st.binary(max_size=200), st.sampled_from(["a.png", "a.jpg", "a"]))
def test_any_bytes_are_read_or_rejected(beginning: bytes, rest: bytes, name: str) -> None:
    read_result(image.read, name, beginning + rest)


@given(st.data())
def test_any_jpeg_with_changed_bytes_is_read_or_rejected(data: st.DataObject) -> None:
    content = bytearray(jpeg(640, 480, metadata=segment(0xE1, EXIF) + THUMBNAIL))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    read_result(image.read, "a.jpg", bytes(content))


def test_size_of_a_jpeg_is_the_size_of_its_first_frame() -> None:
    second = struct.pack(">BHHBBBB", 8, 1, 1, 1, 1, 0x11, 0)
    content = jpeg(640, 480, end=segment(0xC0, second) + b"\xff\xd9")
    assert read_result(image.read, "a.jpg", content) == expected_result("jpeg", 640, 480)
