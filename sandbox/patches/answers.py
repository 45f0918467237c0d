"""What MiniStack 1.5.33 answers otherwise than AWS, mended where Terraform's provider minds.

Without this an apply stops at the first API key, and the second plan, which is to be empty (requirement P9),
shows a change for every alarm, usage plan, MOCK integration, flow log, state machine and large object.
`sandbox/server/program.py` calls `answer_as_aws_does` in the server process. Each service keeps its
functions in its module, and looks them up at each call: they are replaced there by ones that call them.
"""
# ruff: noqa: SLF001 - MiniStack's services have no public name for one operation

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

from ministack.services import (  # type: ignore[import-untyped] # MiniStack has no types
    apigateway_v1,
    cloudwatch,
    ec2,
    s3,
    stepfunctions,
)

Answer: TypeAlias = tuple[int, dict[str, str], bytes]
"""A status, headers and a body."""

OK = 200

ALARM = ("ActionsEnabled", "AlarmActions", "AlarmDescription", "Dimensions", "ExtendedStatistic", "OKActions",
         "Period", "Statistic", "TreatMissingData", "Unit")  # fmt: skip
"""What DescribeAlarms leaves out of an alarm when it answers in XML, which is what SDKs for Go ask for."""

FLOW_LOG = {"DeliverLogsPermissionArn": "", "MaxAggregationInterval": "600"}
"""What CreateFlowLogs forgets of its parameters, with AWS's defaults."""


def answer_as_aws_does() -> None:
    """Replace what answers otherwise."""
    keep_what_api_gateway_is_given()
    describe_all_of_alarms()
    remember_all_of_flow_logs()
    remember_tracing_of_state_machines()
    remember_tags_of_large_objects()


def keep_what_api_gateway_is_given() -> None:
    """Take an API key's empty value for none; give no method to MOCK integrations, no quota to plans."""
    create_key, create_plan = apigateway_v1._create_api_key, apigateway_v1._create_usage_plan
    put = apigateway_v1._put_integration

    def create_api_key(data: Mapping[str, Any]) -> Any:  # noqa: ANN401
        return create_key({name: value for name, value in data.items() if name != "value" or value})

    def create_usage_plan(data: Mapping[str, Any]) -> Answer:
        answer: Answer = create_plan(data)
        plan = apigateway_v1._usage_plans[json.loads(answer[2])["id"]]
        if not plan["quota"]:
            del plan["quota"]
        return answer

    apigateway_v1._create_api_key, apigateway_v1._create_usage_plan = create_api_key, create_usage_plan
    apigateway_v1._put_integration = lambda api, resource, method, data: put(
        api, resource, method, {"httpMethod": None, **data}
    )


def describe_all_of_alarms() -> None:
    """Tell in XML what is told of an alarm in JSON."""
    describe = cloudwatch._describe_alarms

    def members(name: str) -> dict[str, Any]:
        return {member: cloudwatch._alarms[name].get(member) for member in ALARM}

    def described(params: object, content: object, is_cbor: bool, is_json: bool) -> Answer:
        answer: Answer = describe(params, content, is_cbor, is_json)
        if is_cbor or is_json or answer[0] != OK:
            return answer
        return with_members(answer, ".//{*}MetricAlarms/{*}member", members)

    cloudwatch._describe_alarms = described


def remember_all_of_flow_logs() -> None:
    """Keep a flow log's role, interval and tags: those come under AWS's name of the type, not MiniStack's."""
    create, describe = ec2._ACTION_MAP["CreateFlowLogs"], ec2._ACTION_MAP["DescribeFlowLogs"]

    def create_flow_logs(params: Mapping[str, Any]) -> Answer:
        answer: Answer = create(params)
        for made in re.findall(r"<item>(fl-\w+)</item>", answer[2].decode()):
            ec2._parse_tag_specs(params, "vpc-flow-log", made)
            for name, default in FLOW_LOG.items():
                ec2._flow_logs[made][name] = ec2._p(params, name, default)
        return answer

    def members(identifier: str) -> dict[str, Any]:
        flow_log = ec2._flow_logs[identifier]
        return {name[0].lower() + name[1:]: flow_log[name] for name in FLOW_LOG}

    ec2._ACTION_MAP["CreateFlowLogs"] = create_flow_logs
    ec2._ACTION_MAP["DescribeFlowLogs"] = lambda params: with_members(
        describe(params), ".//{*}flowLogSet/{*}item", members
    )


def remember_tracing_of_state_machines() -> None:
    """Keep whether a state machine is traced."""
    create, update = stepfunctions._create_state_machine, stepfunctions._update_state_machine

    def remembered(call: Callable[[Mapping[str, Any]], Answer], data: Mapping[str, Any]) -> Answer:
        answer = call(data)
        arn = json.loads(answer[2]).get("stateMachineArn", data.get("stateMachineArn"))
        if answer[0] == OK and "tracingConfiguration" in data:
            stepfunctions._state_machines[arn]["tracingConfiguration"] = data["tracingConfiguration"]
        return answer

    stepfunctions._create_state_machine = lambda data: remembered(create, data)
    stepfunctions._update_state_machine = lambda data: remembered(update, data)


def remember_tags_of_large_objects() -> None:
    """Keep the tags of an object that comes in parts: they come before the parts."""
    create, complete = s3._create_multipart_upload, s3._complete_multipart_upload
    tags: dict[str, str] = {}

    def create_upload(bucket: str, key: str, headers: Mapping[str, str]) -> Answer:
        answer: Answer = create(bucket, key, headers)
        found = re.search(rb"<UploadId>(.+)</UploadId>", answer[2])
        if found and "x-amz-tagging" in headers:
            tags[found[1].decode()] = headers["x-amz-tagging"]
        return answer

    def complete_upload(bucket: str, key: str, body: bytes, query: Any, headers: object) -> Answer:  # noqa: ANN401
        answer: Answer = complete(bucket, key, body, query, headers)
        tagged = tags.pop(s3._qp(query, "uploadId"), None)
        if tagged and answer[0] == OK:
            version = answer[1].get("x-amz-version-id")
            s3._object_tags[bucket, key, version] = dict(parse_qsl(tagged, keep_blank_values=True))
        return answer

    s3._create_multipart_upload, s3._complete_multipart_upload = create_upload, complete_upload


def with_members(answer: Answer, path: str, members: Callable[[str], Mapping[str, Any]]) -> Answer:
    """Return an answer in XML whose records, those at `path`, have further members.

    `members` is asked for them by what stands first in a record: its name or id.
    """
    status, headers, body = answer
    root = ET.fromstring(body)  # noqa: S314 - MiniStack made it
    space = root.tag.partition("}")[0] + "}"
    for record in root.findall(path):
        for name, value in members(record[0].text or "").items():
            if value not in (None, "", []):
                record.append(_element(space, name, value))
    return status, headers, ET.tostring(root, default_namespace=space.strip("{}"))


def _element(space: str, name: str, value: object) -> ET.Element:
    made = ET.Element(f"{space}{name}")
    if isinstance(value, list):
        made.extend(_element(space, "member", each) for each in value)
    elif isinstance(value, dict):
        made.extend(_element(space, *each) for each in value.items())
    else:
        made.text = str(value).lower() if isinstance(value, bool) else str(value)
    return made
