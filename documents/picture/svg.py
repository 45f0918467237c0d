"""The picture as SVG: scalable, readable on light and dark pages, with fonts that every system has."""

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from documents.picture.layout import Layout, layout
from documents.picture.model import Architecture
from documents.picture.routing import Point, Route
from documents.picture.shapes import Frame, Shape

FAMILIES = {
    # On light and on dark pages; both keep a contrast of 4.5 to what is behind them.
    "entry": ("#7a3fb5", "#c79bf2"),
    "compute": ("#b4530a", "#f0a35e"),
    "data": ("#1d62b8", "#79b4f5"),
    "message": ("#b0246b", "#f08bbd"),
    "secret": ("#b3261e", "#f2938c"),
    "network": ("#14746b", "#5fc7bb"),
    "outside": ("#555f6b", "#aab4c0"),
}
LIGHT = {
    "page": "#ffffff",
    "lane": "#f3f5f8",
    "box": "#ffffff",
    "line": "#d4dae2",
    "text": "#1c2430",
    "soft": "#55606e",
}
DARK = {
    "page": "#0f141b",
    "lane": "#1a212b",
    "box": "#0f141b",
    "line": "#394553",
    "text": "#e8edf3",
    "soft": "#a5b1bf",
}
SANS = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
LEGEND = (("grant", "calls: by an API's route, or as its role allows"), ("event", "sends an event"))
CORNER = 5
HEAD = 6


def svg(architecture: Architecture) -> str:
    """Return the picture as an SVG document; equal architectures give equal bytes.

    Raises:
        UndrawableError: An arrow would cross a column (see `layout`).
    """
    placed = layout(architecture)
    root = ET.Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "viewBox": f"0 0 {_number(placed.width)} {_number(placed.height)}",
            "role": "img",
            "aria-labelledby": "picture-title picture-description",
        },
    )
    ET.SubElement(root, "title", id="picture-title").text = f"Architecture: {architecture.title}"
    ET.SubElement(root, "desc", id="picture-description").text = _description(architecture)
    ET.SubElement(root, "style").text = _style()
    ET.SubElement(root, "rect", {"class": "page", "width": "100%", "height": "100%", "rx": "8"})
    _text(root, 26, 26, "title", architecture.title)
    total = sum(lane.size for lane in architecture.lanes)
    _text(root, placed.width - 26, 26, "label end", f"{total} resources")
    for frame in placed.frames:
        _frame(root, frame)
    for route in placed.routes:
        _route(root, route, {shape.id: shape for shape in placed.shapes})
    for shape in placed.shapes:
        _shape(root, shape)
    _legend(root, placed)
    ET.indent(root, " ")
    return ET.tostring(root, encoding="unicode") + "\n"


def _frame(root: ET.Element, frame: Frame) -> None:
    element = ET.SubElement(root, "rect", {"class": frame.kind, **_rectangle(frame), "rx": "8"})
    if frame.title:
        ET.SubElement(element, "title").text = frame.title
        _text(root, frame.x + 9, frame.y + 14, "label network", frame.title)


def _shape(root: ET.Element, shape: Shape) -> None:
    group = ET.SubElement(root, "g", {"id": shape.id, "class": f"shape {shape.family}"})
    ET.SubElement(group, "rect", {**_rectangle(shape), "rx": "5"})
    for text in shape.texts():
        _text(group, text.x, text.y, text.style, text.text)


def _route(root: ET.Element, route: Route, shapes: Mapping[str, Shape]) -> None:
    arrow = route.arrow
    family = shapes[arrow.target].family
    group = ET.SubElement(root, "g", {"class": f"arrow {arrow.style} {family}"})
    source, target = (_line_of(shapes[end], "name") for end in (arrow.source, arrow.target))
    ET.SubElement(group, "title").text = f"{source} to {target}: {', '.join(arrow.labels)}".removesuffix(": ")
    path = " ".join(_line(points) for points in route.lines)
    ET.SubElement(group, "path", {"d": path, "data-source": arrow.source, "data-target": arrow.target})
    (before_x, _), (x, y) = route.lines[0][-2:]
    back = x - HEAD if before_x < x else x + HEAD
    head = f"M{_number(x)} {_number(y)}L{_number(back)} {_number(y - HEAD / 2)}V{_number(y + HEAD / 2)}Z"
    ET.SubElement(group, "path", {"class": "head", "d": head})


def _line(points: tuple[Point, ...]) -> str:
    """Return a line with rounded corners; its segments alternate between horizontal and vertical."""
    path = f"M{_number(points[0][0])} {_number(points[0][1])}"
    for before, (x, y), after in zip(points, points[1:], points[2:], strict=False):
        corner = min(CORNER, *(max(abs(x - end[0]), abs(y - end[1])) / 2 for end in (before, after)))
        start, end = (_towards((x, y), neighbour, corner) for neighbour in (before, after))
        path += f"L{_pair(start)}Q{_pair((x, y))} {_pair(end)}"
    return f"{path}L{_pair(points[-1])}"


def _towards(point: Point, target: Point, distance: float) -> Point:
    def step(start: float, end: float) -> float:
        return start + max(-distance, min(distance, end - start))

    return step(point[0], target[0]), step(point[1], target[1])


def _legend(root: ET.Element, placed: Layout) -> None:
    left, y = 26.0, placed.height - 16
    for style, meaning in LEGEND:
        group = ET.SubElement(root, "g", {"class": f"arrow {style} outside"})
        ET.SubElement(group, "path", {"d": f"M{_number(left)} {_number(y - 4)}h28"})
        _text(root, left + 36, y, "label", meaning)
        left += 36 + len(meaning) * 6.5 + 24


def _description(architecture: Architecture) -> str:
    lanes = "; ".join(
        f"{lane.name}: {', '.join(f'{box.label} {box.name}' for box in lane.boxes)}"
        for lane in architecture.lanes
    )
    return f"A VPC with the functions of every workload, what calls them and what they use. {lanes}."


def _line_of(shape: Shape, style: str) -> str:
    return next(text for text, line_style in shape.lines if line_style == style)


def _text(parent: ET.Element, x: float, y: float, style: str, text: str) -> None:
    ET.SubElement(parent, "text", {"x": _number(x), "y": _number(y), "class": style}).text = text


def _rectangle(shape: Frame | Shape) -> dict[str, str]:
    return {
        "x": _number(shape.x),
        "y": _number(shape.y),
        "width": _number(shape.width),
        "height": _number(shape.height),
    }


def _pair(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(value: float) -> str:
    """Return a number with at most one decimal, so that rounding errors are not in the file."""
    return f"{value:.1f}".removesuffix(".0")


def _style() -> str:
    fixed = f"""
text {{ font: 10.5px {SANS} }}
.name {{ font: bold 12px {MONO} }}
.row {{ font: 11px {MONO} }}
.title {{ font: bold 15px {SANS} }}
.end {{ text-anchor: end }}
.vpc, .zone, .lane {{ fill: none }}
.vpc {{ stroke-width: 1.5; stroke-dasharray: 7 4 }}
.arrow path {{ fill: none; stroke-width: 1.4 }}
.event path {{ stroke-dasharray: 4 3 }}
.arrow .head {{ stroke: none }}
"""
    return f"{fixed}{_colours(0, LIGHT)}@media (prefers-color-scheme: dark) {{\n{_colours(1, DARK)}}}\n"


def _colours(index: int, colours: Mapping[str, str]) -> str:
    rules = [
        f"text {{ fill: {colours['text']} }}",
        f".label {{ fill: {colours['soft']} }}",
        f".page {{ fill: {colours['page']}; stroke: {colours['line']} }}",
        f"rect.lane {{ fill: {colours['lane']} }}",
        f".zone {{ stroke: {colours['line']} }}",
        f".vpc {{ stroke: {FAMILIES['network'][index]} }}",
        f".shape rect {{ fill: {colours['box']} }}",
        ".shape.lane rect { fill: none }",
    ]
    for family, shades in FAMILIES.items():
        shade = shades[index]
        rules += [
            f".{family} rect, .{family} path {{ stroke: {shade} }}",
            f".{family} .head {{ fill: {shade} }}",
            f".{family} .label:first-of-type, text.{family} {{ fill: {shade} }}",
        ]
    return "".join(f"{rule}\n" for rule in rules)
