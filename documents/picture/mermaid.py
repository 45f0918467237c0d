"""The picture as Mermaid: a flowchart of the network, and one of each workload with what its arrows say.

One flowchart for everything would be drawn by GitHub at a size that nobody can read.
"""

import re
from collections.abc import Container, Iterator, Sequence

from documents.picture.model import Architecture, Arrow, Box, Lane, counted
from documents.picture.network import Network

ARROWS = {"route": "-->", "grant": "-->", "event": "-.->"}
STROKES = {
    # In the middle of what the SVG has on light and on dark pages.
    "entry": "#9a63d6",
    "compute": "#d9822b",
    "data": "#3f87db",
    "message": "#d4508f",
    "secret": "#d9534a",
    "network": "#2b9c90",
    "outside": "#808b97",
}


def mermaid(architecture: Architecture) -> str:
    """Markdown with a heading, a flowchart and a line of counts for each lane."""
    return "\n\n".join(_section(lane, architecture) for lane in architecture.lanes)


def _section(lane: Lane, architecture: Architecture) -> str:
    own = {box.address for box in lane.boxes}
    targets = {arrow.target for arrow in architecture.arrows if arrow.source in own}
    lines = [*_boxes(lane, architecture)]
    if lane is architecture.lanes[0]:
        lines = [*_network(architecture), *lines]
    lines += [
        _node(box.address, box.family, box.name, f"{box.label}, of {other.name}")
        for other in architecture.lanes
        for box in other.boxes
        if other is not lane and box.address in targets
    ]
    lines += _arrows(architecture.arrows, own)
    lines += [
        f"classDef {family} stroke:{stroke},stroke-width:2px"
        for family, stroke in STROKES.items()
        if any(line.endswith(f":::{family}") for line in lines)
    ]
    chart = "\n".join(f"  {line}" for line in lines)
    also = "".join(f", {counted(noun, count)}" for noun, count in lane.counts.items())
    counts = f"{counted('resource', lane.size)}{also.replace(',', '; also', 1)}."
    return f"### {lane.name}\n\n```mermaid\nflowchart LR\n{chart}\n```\n\n{counts}"


def _boxes(lane: Lane, architecture: Architecture) -> Iterator[str]:
    functions = [box for box in lane.boxes if box.column == 1]
    yield from (_box(box) for box in lane.boxes if box.column != 1)
    if functions:
        yield f'subgraph vpc_{_id(lane.name)}["VPC {architecture.network.cidr}, private subnets"]'
        yield from (f"  {_box(box)}" for box in functions)
        yield "end"


def _network(architecture: Architecture) -> Iterator[str]:
    network: Network = architecture.network
    yield from (_node(address, "network", "internet gateway") for address in network.internet)
    yield f'subgraph {_id(network.address)}["VPC {network.cidr}"]'
    for zone in dict.fromkeys(subnet.zone for subnet in network.subnets):
        yield f'  subgraph zone_{_id(zone)}["{_text(zone)}"]'
        for subnet in network.subnets:
            if subnet.zone == zone:
                nat = ["NAT gateway"] * len(subnet.nat)
                yield f"    {_node(subnet.address, 'network', subnet.kind, subnet.cidr, *nat)}"
        yield "  end"
    for each in network.endpoints:
        services = ", ".join(each.services.values())
        yield f"  {_node(each.type, 'network', f'{each.type} endpoints', services)}"
    yield "end"
    yield from (_arrow(source, "-->", target) for source, target in network.routes)


def _box(box: Box) -> str:
    label = f"{box.label}, {box.note}" if box.note else box.label
    return _node(box.address, box.family, box.name, label)


def _node(address: str, family: str, *lines: str) -> str:
    return f'{_id(address)}["{"<br/>".join(map(_text, lines))}"]:::{family}'


def _arrows(arrows: Sequence[Arrow], own: Container[str]) -> Iterator[str]:
    """The arrows from some boxes; who is told of an object and may read it has one arrow with two heads."""
    back = {(arrow.target, arrow.source): arrow for arrow in arrows if arrow.style == "grant"}
    told = {(arrow.source, arrow.target) for arrow in arrows if arrow.style == "event"}
    for arrow in arrows:
        both = back.get((arrow.source, arrow.target)) if arrow.style == "event" else None
        if arrow.source in own and (arrow.style != "grant" or (arrow.target, arrow.source) not in told):
            labels = (*arrow.labels, *(both.labels if both else ()))
            yield _arrow(arrow.source, "<-.->" if both else ARROWS[arrow.style], arrow.target, *labels)


def _arrow(source: str, line: str, target: str, *labels: str) -> str:
    label = f'|"{"<br/>".join(map(_text, labels))}"|' if labels else ""
    return f"{_id(source)} {line}{label} {_id(target)}"


def _id(address: str) -> str:
    """An address as a name in Mermaid."""
    return re.sub(r"\W", "_", address)


def _text(text: str) -> str:
    """A text in which nothing is taken for Mermaid or HTML."""
    return re.sub(r'[#"<>&`;]', lambda found: f"#{ord(found[0])};", text)
