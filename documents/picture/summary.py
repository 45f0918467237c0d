"""The picture as text, for readers without pictures: what calls what in each workload."""

import re
import textwrap
from collections.abc import Iterator, Mapping

from documents.picture.model import Architecture, Arrow, Box, Lane, counted
from documents.picture.network import Network

VERBS = {"route": "calls", "grant": "calls", "event": "notifies"}
WIDTH = 110
"""Columns of a line of text in the documents."""


def summary(architecture: Architecture) -> str:
    """Return a section in Markdown for each workload: a line for each arrow, then the number of resources."""
    return "\n\n".join(_section(lane, architecture) for lane in architecture.lanes)


def _section(lane: Lane, architecture: Architecture) -> str:
    workloads = {box.address: other.name for other in architecture.lanes for box in other.boxes}
    boxes = {box.address: box for other in architecture.lanes for box in other.boxes}
    connected = {end for arrow in architecture.arrows for end in (arrow.source, arrow.target)}
    lines = [*_network(architecture)] if lane is architecture.lanes[0] else []
    for box in lane.boxes:
        for arrow in architecture.arrows:
            if arrow.source == box.address:
                elsewhere = workloads[arrow.target] if workloads[arrow.target] != lane.name else ""
                lines.append(_line(arrow, boxes, elsewhere))
        if box.address not in connected:
            lines.append(f"{_name(box)}, {box.note}." if box.note else f"{_name(box)}.")
    also = ", ".join(counted(noun, count) for noun, count in lane.counts.items())
    size = counted("resource", lane.size)
    paragraphs = [_wrapped(f"{size}; also {also}." if also else f"{size}.")]
    if lines:
        paragraphs.insert(0, "\n".join(_wrapped(f"- {line}", indent="  ") for line in lines))
    return "\n\n".join([f"### {lane.name}", *paragraphs])


def _network(architecture: Architecture) -> Iterator[str]:
    network: Network = architecture.network
    yield f"{architecture.vpc}."
    for zone in dict.fromkeys(subnet.zone for subnet in network.subnets):
        subnets = (
            f"{subnet.kind} {subnet.cidr}{' with a NAT gateway' if subnet.nat else ''}"
            for subnet in network.subnets
            if subnet.zone == zone
        )
        yield f"Zone {zone}: {', '.join(subnets)}."
    for endpoints in network.endpoints:
        yield f"{endpoints.type} endpoints: {', '.join(endpoints.services.values())}."


def _line(arrow: Arrow, boxes: Mapping[str, Box], elsewhere: str) -> str:
    source, target = boxes[arrow.source], boxes[arrow.target]
    caller = f" ({source.note})" if source.family == "entry" else ""
    workload = f" of {elsewhere}" if elsewhere else ""
    names = ", ".join(f"`{label.removeprefix('on ')}`" for label in arrow.labels)
    labels = f": {names}" if names else ""
    return f"{_name(source)}{caller} {VERBS[arrow.style]} {_name(target)}{workload}{labels}."


def _name(box: Box) -> str:
    if box.family == "outside":
        return f"{box.name} ({box.label})"
    return f"{box.label} `{box.name}`" if box.address.startswith("aws_") else f"{box.label} ({box.name})"


def _wrapped(text: str, indent: str = "") -> str:
    """Return a text in lines, none of which ends inside backticks."""
    held = re.sub("`[^`]*`", lambda code: code[0].replace(" ", "\N{NO-BREAK SPACE}"), text)
    filled = textwrap.fill(
        held, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return filled.replace("\N{NO-BREAK SPACE}", " ")
