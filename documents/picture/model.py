"""What is drawn: boxes in lanes, and arrows."""

from collections.abc import Mapping
from dataclasses import dataclass

from documents.picture.network import Network


@dataclass(frozen=True)
class Box:
    """Something that is drawn.

    Attributes:
        address: Of the resource; for what is outside the stack, `<workload>.<service>`.
        label: What it is.
        name: The id of its construct in the workload.
        family: Its colour.
        column: Its place in the lane: what is called from outside, what runs in the VPC, what is used.
        note: A line about it.
    """

    address: str
    label: str
    name: str
    family: str
    column: int
    note: str = ""


@dataclass(frozen=True)
class Arrow:
    """One thing calls another.

    Attributes:
        source: Address of who calls.
        target: Address of what is called.
        labels: Routes, names of objects, or actions of IAM without their service.
        style: `route`, `event` or `grant`.
    """

    source: str
    target: str
    labels: tuple[str, ...]
    style: str


@dataclass(frozen=True)
class Lane:
    """A workload: what is drawn of it, what is only counted, and how many resources it has in all."""

    name: str
    boxes: tuple[Box, ...]
    counts: Mapping[str, int]
    size: int


@dataclass(frozen=True)
class Architecture:
    """A stack. The first lane is that which has the network."""

    title: str
    network: Network
    lanes: tuple[Lane, ...]
    arrows: tuple[Arrow, ...]

    @property
    def vpc(self) -> str:
        """What the VPC is called."""
        functions = any(box.column == 1 for lane in self.lanes for box in lane.boxes)
        return f"VPC {self.network.cidr}" + (", all functions in its private subnets" if functions else "")


def counted(noun: str, count: int) -> str:
    """`1 alarm`, `2 alarms`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
