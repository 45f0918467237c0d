"""The routes of arrows, the escaping of texts, and the errors of malformed input."""

from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from documents.__main__ import app
from documents.picture.model import Architecture, Arrow, Box, Lane
from documents.picture.network import Network
from documents.picture.routing import Point, routes
from documents.picture.shapes import Shape
from documents.picture.svg import svg

LEFT, RIGHT = 100, 300
BOXES = 4

# Up to eight of the ways between four boxes and four others, in both directions.
ends = st.tuples(st.integers(0, BOXES - 1), st.integers(0, BOXES - 1), st.booleans())


@given(st.lists(ends, min_size=1, max_size=8, unique=True))
def test_arrows_meet_only_on_their_way_to_the_same_box(pairs: list[tuple[int, int, bool]]) -> None:
    shapes = {f"l{i}": _shape(f"l{i}", 0, i) for i in range(BOXES)}
    shapes |= {f"r{i}": _shape(f"r{i}", RIGHT, i) for i in range(BOXES)}
    arrows = [
        Arrow(f"r{right}", f"l{left}", (), "grant") if back else Arrow(f"l{left}", f"r{right}", (), "grant")
        for left, right, back in pairs
    ]
    lines: list[tuple[str, Point, Point]] = []
    for route in routes(arrows, shapes, LEFT, RIGHT):
        source, target = shapes[route.arrow.source], shapes[route.arrow.target]
        for points in route.lines:
            assert [points[0][0], points[-1][0]] in ([LEFT, RIGHT], [RIGHT, LEFT])
            assert source.y < points[0][1] < source.bottom
            assert target.y < points[-1][1] < target.bottom
            assert all(LEFT <= x <= RIGHT for x, _ in points)
            lines += [(route.arrow.target, min(line), max(line)) for line in pairwise(points)]
    for (one, (a, b), (c, d)), (other, (e, f), (g, h)) in combinations(lines, 2):
        if one != other and (b, f) == (d, h):  # two lines to the right
            assert abs(b - f) >= 1 or c <= e or g <= a
        elif one != other and (a, e) == (c, g):  # two lines down
            assert abs(a - e) >= 1 or d <= f or h <= b


def test_texts_are_taken_for_nothing_else() -> None:
    architecture = _one('a"]; <b> & #1 `c`')
    assert '"]; &lt;b&gt; &amp; #1 `c`<' in svg(architecture)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "stack.json: is no JSON, synthesize the stack again: "),
        (b"[]", "is no stack that `make synth` writes: cdk.tf.json: must be an object"),
        (b'{"resource": {"aws_vpc": {"a": {}}}}', "is no stack that `make synth` writes: KeyError("),
        (b"[" * 100_000, "stack.json: is no JSON, synthesize the stack again: "),
        (b"\xff", "stack.json: is no JSON, synthesize the stack again: "),
        (b'{"provider": {"aws": [{}]}, "resource": {}}', "one VPC, and this one has 0"),
        (None, "stack.json: does not exist: synthesize the stack first (make synth)"),
    ],
)
def test_malformed_input_is_one_line(content: bytes | None, message: str, tmp_path: Path) -> None:
    stack = tmp_path / "stack.json"
    if content is not None:
        stack.write_bytes(content)
    result = CliRunner().invoke(app, [str(stack), "--directory", str(tmp_path)])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("cannot write documents: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


def _shape(name: str, left: float, place: int) -> Shape:
    shape = Shape.around(name, "data", ((name, "name"), (name, "label")), {})
    shape.x, shape.y, shape.width = left, place * (shape.height + 10), LEFT
    return shape


def _one(name: str) -> Architecture:
    """A function with this name, and a VPC without anything."""
    box = Box("aws_lambda_function.x", "Lambda", name, "compute", 1)
    network = Network("aws_vpc.x", "10.0.0.0/16", (), (), (), ())
    return Architecture("title", network, (Lane("work", (box,), {}, 1),), ())
