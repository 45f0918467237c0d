"""The architecture of a synthesized stack: what it consists of, and what calls what.

**Drawn**, each once, in the lane of its workload (the first construct in the stack): resources that contain
data or run code (`DRAWN`), the network, and services outside the stack that a policy names by ARN (a Bedrock
model).

**Arrows** are read from the JSON: the routes of an API to the functions they invoke, the notifications of
buckets, and what the inline policies of a function's or state machine's role allow on resources that are
drawn. Resources that all workloads use (the boxes beside the network) have no arrows; their note says what
uses them. Each topic has the number of its alarms beside it.

**Counted**, under the name of the lane: resources that are similar for every function or API (`COUNTED`),
and, by their Terraform type, the types that `resource_types.py` does not contain.

**Left out**: the parts of a drawn resource (`PARTS`), responses that API Gateway gives without a function,
managed policies, denials, and permissions on log groups or on everything (`*`).
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from documents.picture.errors import UndrawableError
from documents.picture.model import Architecture, Arrow, Box, Lane, counted
from documents.picture.network import network
from documents.picture.resource_types import COUNTED, DRAWN, NETWORK, PARTS
from synthesized.rest_apis import function, methods, rest_apis
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
class _ArrowLabels:
    """Collects the labels of arrows by source, target and style."""

    labels: dict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, source: str, target: str, style: str, *labels: str) -> None:
        collected = self.labels[source, target, style]
        collected.extend(label for label in labels if label not in collected)

    def arrows(self) -> list[Arrow]:
        """Return an arrow for each source, target and style, with routes in the order of their paths."""
        return [
            Arrow(source, target, tuple(sorted(labels, key=lambda label: label.split()[::-1])), style)
            for (source, target, style), labels in sorted(self.labels.items())
        ]


class _Reader:
    """Reads the architecture from a stack."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._resources: dict[str, Mapping[str, JSON]] = {
            block.address: block.arguments
            for block in sorted(stack.blocks.values(), key=lambda block: (block.type, block.name))
            if block.section == "resource"
        }
        self._methods = {api.address: list(methods(api.document)) for api in rest_apis(stack)}
        self._network = network(stack)
        self._platform = self._workload(self._network.address)

    def architecture(self) -> Architecture:
        labels = _ArrowLabels()
        self._add_routes(labels)
        self._add_events(labels)
        self._add_grants(labels)
        arrows = labels.arrows()
        alarms = list(self._alarms())
        boxes = [
            *(self._box(address) for address in self._resources if _type(address) in DRAWN),
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
        types = [_type(address) for address in self._resources if self._workload(address) == name]
        counts = Counter(
            COUNTED.get(type_, type_.removeprefix("aws_").replace("_", " "))
            for type_ in types
            if type_ not in DRAWN and type_ not in PARTS and type_ not in NETWORK
        )
        return Lane(name, tuple(boxes.values()), dict(sorted(counts.items())), len(types))

    def _box(self, address: str) -> Box:
        drawn_type = DRAWN[_type(address)]
        attributes = self._resources[address]
        note = ""
        if drawn_type.noun == "function":
            note = f"{attributes['memory_size']} MB, {attributes['timeout']} s"
            subnets = attributes.get("vpc_config", {}).get("subnet_ids", [])
            if set(self._addresses(subnets)) != {s.address for s in self._network.subnets if not s.public}:
                raise UndrawableError(
                    f"{address} is not in the private subnets: the picture has no other place for a function"
                )
        elif drawn_type.noun == "state machine":
            note = attributes.get("type", "STANDARD")
        elif drawn_type.noun == "API":
            note = self._callers(address)
        elif self._workload(address) == self._platform:
            note = self._users(address)
        return Box(
            address, drawn_type.label, self._path(address)[1], drawn_type.family, drawn_type.column, note
        )

    def _callers(self, api: str) -> str:
        """Return how callers of the routes that lead to functions authenticate."""
        schemes = {
            "API key" if method.api_key_required else {"NONE": "open"}.get(method.authorization, "IAM")
            for method in self._methods[api]
            if not method.is_mock
        }
        return " or ".join(sorted(schemes))

    def _users(self, address: str) -> str:
        """Return how many drawn resources refer to this one, directly or by one of their parts or roles."""
        users = {
            user
            for other in self._resources
            if address in self._addresses(self._stack.blocks[other].attributes)
            for user in self._owners(other)
            if user != address
        }
        counts = Counter(DRAWN[_type(user)].noun for user in sorted(users))
        used = ", ".join(counted(noun, count) for noun, count in counts.most_common())
        return f"for {used}" if used else ""

    def _owners(self, address: str) -> list[str]:
        """Return what is drawn for a resource: itself, its bucket, or what has the role of its policy."""
        attributes = self._resources[address]
        if _type(address) in DRAWN:
            return [address]
        if _type(address) == "aws_iam_role_policy":
            return self._holders(attributes["role"])
        if _type(address).startswith("aws_s3_bucket_"):
            return self._addresses(attributes["bucket"])
        return []

    def _add_routes(self, labels: _ArrowLabels) -> None:
        for api, api_methods in self._methods.items():
            for method in api_methods:
                if target := function(self._stack, method):
                    labels.add(api, target, "route", f"{method.http_method} {method.path}")

    def _add_events(self, labels: _ArrowLabels) -> None:
        for _, notification in self._all("aws_s3_bucket_notification"):
            (bucket,) = self._addresses(notification["bucket"])
            for receiver in ("lambda_function", "queue", "topic"):
                objects = defaultdict(list)
                for event in notification.get(receiver, []):
                    (target,) = self._addresses(event[f"{receiver}_arn"])
                    name = f"{event.get('filter_prefix', '')}*{event.get('filter_suffix', '')}"
                    objects[target].append(name)
                for target, names in objects.items():
                    # Filters are case-sensitive: .PNG is left out beside .png.
                    distinct = [name for name in names if name == name.lower() or name.lower() not in names]
                    labels.add(bucket, target, "event", f"on {' '.join(sorted(distinct))}")

    def _add_grants(self, labels: _ArrowLabels) -> None:
        for _, policy in self._all("aws_iam_role_policy"):
            for holder in self._holders(policy["role"]):
                for target, actions in self._allowed(holder, json.loads(policy["policy"])["Statement"]):
                    if self._workload(target) != self._platform or self._workload(holder) == self._platform:
                        labels.add(holder, target, "grant", *actions)

    def _allowed(self, holder: str, statements: list[Mapping[str, JSON]]) -> Iterator[tuple[str, list[str]]]:
        """Yield targets and the actions that statements allow on them.

        A target is the address of a resource, or `<workload>.<service>` for one outside the stack.
        """
        for statement in statements:
            if statement["Effect"] == "Allow":
                actions = sorted(action.partition(":")[2] for action in statement["Action"])
                for resource in statement["Resource"]:
                    addresses = self._addresses(resource)
                    for address in addresses:
                        if _type(address) in DRAWN:
                            yield address, actions
                    if not addresses and resource.startswith("arn:"):
                        yield f"{self._workload(holder)}.{resource.split(':')[2]}", actions

    def _alarms(self) -> Iterator[tuple[Box, Arrow]]:
        """Yield a box for all alarms that notify a topic, and the arrow to the topic."""
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
        """Return the functions and state machines that have a role."""
        (address,) = self._addresses(role)
        return [
            holder
            for type_, attribute in (("aws_lambda_function", "role"), ("aws_sfn_state_machine", "role_arn"))
            for holder, attributes in self._all(type_)
            if address in self._addresses(attributes[attribute])
        ]

    def _addresses(self, value: JSON) -> list[str]:
        """Return the resources that a value names."""
        return [address for address in self._stack.addresses_in(value) if address in self._resources]

    def _all(self, type_: str) -> Iterator[tuple[str, Mapping[str, JSON]]]:
        return ((address, a) for address, a in self._resources.items() if _type(address) == type_)

    def _workload(self, address: str) -> str:
        return self._path(address)[0]

    def _path(self, address: str) -> list[str]:
        """Return the path of a resource's construct in the stack: workload, construct, and so on."""
        if address not in self._resources:
            return address.split(".")
        return path_in_stack(self._resources[address]).split("/")


def _outside(address: str) -> Box:
    """Return the box of a service outside the stack that policies name."""
    return Box(address, "outside the stack", address.partition(".")[2], "outside", 2)


def _type(address: str) -> str:
    return address.partition(".")[0]
