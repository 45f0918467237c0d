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
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from documents.picture.errors import UndrawableError
from documents.picture.kinds import COUNTED, DRAWN, NETWORK, PARTS
from documents.picture.model import Architecture, Arrow, Box, Lane, counted
from documents.picture.network import network

Attributes = Mapping[str, Any]

_REFERENCE = re.compile(r"\$\{(aws_\w+\.[\w-]+)\.")
_FUNCTION_ARN = re.compile(r":function:([\w-]+)")


def architecture(stack: Attributes) -> Architecture:
    """What is drawn of a synthesized stack (the content of `cdk.tf.json`), in the order of addresses.

    Raises:
        UndrawableError: The stack has not exactly one VPC, or a function outside it.
        KeyError: This is no synthesized stack.
    """
    return _Stack(stack).architecture()


@dataclass
class _Found:
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


class _Stack:
    """The JSON of a stack, and what its resources say of each other."""

    def __init__(self, stack: Attributes) -> None:
        self._provider = stack["provider"]["aws"][0]
        self._resources: dict[str, Attributes] = {
            f"{kind}.{name}": attributes
            for kind, named in sorted(stack["resource"].items())
            for name, attributes in sorted(named.items())
        }
        self._functions = {a["function_name"]: address for address, a in self._all("aws_lambda_function")}
        self._network = network(self._resources)
        self._platform = self._workload(self._network.address)

    def architecture(self) -> Architecture:
        found = _Found()
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
        tags = self._provider["default_tags"][0]["tags"]
        return Architecture(
            title=f"{tags['Project']}, {tags['Environment']}, {self._provider['region']}",
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
        return Box(address, kind.label, self._path(address)[2], kind.family, kind.column, note)

    def _callers(self, api: str) -> str:
        """Who may call the routes of an API that lead to functions."""
        asked = {
            "API key" if method["api_key_required"] else {"NONE": "open"}.get(method["authorization"], "IAM")
            for _, method in self._all("aws_api_gateway_method")
            if "operation_name" in method and api in self._addresses(method["rest_api_id"])
        }
        return " or ".join(sorted(asked))

    def _users(self, address: str) -> str:
        """How many of what is drawn refer to this, themselves or by a part or a role of theirs."""
        users = {
            user
            for other, attributes in self._resources.items()
            if address in self._addresses({key: a for key, a in attributes.items() if key != "depends_on"})
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

    def _routes(self, found: _Found) -> None:
        for _, integration in self._all("aws_api_gateway_integration"):
            for function in _FUNCTION_ARN.findall(integration.get("uri", "")):
                (api,) = self._addresses(integration["rest_api_id"])
                (method,) = self._addresses(integration["http_method"])
                route = f"{self._resources[method]['http_method']} {self._route(integration['resource_id'])}"
                found.add(api, self._functions[function], "route", route)

    def _route(self, resource_id: str) -> str:
        """The path of an API's resource: its own part after that of its parent."""
        if resource_id.endswith(".root_resource_id}"):
            return "/"
        (address,) = self._addresses(resource_id)
        resource = self._resources[address]
        return f"{self._route(resource['parent_id']).rstrip('/')}/{resource['path_part']}"

    def _events(self, found: _Found) -> None:
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

    def _grants(self, found: _Found) -> None:
        for _, policy in self._all("aws_iam_role_policy"):
            for holder in self._holders(policy["role"]):
                for target, actions in self._allowed(holder, json.loads(policy["policy"])["Statement"]):
                    if self._workload(target) != self._platform or self._workload(holder) == self._platform:
                        found.add(holder, target, "grant", *actions)

    def _allowed(self, holder: str, statements: list[Attributes]) -> Iterator[tuple[str, list[str]]]:
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
            address = f"{self._workload(topic)}.alarms-of-{self._path(topic)[2]}"
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

    def _addresses(self, value: Any) -> list[str]:  # noqa: ANN401 - any JSON
        """What a value refers to; functions also by an ARN that is made of their name."""
        text = value if isinstance(value, str) else json.dumps(value)
        named = [self._functions[name] for name in _FUNCTION_ARN.findall(text) if name in self._functions]
        return list(dict.fromkeys([*_REFERENCE.findall(text), *named]))

    def _all(self, kind: str) -> Iterator[tuple[str, Attributes]]:
        return ((address, a) for address, a in self._resources.items() if _kind(address) == kind)

    def _workload(self, address: str) -> str:
        return self._path(address)[1]

    def _path(self, address: str) -> list[str]:
        """The path of a resource's construct: stack, workload, construct, and so on."""
        if address not in self._resources:
            return ["", *address.split(".")]
        path: list[str] = self._resources[address]["//"]["metadata"]["path"].split("/")
        return path


def _outside(address: str) -> Box:
    """The box of a service that policies name, but nothing of the stack."""
    return Box(address, "outside the stack", address.partition(".")[2], "outside", 2)


def _kind(address: str) -> str:
    return address.partition(".")[0]
