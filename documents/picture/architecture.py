"""What a synthesized stack consists of, and what in it calls what: as much as a newcomer reads in a minute.

**Drawn**, each once, in the lane of its workload (the first construct in the stack): what holds data or runs
code (`DRAWN`), the network, and services outside the stack that a policy names by ARN (a model of Bedrock).

**Arrows** are what the JSON says, and nothing else: routes of an API to the functions they invoke,
notifications of buckets, and what the inline policies of a function's or state machine's role allow on
something that is drawn. What all workloads use (the boxes beside the network) gets no arrows but says what
uses it; each topic has the number of its alarms beside it.

**Counted**, under the lane's name: what stands beside each function or API and differs little (`COUNTED`),
and, under its Terraform type, whatever this module does not know.

**Left out**: the parts that something drawn is made of (`PARTS`), answers that API Gateway gives without a
function, managed policies, denials, and what a role may do on log groups or on everything (`*`).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from documents.picture.errors import UndrawableError
from documents.picture.kinds import COUNTED, DRAWN, NETWORK, PARTS
from documents.picture.model import Architecture, Arrow, Box, Lane, counted
from documents.picture.network import network
from synthesized.rest_apis import methods
from synthesized.stack import JSON, Stack, path_in_stack


def architecture(stack: Stack) -> Architecture:
    """Return what is drawn of a synthesized stack, in the order of addresses.

    Raises:
        UndrawableError: The stack has not exactly one VPC, or a function outside it.
        StackError: The stack has no region.
        LookupError, TypeError, ValueError, AttributeError: A resource lacks an argument that is drawn.
    """
    return _Reader(stack).architecture()


@dataclass
class _Arrows:
    """Labels of arrows, by who calls what and how, while they are gathered."""

    labels: dict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, source: str, target: str, style: str, *labels: str) -> None:
        known = self.labels[source, target, style]
        known.extend(label for label in labels if label not in known)

    def arrows(self) -> list[Arrow]:
        """One for each, with routes in the order of their paths."""
        return [
            Arrow(source, target, tuple(sorted(labels, key=lambda label: label.split()[::-1])), style)
            for (source, target, style), labels in sorted(self.labels.items())
        ]


class _Reader:
    """Reads off a stack what is drawn of it."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._resources: dict[str, Mapping[str, JSON]] = {
            block.address: block.arguments
            for block in sorted(stack.blocks.values(), key=lambda block: (block.type, block.name))
            if block.section == "resource"
        }
        self._network = network(stack)
        self._platform = self._workload(self._network.address)

    def architecture(self) -> Architecture:
        found = _Arrows()
        self._routes(found)
        self._events(found)
        self._grants(found)
        arrows = found.arrows()
        alarms = list(self._alarms())
        boxes = [
            *(self._box(address) for address in self._resources if _kind(address) in DRAWN),
            *(_outside(arrow.target) for arrow in arrows if arrow.target not in self._resources),
            *(box for box, _ in alarms),
        ]
        workloads = {self._workload(address) for address in self._resources}
        tags = self._stack.default_tags
        return Architecture(
            title=f"{tags['Project']}, {tags['Environment']}, {self._stack.region}",
            network=self._network,
            lanes=tuple(
                self._lane(name, {box.address: box for box in boxes if self._workload(box.address) == name})
                for name in sorted(workloads, key=lambda name: (name != self._platform, name))
            ),
            arrows=(*arrows, *(arrow for _, arrow in alarms)),
        )

    def _lane(self, name: str, boxes: Mapping[str, Box]) -> Lane:
        kinds = [_kind(address) for address in self._resources if self._workload(address) == name]
        counts = Counter(
            COUNTED.get(kind, kind.removeprefix("aws_").replace("_", " "))
            for kind in kinds
            if kind not in DRAWN and kind not in PARTS and kind not in NETWORK
        )
        return Lane(name, tuple(boxes.values()), dict(sorted(counts.items())), len(kinds))

    def _box(self, address: str) -> Box:
        kind = DRAWN[_kind(address)]
        attributes = self._resources[address]
        note = ""
        if kind.noun == "function":
            note = f"{attributes['memory_size']} MB, {attributes['timeout']} s"
            subnets = attributes.get("vpc_config", {}).get("subnet_ids", [])
            if set(self._addresses(subnets)) != {s.address for s in self._network.subnets if not s.public}:
                raise UndrawableError(
                    f"{address} is not in the private subnets, and the picture has no other place"
                )
        elif kind.noun == "state machine":
            note = attributes.get("type", "STANDARD")
        elif kind.noun == "API":
            note = self._callers(address)
        elif self._workload(address) == self._platform:
            note = self._users(address)
        return Box(address, kind.label, self._path(address)[1], kind.family, kind.column, note)

    def _callers(self, api: str) -> str:
        """Return how callers of the routes that lead to functions authenticate."""
        schemes = {
            "API key"
            if method.arguments["api_key_required"]
            else {"NONE": "open"}.get(method.arguments["authorization"], "IAM")
            for method in methods(self._stack)
            if method.operation and method.api == api
        }
        return " or ".join(sorted(schemes))

    def _users(self, address: str) -> str:
        """How many of what is drawn refer to this, themselves or by a part or a role of theirs."""
        users = {
            user
            for other in self._resources
            if address in self._addresses(self._stack.blocks[other].attributes)
            for user in self._owners(other)
            if user != address
        }
        counts = Counter(DRAWN[_kind(user)].noun for user in sorted(users))
        used = ", ".join(counted(noun, count) for noun, count in counts.most_common())
        return f"for {used}" if used else ""

    def _owners(self, address: str) -> list[str]:
        """What is drawn for a resource: itself, the bucket it is a part of, or who has the role it is of."""
        attributes = self._resources[address]
        if _kind(address) in DRAWN:
            return [address]
        if _kind(address) == "aws_iam_role_policy":
            return self._holders(attributes["role"])
        if _kind(address).startswith("aws_s3_bucket_"):
            return self._addresses(attributes["bucket"])
        return []

    def _routes(self, arrows: _Arrows) -> None:
        for method in methods(self._stack):
            if method.function:
                arrows.add(method.api, method.function, "route", f"{method.http_method} {method.path}")

    def _events(self, found: _Arrows) -> None:
        for _, notification in self._all("aws_s3_bucket_notification"):
            (bucket,) = self._addresses(notification["bucket"])
            for receiver in ("lambda_function", "queue", "topic"):
                objects = defaultdict(list)
                for event in notification.get(receiver, []):
                    (target,) = self._addresses(event[f"{receiver}_arn"])
                    name = f"{event.get('filter_prefix', '')}*{event.get('filter_suffix', '')}"
                    objects[target].append(name)
                for target, names in objects.items():
                    # Filters tell .PNG from .png; a reader need not be told both.
                    once = [name for name in names if name == name.lower() or name.lower() not in names]
                    found.add(bucket, target, "event", f"on {' '.join(sorted(once))}")

    def _grants(self, found: _Arrows) -> None:
        for _, policy in self._all("aws_iam_role_policy"):
            for holder in self._holders(policy["role"]):
                for target, actions in self._allowed(holder, json.loads(policy["policy"])["Statement"]):
                    if self._workload(target) != self._platform or self._workload(holder) == self._platform:
                        found.add(holder, target, "grant", *actions)

    def _allowed(self, holder: str, statements: list[Mapping[str, JSON]]) -> Iterator[tuple[str, list[str]]]:
        """What statements allow on what: by address, or `<workload>.<service>` for what the stack has not."""
        for statement in statements:
            if statement["Effect"] == "Allow":
                actions = sorted(action.partition(":")[2] for action in statement["Action"])
                for resource in statement["Resource"]:
                    addresses = self._addresses(resource)
                    for address in addresses:
                        if _kind(address) in DRAWN:
                            yield address, actions
                    if not addresses and resource.startswith("arn:"):
                        yield f"{self._workload(holder)}.{resource.split(':')[2]}", actions

    def _alarms(self) -> Iterator[tuple[Box, Arrow]]:
        """A box for all alarms that go to a topic, and the arrow to it."""
        topics = Counter(
            topic
            for _, alarm in self._all("aws_cloudwatch_metric_alarm")
            for topic in self._addresses(alarm.get("alarm_actions", []))
        )
        for topic, count in topics.items():
            address = f"{self._workload(topic)}.alarms-of-{self._path(topic)[1]}"
            box = Box(address, "CloudWatch", counted("alarm", count), "message", 2)
            yield box, Arrow(address, topic, (), "event")

    def _holders(self, role: str) -> list[str]:
        """Who acts in a role."""
        (address,) = self._addresses(role)
        return [
            holder
            for kind, attribute in (("aws_lambda_function", "role"), ("aws_sfn_state_machine", "role_arn"))
            for holder, attributes in self._all(kind)
            if address in self._addresses(attributes[attribute])
        ]

    def _addresses(self, value: JSON) -> list[str]:
        """Return the resources that a value names."""
        return [address for address in self._stack.addresses_in(value) if address in self._resources]

    def _all(self, kind: str) -> Iterator[tuple[str, Mapping[str, JSON]]]:
        return ((address, a) for address, a in self._resources.items() if _kind(address) == kind)

    def _workload(self, address: str) -> str:
        return self._path(address)[0]

    def _path(self, address: str) -> list[str]:
        """Return the path of a resource's construct in the stack: workload, construct, and so on."""
        if address not in self._resources:
            return address.split(".")
        return path_in_stack(self._resources[address]).split("/")


def _outside(address: str) -> Box:
    """The box of a service that policies name, but nothing of the stack."""
    return Box(address, "outside the stack", address.partition(".")[2], "outside", 2)


def _kind(address: str) -> str:
    return address.partition(".")[0]
