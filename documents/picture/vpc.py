"""Positions in the VPC: in each zone the public subnets beside the private ones, then the endpoints."""

import textwrap
from collections.abc import Sequence

from documents.picture.model import Architecture, Arrow
from documents.picture.routing import Route, routes, space
from documents.picture.shapes import BETWEEN, Frame, Shape, align, stack, stacked, widest

PADDING, OUTSIDE = 9, 24
"""Pixels between frames and their content, and between the VPC and its zones, where arrows leave it."""
CAPTION = 18
"""Pixels for the name of a frame."""
NAME = 20
"""Characters in a line of names of endpoints."""


class Vpc:
    """The frame of the VPC, and the parts of the network in it."""

    def __init__(self, architecture: Architecture) -> None:
        network = architecture.network
        self._title = architecture.vpc
        self.internet = [_shape(address, "VPC", ["internet gateway"]) for address in network.internet]
        self._zones: dict[str, tuple[list[Shape], list[Shape]]] = {}
        for subnet in network.subnets:
            nat = ["NAT gateway"] * len(subnet.nat)
            shape = _shape(subnet.address, subnet.kind, [subnet.cidr], nat)
            self._zones.setdefault(subnet.zone, ([], []))[not subnet.public].append(shape)
        self._endpoints = [
            _shape(
                endpoints.type,
                f"{endpoints.type} endpoints",
                textwrap.wrap(", ".join(endpoints.services.values()), NAME),
            )
            for endpoints in network.endpoints
        ]
        self._public = [shape for public, _ in self._zones.values() for shape in public]
        self._private = [shape for _, private in self._zones.values() for shape in private]
        arrows = [Arrow(source, target, (), "network") for source, target in network.routes]
        ends = [{shape.id for shape in shapes} for shapes in (self.internet, self._public, self._endpoints)]
        self._arrows = [[arrow for arrow in arrows if arrow.target in end] for end in ends]
        self.frames: list[Frame] = []

    @property
    def shapes(self) -> list[Shape]:
        """The shapes in the frame."""
        return [*self._public, *self._private, *self._endpoints]

    @property
    def width(self) -> float:
        """The minimum width."""
        columns = (self._public, self._private, self._endpoints)
        return sum(map(widest, columns)) + sum(map(space, self._arrows)) + 4 * PADDING + OUTSIDE

    @property
    def height(self) -> float:
        """The height of the part above the functions."""
        zones = sum(_zone_height(zone) + BETWEEN for zone in self._zones.values())
        return CAPTION + max(zones, CAPTION + stacked(self._endpoints) + BETWEEN)

    def place(self, left: float, right: float, top: float, bottom: float) -> None:
        """Place everything in a frame with these edges."""
        self.frames = [Frame(left, top, right - left, bottom - top, "vpc", self._title)]
        zone_left = left + OUTSIDE
        private_left = zone_left + PADDING + widest(self._public) + space(self._arrows[1])
        zone_right = private_left + widest(self._private) + PADDING
        align(self._public, zone_left + PADDING, widest(self._public))
        align(self._private, private_left, widest(self._private))
        align(self._endpoints, right - PADDING - widest(self._endpoints), widest(self._endpoints))
        top += CAPTION
        stack(self._endpoints, top + CAPTION)
        for zone, columns in self._zones.items():
            height = _zone_height(columns)
            self.frames.append(Frame(zone_left, top, zone_right - zone_left, height, "zone", zone))
            for shapes in columns:
                stack(shapes, top + CAPTION)
            top += height + BETWEEN

    def routes(self, outside: float) -> list[Route]:
        """Return the routes of traffic; `outside` is the right edge of the column left of the frame."""
        shapes = {shape.id: shape for shape in (*self.internet, *self.shapes)}
        columns = (self._public, self._private, self._endpoints)
        rights = (outside, *(column[0].right for column in columns if column))
        lefts = (column[0].x for column in columns if column)
        return [
            route
            for arrows, right, left in zip(self._arrows, rights, lefts, strict=False)
            for route in routes(arrows, shapes, right, left)
        ]


def _zone_height(columns: tuple[list[Shape], list[Shape]]) -> float:
    return CAPTION + max(map(stacked, columns)) + PADDING


def _shape(address: str, label: str, names: Sequence[str], notes: Sequence[str] = ()) -> Shape:
    lines = ((label, "label"), *((name, "name") for name in names), *((note, "label") for note in notes))
    return Shape.around(address, "network", lines, {})
