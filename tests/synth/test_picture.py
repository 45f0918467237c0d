"""The picture shows the resources of the stack with any settings."""

import json
import re
from collections import Counter
from copy import deepcopy
from itertools import combinations, pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from documents.picture.architecture import architecture
from documents.picture.errors import UndrawableError
from documents.picture.layout import layout
from documents.picture.resource_types import COUNTED, DRAWN
from documents.picture.shapes import Rectangle
from documents.picture.summary import summary
from documents.picture.svg import svg
from synthesized.references import addresses
from synthesized.rest_apis import function, methods, rest_apis
from synthesized.stack import Stack
from tests.synthesis import Synthesize
from tests.template import Template, construct_path

SVG = "{http://www.w3.org/2000/svg}"
MODEL = "arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-lite-v1:0"
SETTINGS: dict[str, dict[str, str]] = {
    "default": {},
    "a NAT gateway in each of three zones": {"ZONES": "a,b,c", "NAT_GATEWAYS": "per_zone"},
    "endpoints": {"INTERFACE_ENDPOINTS": "ssm,kms", "ZONES": "a,b,c,d,e,f"},
    "one workload": {"WORKLOADS": "records", "RECORDS_MAX_CAPACITY": "50"},
    "no workload": {"WORKLOADS": "none"},
    "more": {
        "FILES_SUMMARY_MODELS": MODEL,
        "FILES_CLIENTS": "one,two",
        "REQUESTS_STATE_MACHINE_TYPE": "EXPRESS",
        "TASKS_AUTH": "iam",
        "ALARM_EMAIL": "ops@example.com",
    },
}
Ends = tuple[str, str]

# Widths in em of DejaVu Sans, the widest of the usual fonts. Characters of monospaced fonts have 0.602.
SANS = dict.fromkeys("mwMW@%&", 0.99) | dict.fromkeys("ijlI,.:'|", 0.34) | dict.fromkeys("ft -rs()", 0.53)
SIZES = {"name": 12, "row": 11, "label": 10.5}


@pytest.fixture(params=list(SETTINGS.values()), ids=list(SETTINGS))
def drawn(request: pytest.FixtureRequest, synthesize: Synthesize) -> Template:
    return synthesize(**request.param)


def test_every_resource_with_a_shape_is_drawn_once(drawn: Template) -> None:
    expected = sorted(drawn.resources(*DRAWN, "aws_subnet", "aws_internet_gateway"))
    ids = [shape.get("id", "") for shape in _all(svg(architecture(drawn)), "g", "shape")]
    assert sorted(name for name in ids if name.startswith("aws_")) == expected


def test_arrows_are_those_of_the_stack(drawn: Template) -> None:
    expected = _routes(drawn) | _events(drawn) | _grants(drawn) | _alarms(drawn) | _traffic(drawn)
    paths = _all(svg(architecture(drawn)), "path", None)
    arrows = [(path.get("data-source", ""), path.get("data-target", "")) for path in paths]
    assert Counter(arrow for arrow in arrows if all(arrow)) == Counter(expected)
    lines = [
        line for line in summary(architecture(drawn)).splitlines() if re.search(" (calls|notifies) ", line)
    ]
    assert len(lines) == len(expected - _traffic(drawn))


def test_zones_gateways_and_endpoints(synthesize: Synthesize) -> None:
    network = architecture(synthesize(**SETTINGS["a NAT gateway in each of three zones"])).network
    assert [(subnet.zone[-1], subnet.public, len(subnet.nat)) for subnet in network.subnets] == [
        (zone, public, int(public)) for zone in "abc" for public in (True, False)
    ]
    endpoints = svg(architecture(synthesize(**SETTINGS["endpoints"])))
    assert [text for text in _texts(endpoints) if text.startswith("us-east-1")] == [
        f"us-east-1{zone}" for zone in "abcdef"
    ]
    assert _texts(endpoints).count("NAT gateway") == 1
    assert {"Gateway endpoints", "dynamodb, s3", "Interface endpoints", "kms, ssm"} <= set(_texts(endpoints))


def test_settings_change_the_picture(synthesize: Synthesize) -> None:
    texts = _texts(svg(architecture(synthesize(**SETTINGS["more"]))))
    assert {"bedrock", "Step Functions, EXPRESS", "API Gateway, IAM", "API Gateway, API key"} <= set(texts)
    assert any("2 API keys" in text for text in texts)
    none = _texts(svg(architecture(synthesize(**SETTINGS["no workload"]))))
    assert not {"files", "23 alarms", "VPC 10.0.0.0/16, all functions in its private subnets"} & set(none)


def test_every_resource_is_drawn_or_counted(drawn: Template) -> None:
    lanes = architecture(drawn).lanes
    assert sum(lane.size for lane in lanes) == len(drawn.resources())
    assert {noun for lane in lanes for noun in lane.counts} <= set(COUNTED.values())
    for resource_type, noun in COUNTED.items():
        assert sum(lane.counts.get(noun, 0) for lane in lanes) == len(drawn.resources(resource_type))


def test_an_unknown_type_is_counted(stack: Template) -> None:
    document = _copy(stack)
    metadata = {"metadata": {"path": "serverless/tasks/firewall/acl", "uniqueId": "x"}}
    document["resource"]["aws_wafv2_web_acl"] = {"x": {"//": metadata}}
    assert "1 wafv2 web acl" in " ".join(_texts(svg(architecture(Stack(document)))))
    assert "1 wafv2 web acl" in summary(architecture(Stack(document)))


def test_a_grant_across_workloads_is_drawn(stack: Template) -> None:
    document = _copy(stack)
    (reader,) = (address for address in stack.resources("aws_lambda_function") if "records_reader" in address)
    (policy,) = (
        p for n, p in document["resource"]["aws_iam_role_policy"].items() if "reader_role_grants" in n
    )
    (table,) = (address for address in stack.resources("aws_dynamodb_table") if "sessions" in address)
    policy["policy"] = re.sub(r"aws_dynamodb_table\.[\w-]+", table, policy["policy"])
    routes = layout(architecture(Stack(document))).routes
    assert (reader, table) in {(route.arrow.source, route.arrow.target) for route in routes}
    text = summary(architecture(Stack(document)))
    assert "Lambda `reader` calls DynamoDB table `sessions` of tasks: `GetItem`." in text


def test_undrawable_stacks_are_rejected(stack: Template) -> None:
    document = _copy(stack)
    del next(iter(document["resource"]["aws_lambda_function"].values()))["vpc_config"]
    with pytest.raises(UndrawableError, match=r"aws_lambda_function\.\S+ is not in the private subnets"):
        architecture(Stack(document))
    document = _copy(stack)
    document["resource"]["aws_vpc"]["other"] = {}
    with pytest.raises(UndrawableError, match="one VPC, and this one has 2"):
        architecture(Stack(document))


def test_texts_fit_into_their_boxes(drawn: Template) -> None:
    for group in _all(svg(architecture(drawn)), "g", "shape"):
        box = group.find(f"{SVG}rect")
        assert box is not None
        left, top, width, height = (float(box.get(name, "")) for name in ("x", "y", "width", "height"))
        for text in group.iter(f"{SVG}text"):
            assert text.text
            x, y, size = float(text.get("x", "")), float(text.get("y", "")), SIZES[text.get("class", "")]
            ems = [
                SANS.get(character, 0.66) if text.get("class") == "label" else 0.602
                for character in text.text
            ]
            assert left + 4 <= x, text.text
            assert x + sum(ems) * size <= left + width - 4, text.text
            assert top + size <= y <= top + height - 3, text.text


def test_boxes_and_arrows_do_not_overlap(drawn: Template) -> None:
    placed = layout(architecture(drawn))
    for shape, other in combinations(placed.shapes, 2):
        assert not _overlap(shape, other), (shape.id, other.id)
    lines = [
        (route.arrow, Rectangle(min(a, c), min(b, d), abs(a - c), abs(b - d)))
        for route in placed.routes
        for points in route.lines
        for (a, b), (c, d) in pairwise(points)
    ]
    for arrow, line in lines:
        assert line.x > 0
        assert line.right < placed.width
        assert line.bottom < placed.height
        assert not any(_overlap(line, shape) for shape in placed.shapes), arrow
    for (arrow, line), (other_arrow, other_line) in combinations(lines, 2):
        if (arrow.target, arrow.style) != (other_arrow.target, other_arrow.style):
            parallel = (line.width and other_line.width) or (line.height and other_line.height)
            overlap = parallel and _overlap(_thick(line), _thick(other_line))
            assert not overlap, (arrow, other_arrow)


def test_the_picture_is_accessible_scalable_and_self_contained(stack: Template) -> None:
    text = svg(architecture(stack))
    root = ET.fromstring(text)  # noqa: S314 - our own document
    labels = root.get("aria-labelledby", "").split()
    assert [root.find(f"{SVG}*[@id='{label}']") is not None for label in labels] == [True, True]
    assert "width" not in root.attrib
    assert root.get("viewBox")
    assert "prefers-color-scheme: dark" in text
    assert not re.search(r"href|url\(|@import|@font-face|<image|<script", text)
    ids = re.findall(r' id="([^"]*)"', text)
    assert len(ids) == len(set(ids))


def _routes(stack: Template) -> set[Ends]:
    return {
        (api.address, invoked)
        for api in rest_apis(stack)
        for method in methods(api.document)
        if (invoked := function(stack, method))
    }


def _events(stack: Template) -> set[Ends]:
    return {
        (addresses(notification["bucket"])[0], addresses(event["lambda_function_arn"])[0])
        for notification in stack.resources("aws_s3_bucket_notification").values()
        for event in notification["lambda_function"]
    }


def _grants(stack: Template) -> set[Ends]:
    holders = {
        addresses(attributes.get("role") or attributes["role_arn"])[0]: address
        for address, attributes in stack.resources("aws_lambda_function", "aws_sfn_state_machine").items()
    }
    drawn = {
        address
        for address, attributes in stack.resources(*DRAWN).items()
        if not construct_path(attributes).startswith("platform/")
    }
    granted = set()
    for policy in stack.resources("aws_iam_role_policy").values():
        holder = holders.get(addresses(policy["role"])[0], "")
        for statement in json.loads(policy["policy"])["Statement"]:
            if holder and statement["Effect"] == "Allow":
                named = set(addresses(json.dumps(statement["Resource"])))
                granted |= {(holder, target) for target in named & drawn}
                if ":bedrock:" in json.dumps(statement["Resource"]):
                    granted.add((holder, "files.bedrock"))
    return granted


def _alarms(stack: Template) -> set[Ends]:
    alarms = stack.resources("aws_cloudwatch_metric_alarm").values()
    return {
        ("platform.alarms-of-alarms", topic)
        for attributes in alarms
        for topic in addresses(str(attributes["alarm_actions"]))
    }


def _traffic(stack: Template) -> set[Ends]:
    targets = set()
    for association in stack.resources("aws_route_table_association").values():
        (subnet,), (table,) = addresses(association["subnet_id"]), addresses(association["route_table_id"])
        for route in stack.resources("aws_route").values():
            if table in route["route_table_id"]:
                (target,) = addresses(route.get("nat_gateway_id") or route["gateway_id"])
                nat = stack.resources("aws_nat_gateway").get(target)
                targets.add((subnet, addresses(nat["subnet_id"])[0] if nat else target))
        for endpoint in stack.resources("aws_vpc_endpoint").values():
            if table in str(endpoint.get("route_table_ids")) or subnet in str(endpoint.get("subnet_ids")):
                targets.add((subnet, endpoint["vpc_endpoint_type"]))
    return targets


def _copy(stack: Template) -> Any:  # noqa: ANN401 - any JSON
    return deepcopy(stack.document)


def _all(text: str, tag: str, style: str | None) -> list[ET.Element]:
    elements = ET.fromstring(text).iter(f"{SVG}{tag}")  # noqa: S314 - our own document
    return [element for element in elements if style is None or style in element.get("class", "").split()]


def _texts(text: str) -> list[str]:
    return [element.text or "" for element in _all(text, "text", None)]


def _thick(line: Rectangle) -> Rectangle:
    """A line with its minimum distance to other lines."""
    return Rectangle(line.x - 1, line.y - 1, line.width + 2, line.height + 2)


def _overlap(first: Rectangle, second: Rectangle) -> bool:
    return (
        first.x < second.right
        and second.x < first.right
        and first.y < second.bottom
        and second.y < first.bottom
    )
