"""Positions: lanes of three columns of boxes, and the VPC as a frame around the middle column.

The layout is written here, because graph layouts (Graphviz, ELK, `grandalf`) place boxes by their arrows: one
more arrow moves the whole picture, and have no frame that crosses others, as the VPC does with the workloads.
Here a box has its lane and its column, and only the gaps between columns hold arrows.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from documents.picture.errors import UndrawableError
from documents.picture.model import Architecture, Arrow, Box, Lane, counted
from documents.picture.routing import Route, routes, space
from documents.picture.shapes import BETWEEN, Frame, Shape, align, stack, stacked, widest
from documents.picture.vpc import Vpc

MARGIN = 14
PADDING = 10
TOP, BOTTOM = 40, 34
"""Pixels for the title and the legend."""
NOTE, ALSO = 30, 26
"""Characters in a line of a note, and of a lane's counts."""
EDGE = 10
"""Pixels between the frame of the VPC and the columns beside it."""
COLUMNS = 3


@dataclass
class Layout:
    """The positions of everything that is drawn, and the size of the picture."""

    width: float
    height: float
    frames: list[Frame]
    shapes: list[Shape]
    routes: list[Route]


class _Lane:
    """The shapes of a lane by column, and the lines in its top left corner."""

    def __init__(self, lane: Lane, arrows: Sequence[Arrow]) -> None:
        also = ", ".join(counted(noun, count) for noun, count in lane.counts.items())
        lines = [counted("resource", lane.size), *_wrap(f"also {also}" if also else "", ALSO)]
        self.header = Shape.around(
            lane.name, "lane", ((lane.name, "name"), *((line, "label") for line in lines)), {}
        )
        columns = [[box for box in lane.boxes if box.column == column] for column in range(COLUMNS)]
        places = {box.address: place for column in columns[:2] for place, box in enumerate(column)}
        columns[2].sort(key=lambda box: _place(box, arrows, places))
        self.columns = [[_shape(box, arrows, places) for box in column] for column in columns]

    def place(self, top: float, network: float) -> float:
        """Stack the columns, the middle one below a network of this height; return the bottom."""
        heights = [stacked(column) for column in self.columns]
        left = self.header.height + (heights[0] and BETWEEN + heights[0])
        height = max(left, network + heights[1], heights[2])
        self.header.y = top
        stack(self.columns[0], top + self.header.height + (height - left) / 2 + BETWEEN)
        stack(self.columns[1], top + network + (height - network - heights[1]) / 2)
        stack(self.columns[2], top + (height - heights[2]) / 2)
        return top + height


def layout(architecture: Architecture) -> Layout:
    """Place an architecture.

    Raises:
        UndrawableError: An arrow would cross a column.
    """
    lanes = [_Lane(lane, architecture.arrows) for lane in architecture.lanes]
    vpc = Vpc(architecture)
    lanes[0].columns[0] += vpc.internet

    frames = []
    top: float = TOP
    for lane in lanes:
        bottom = lane.place(top + PADDING, vpc.height if lane is lanes[0] else 0) + PADDING
        frames.append(Frame(MARGIN, top, 0, bottom - top, "lane", ""))
        top = bottom + BETWEEN

    gaps = _gaps(architecture.arrows, lanes)
    edges = _across(lanes, [space(gap) for gap in gaps], vpc.width)
    vpc.place(edges[0][0] + EDGE, edges[1][1] - EDGE, frames[0].y + EDGE, frames[-1].bottom - EDGE)
    right = edges[-1][1]
    for frame in frames:
        frame.width = right - MARGIN
    shapes = {shape.id: shape for lane in lanes for column in lane.columns for shape in column}
    between = [route for gap, edge in zip(gaps, edges, strict=True) for route in routes(gap, shapes, *edge)]
    return Layout(
        width=right + MARGIN,
        height=frames[-1].bottom + BOTTOM,
        frames=[*frames, *vpc.frames],
        shapes=[*(lane.header for lane in lanes), *shapes.values(), *vpc.shapes],
        routes=[*between, *vpc.routes(edges[0][0])],
    )


def _across(lanes: Sequence[_Lane], spaces: Sequence[float], vpc_width: float) -> list[tuple[float, float]]:
    """Place the columns with enough space for the VPC; return the left and right edges of the gaps."""
    columns = [[shape for lane in lanes for shape in lane.columns[index]] for index in range(COLUMNS)]
    widths = [widest(column) for column in columns]
    widths[0] = max(widths[0], *(lane.header.width for lane in lanes))
    missing = max(0, vpc_width + 2 * EDGE - (spaces[0] + widths[1] + spaces[1])) / 2
    gap_widths = (spaces[0] + missing, spaces[1] + missing, max(spaces[2], PADDING))
    gaps = []
    left: float = MARGIN + PADDING
    for column, width, gap_width in zip(columns, widths, gap_widths, strict=True):
        align(column, left, width)
        gaps.append((left + width, left + width + gap_width))
        left += width + gap_width
    for lane in lanes:
        lane.header.x = MARGIN + 1
    return gaps


def _gaps(arrows: Iterable[Arrow], lanes: Iterable[_Lane]) -> list[list[Arrow]]:
    """Return the arrows in the gap to the right of each column; arrows within a column are to its right."""
    column = {shape.id: index for lane in lanes for index in range(COLUMNS) for shape in lane.columns[index]}
    gaps: list[list[Arrow]] = [[] for _ in range(COLUMNS)]
    for arrow in arrows:
        first, last = sorted((column[arrow.source], column[arrow.target]))
        if last - first > 1:
            raise UndrawableError(
                f"an arrow from {arrow.source} to {arrow.target} would cross a column of the picture"
            )
        gaps[first].append(arrow)
    return gaps


def _place(box: Box, arrows: Iterable[Arrow], places: Mapping[str, int]) -> float:
    """Return the average position of the functions that a box has arrows from or to."""
    pairs = [
        *((a.source, a.target) for a in arrows),
        *((a.target, a.source) for a in arrows),
    ]
    connected = [places[end] for start, end in pairs if start == box.address and end in places]
    return sum(connected) / len(connected) if connected else len(places)


def _shape(box: Box, arrows: Iterable[Arrow], places: Mapping[str, int]) -> Shape:
    """Return the shape of a box, with a line for each route or event that begins in it."""
    label = f"{box.label}, {box.note}" if box.note else box.label
    first, more = ([label], []) if len(label) <= NOTE else ([box.label], _wrap(box.note, NOTE))
    lines = [*((line, "label") for line in first), (box.name, "name"), *((line, "label") for line in more)]
    rows: dict[str, tuple[int, ...]] = {}
    outgoing = [
        arrow for arrow in arrows if arrow.source == box.address and arrow.style in {"route", "event"}
    ]
    for arrow in sorted(outgoing, key=lambda arrow: places.get(arrow.target, 0)):
        if arrow.labels:
            rows[arrow.target] = tuple(range(len(lines), len(lines) + len(arrow.labels)))
            lines += [(label, "row") for label in arrow.labels]
    return Shape.around(box.address, box.family, tuple(lines), rows)


def _wrap(items: str, width: int) -> list[str]:
    """Return a list in lines, without a line break inside an item."""
    held = ", ".join(item.replace(" ", "\N{NO-BREAK SPACE}") for item in items.split(", "))
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in textwrap.wrap(held, width)]
