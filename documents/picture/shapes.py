"""The elements of a layout, in pixels from the top left corner."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PADDING = 9
"""Pixels between the edge of a box and its content."""
BETWEEN = 10
"""Pixels between two boxes, one below the other."""


@dataclass(frozen=True)
class Text:
    """A line of text at the height of its baseline; `style` is one of `STYLES`."""

    x: float
    y: float
    text: str
    style: str


@dataclass(frozen=True)
class Style:
    """The size of a text: pixels of a character (an upper bound), and of a line."""

    width: float
    line: int


# Names and routes are monospaced, whose characters are 0.6 of the font size in every usual font. The rest is
# sans serif: DejaVu Sans, the widest of the usual ones, stays under 0.62 on the texts that occur.
STYLES = {
    "name": Style(width=7.5, line=16),  # 12 px, bold
    "row": Style(width=6.6, line=15),  # 11 px
    "label": Style(width=6.5, line=14),  # 10.5 px
}


@dataclass
class Rectangle:
    """A rectangle: left, top, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The middle of its height."""
        return self.y + self.height / 2


@dataclass
class Frame(Rectangle):
    """A frame around boxes: a `lane`, `vpc` or `zone`."""

    kind: str
    title: str


@dataclass
class Shape(Rectangle):
    """A box with lines of text, the first at the top.

    Attributes:
        id: The address of its resource.
        family: Its colour, by the names in `svg.py`.
        lines: Texts and their styles.
        rows: The indexes of the lines at which arrows begin, by the target.
    """

    id: str
    family: str
    lines: tuple[tuple[str, str], ...]
    rows: Mapping[str, tuple[int, ...]]

    @classmethod
    def around(
        cls, id: str, family: str, lines: tuple[tuple[str, str], ...], rows: Mapping[str, tuple[int, ...]]
    ) -> "Shape":
        """Return a shape of the size of its lines, without a position."""
        width = max(len(text) * STYLES[style].width for text, style in lines) + 2 * PADDING
        height = sum(STYLES[style].line for _, style in lines) + 2 * PADDING - 4
        return cls(0, 0, width, height, id, family, lines, rows)

    def texts(self) -> list[Text]:
        """Return its lines with their positions."""
        placed = []
        bottom = self.y + PADDING - 3
        for text, style in self.lines:
            bottom += STYLES[style].line
            placed.append(Text(self.x + PADDING, bottom - 3, text, style))
        return placed

    def starts(self, target: str) -> list[float]:
        """Return the heights of the lines at which arrows to a target begin."""
        middles = []
        bottom = self.y + PADDING - 3
        for index, (_, style) in enumerate(self.lines):
            bottom += STYLES[style].line
            if index in self.rows.get(target, ()):
                middles.append(bottom - STYLES[style].line / 2)
        return middles


def stacked(shapes: Sequence[Shape]) -> float:
    """Return the height of shapes one below the other."""
    return sum(shape.height for shape in shapes) + BETWEEN * max(0, len(shapes) - 1)


def stack(shapes: Sequence[Shape], top: float) -> None:
    """Place shapes one below the other."""
    for shape in shapes:
        shape.y = top
        top = shape.bottom + BETWEEN


def widest(shapes: Sequence[Shape]) -> float:
    """Return the width of a column of shapes."""
    return max((shape.width for shape in shapes), default=0)


def align(shapes: Sequence[Shape], left: float, width: float) -> None:
    """Place shapes in a column."""
    for shape in shapes:
        shape.x, shape.width = left, width
