"""The picture's content: boxes in lanes, and arrows."""

from collections.abc import Mapping
from dataclasses import dataclass

from documents.picture.network import Network


@dataclass(frozen=True)
class Box:
    """A resource, or a service outside the stack, that is drawn.

    Attributes:
        address: The address of the resource; for a service outside the stack, `<workload>.<service>`.
        label: The resource type in words.
        name: The id of its construct in the workload.
        family: Its colour, by the names in `svg.py`.
        column: Its column in the lane: 0 is called from outside, 1 runs in the VPC, 2 is used.
        note: A further line.
    """

    address: str
    label: str
    name: str
    family: str
    column: int
    note: str = ""


@dataclass(frozen=True)
class Arrow:
    """A call, or a notification.

    Attributes:
        source: Address of the caller.
        target: Address of the called resource.
        labels: Routes, names of objects, or IAM actions without their service.
        style: `route`, `event` or `grant`.
    """

    source: str
    target: str
    labels: tuple[str, ...]
    style: str


@dataclass(frozen=True)
class Lane:
    """A workload: its boxes, the counts of what is not drawn, and the number of all its resources."""

    name: str
    boxes: tuple[Box, ...]
    counts: Mapping[str, int]
    size: int


@dataclass(frozen=True)
class Architecture:
    """A stack. The first lane contains the network."""

    title: str
    network: Network
    lanes: tuple[Lane, ...]
    arrows: tuple[Arrow, ...]

    @property
    def vpc(self) -> str:
        """The title of the VPC."""
        functions = any(box.column == 1 for lane in self.lanes for box in lane.boxes)
        return f"VPC {self.network.cidr}" + (", all functions in its private subnets" if functions else "")


def counted(noun: str, count: int) -> str:
    """Return a count with its noun: `1 alarm`, `2 alarms`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
