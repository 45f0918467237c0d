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
"""Pixels between the heights of two arrows: usually, and the minimum for a straight arrow."""

UNKNOWN = -1.0
"""A height that is not chosen yet."""

Point = tuple[float, float]


@dataclass(frozen=True)
class Route:
    """An arrow and its lines, each of which ends at the target."""

    arrow: Arrow
    lines: tuple[tuple[Point, ...], ...]


@dataclass
class _Track:
    """Arrows of the same style to the same box: the start of each, and their common end."""

    target: Shape
    starts: list[tuple[Arrow, Shape, float]] = field(default_factory=list)
    end: float = UNKNOWN
    x: float = 0

    def heights(self) -> list[float]:
        return [self.end, *(start for _, _, start in self.starts)]

    def span(self) -> tuple[float, float]:
        return min(self.heights()), max(self.heights())


def space(arrows: Iterable[Arrow]) -> float:
    """Return the width of a gap for these arrows."""
    tracks = len({(arrow.target, arrow.style) for arrow in arrows})
    return tracks and tracks * TRACK + 30


def routes(arrows: Iterable[Arrow], shapes: Mapping[str, Shape], left: float, right: float) -> list[Route]:
    """Return the routes through the gap from `left` to `right`, between the boxes at its sides."""
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
    return [Route(arrow, tuple(polylines)) for arrow, polylines in lines.items()]


def _begin(tracks: Sequence[_Track]) -> None:
    """Choose the start heights of arrows that do not start at a line of text."""
    waiting: dict[str, list[tuple[_Track, int]]] = defaultdict(list)
    for track in tracks:
        for index, (_, source, start) in enumerate(track.starts):
            if start == UNKNOWN:
                waiting[source.id].append((track, index))
    for starting in waiting.values():
        starting.sort(key=lambda start: start[0].target.middle)
        for place, (track, index) in enumerate(starting):
            arrow, source, _ = track.starts[index]
            wanted = source.middle + (place - (len(starting) - 1) / 2) * 10
            track.starts[index] = (arrow, source, _clear(source, wanted, track, tracks))


def _end(tracks: Sequence[_Track]) -> None:
    """Choose the end heights: the height of one of the starts, if the target extends to it."""
    for track in sorted(tracks, key=lambda track: track.target.middle):
        starts = [start for _, _, start in track.starts]
        inside = [start for start in starts if track.target.y + CLEAR < start < track.target.bottom - CLEAR]
        wanted = min(inside or starts, key=lambda start: abs(start - track.target.middle))
        track.end = _clear(track.target, wanted, track, tracks)


def _clear(shape: Shape, wanted: float, track: _Track, tracks: Sequence[_Track]) -> float:
    """Return the height in a box nearest to the wanted one that is clear of the arrows of other tracks."""
    occupied = [
        height for other in tracks if other is not track for height in other.heights() if height != UNKNOWN
    ]
    top, bottom = round(shape.y + 8), round(shape.bottom - 8)

    def clearance(height: float) -> float:
        return min((abs(height - other) for other in occupied), default=CLEAR)

    if top <= wanted <= bottom and clearance(wanted) >= NEAR:
        return wanted
    heights = map(float, range(top, bottom + 1))
    return min(heights, key=lambda height: (-min(clearance(height), CLEAR), abs(height - wanted)))


def _clusters(tracks: Sequence[_Track]) -> list[list[_Track]]:
    """Return groups of tracks that overlap in height; tracks of different groups can have the same place."""
    clusters: list[list[_Track]] = []
    bottom = float("-inf")
    for track in sorted(tracks, key=lambda track: track.span()):
        begin, end = track.span()
        if begin > bottom + CLEAR:
            clusters.append([])
        clusters[-1].append(track)
        bottom = max(bottom, end)
    return clusters


def _ordered(cluster: list[_Track], left: float) -> list[_Track]:
    """Return the tracks from left to right with few crossings: neighbours are swapped while that helps."""
    ordered = list(cluster)
    for _ in ordered:
        for index in range(len(ordered) - 1):
            first, second = ordered[index : index + 2]
            if _crossings(second, first, left) < _crossings(first, second, left):
                ordered[index : index + 2] = [second, first]
    return ordered


def _crossings(first: _Track, second: _Track, left: float) -> int:
    """Return how often the lines of two tracks cross if `first` is to the left of `second`."""
    return sum(
        low < height < high
        for track, (low, high), side in ((first, second.span(), False), (second, first.span(), True))
        for height in _heights(track, left, to_the_left=side)
    )


def _heights(track: _Track, left: float, *, to_the_left: bool) -> list[float]:
    """Return the heights of a track's lines to boxes on one side of the gap."""
    ends = [(track.target, track.end), *((source, start) for _, source, start in track.starts)]
    return [height for shape, height in ends if (shape.right <= left) is to_the_left]
