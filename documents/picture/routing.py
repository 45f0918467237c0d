"""Arrows through the gap between two columns of boxes.

Arrows to the same box in the same way share a track, a vertical line of their own in the gap, and no two
others begin or end at the same height. So lines only meet to go to the same place, and otherwise cross at
right angles.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from documents.picture.model import Arrow
from documents.picture.shapes import Shape

TRACK = 9
"""Pixels between two tracks, at most."""
CLEAR, NEAR = 7, 5
"""Pixels between the heights of two arrows: where boxes have room; and at least, to make one straight."""

UNKNOWN = -1.0
"""A height that is not chosen yet."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Route:
    """An arrow and the lines that it consists of, each of which ends at its target."""

    arrow: Arrow
    lines: tuple[tuple[Point, ...], ...]


@dataclass
class _Track:
    """Arrows that go to the same box in the same way: where each begins, and where all end."""

    target: Shape
    starts: list[tuple[Arrow, Shape, float]] = field(default_factory=list)
    end: float = UNKNOWN
    x: float = 0

    def heights(self) -> list[float]:
        return [self.end, *(start for _, _, start in self.starts)]

    def span(self) -> tuple[float, float]:
        return min(self.heights()), max(self.heights())


def space(arrows: Iterable[Arrow]) -> float:
    """The width of a gap in which these arrows have room."""
    tracks = len({(arrow.target, arrow.style) for arrow in arrows})
    return tracks and tracks * TRACK + 30


def routes(arrows: Iterable[Arrow], shapes: Mapping[str, Shape], left: float, right: float) -> list[Route]:
    """Routes through the gap from `left` to `right`, between boxes that end or begin at its sides."""
    tracks: dict[tuple[str, str], _Track] = {}
    for arrow in arrows:
        track = tracks.setdefault((arrow.target, arrow.style), _Track(shapes[arrow.target]))
        source = shapes[arrow.source]
        track.starts += [(arrow, source, start) for start in source.starts(arrow.target) or [UNKNOWN]]
    _begin(list(tracks.values()))
    _end(list(tracks.values()))
    for cluster in _clusters([track for track in tracks.values() if track.span()[1] - track.span()[0] > 1]):
        ordered = _ordered(cluster, left)
        step = min(TRACK, (right - left - 24) / len(ordered))
        first = (left + right) / 2 - step * (len(ordered) - 1) / 2
        for index, track in enumerate(ordered):
            track.x = first + index * step
    lines: dict[Arrow, list[tuple[Point, ...]]] = defaultdict(list)
    for track in tracks.values():
        for arrow, source, start in track.starts:
            begin = (source.right if source.right <= left else source.x, start)
            end = (track.target.right if track.target.right <= left else track.target.x, track.end)
            bends = () if start == track.end else ((track.x, start), (track.x, track.end))
            lines[arrow].append((begin, *bends, end))
    return [Route(arrow, tuple(each)) for arrow, each in lines.items()]


def _begin(tracks: Sequence[_Track]) -> None:
    """Choose where arrows begin that do not begin at a line of text."""
    waiting: dict[str, list[tuple[_Track, int]]] = defaultdict(list)
    for track in tracks:
        for index, (_, source, start) in enumerate(track.starts):
            if start == UNKNOWN:
                waiting[source.id].append((track, index))
    for mine in waiting.values():
        mine.sort(key=lambda each: each[0].target.middle)
        for place, (track, index) in enumerate(mine):
            arrow, source, _ = track.starts[index]
            wanted = source.middle + (place - (len(mine) - 1) / 2) * 10
            track.starts[index] = (arrow, source, _clear(source, wanted, track, tracks))


def _end(tracks: Sequence[_Track]) -> None:
    """Choose where arrows end: at the height of one of their beginnings, if the box is that high."""
    for track in sorted(tracks, key=lambda each: each.target.middle):
        starts = [start for _, _, start in track.starts]
        inside = [start for start in starts if track.target.y + CLEAR < start < track.target.bottom - CLEAR]
        wanted = min(inside or starts, key=lambda start: abs(start - track.target.middle))
        track.end = _clear(track.target, wanted, track, tracks)


def _clear(shape: Shape, wanted: float, track: _Track, tracks: Sequence[_Track]) -> float:
    """The height in a box that is clear of the arrows of other tracks, and nearest to what is wanted."""
    taken = [
        height for other in tracks if other is not track for height in other.heights() if height != UNKNOWN
    ]
    top, bottom = round(shape.y + 8), round(shape.bottom - 8)

    def clearance(height: float) -> float:
        return min((abs(height - other) for other in taken), default=CLEAR)

    if top <= wanted <= bottom and clearance(wanted) >= NEAR:
        return wanted
    heights = map(float, range(top, bottom + 1))
    return min(heights, key=lambda height: (-min(clearance(height), CLEAR), abs(height - wanted)))


def _clusters(tracks: Sequence[_Track]) -> list[list[_Track]]:
    """Tracks that are beside each other at some height; others can have the same place."""
    clusters: list[list[_Track]] = []
    bottom = float("-inf")
    for track in sorted(tracks, key=lambda each: each.span()):
        begin, end = track.span()
        if begin > bottom + CLEAR:
            clusters.append([])
        clusters[-1].append(track)
        bottom = max(bottom, end)
    return clusters


def _ordered(cluster: list[_Track], left: float) -> list[_Track]:
    """The tracks from left to right such that few lines cross: neighbours change places while that helps."""
    ordered = list(cluster)
    for _ in ordered:
        for index in range(len(ordered) - 1):
            one, other = ordered[index : index + 2]
            if _crossings(other, one, left) < _crossings(one, other, left):
                ordered[index : index + 2] = [other, one]
    return ordered


def _crossings(one: _Track, other: _Track, left: float) -> int:
    """How often the lines of two tracks cross if `one` is to the left of `other`."""
    return sum(
        low < height < high
        for track, (low, high), side in ((one, other.span(), False), (other, one.span(), True))
        for height in _heights(track, left, to_the_left=side)
    )


def _heights(track: _Track, left: float, *, to_the_left: bool) -> list[float]:
    """The heights of a track's lines to boxes on one side of the gap."""
    ends = [(track.target, track.end), *((source, start) for _, source, start in track.starts)]
    return [height for shape, height in ends if (shape.right <= left) is to_the_left]
