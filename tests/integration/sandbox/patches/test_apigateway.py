import json
from typing import Any

import pytest

from sandbox.server.process import Client, Server


@pytest.fixture
def api_gateway(server: Server) -> Client:
    return server.client("apigateway")


def test_value_is_generated_for_empty_api_key(api_gateway: Client) -> None:
    assert len(api_gateway.create_api_key(name="empty", value="")["value"]) >= 20
    value = "x" * 20
    assert api_gateway.create_api_key(name="given", value=value)["value"] == value


def test_usage_plan_without_quota_has_no_quota(api_gateway: Client) -> None:
    plan_id = api_gateway.create_usage_plan(name="unlimited")["id"]
    assert "quota" not in api_gateway.get_usage_plan(usagePlanId=plan_id)
    quota = {"limit": 5, "period": "DAY"}
    plan_id = api_gateway.create_usage_plan(name="limited", quota=quota)["id"]
    assert api_gateway.get_usage_plan(usagePlanId=plan_id)["quota"] == quota


def test_patched_members_keep_their_types(server: Server) -> None:
    api_gateway = server.client("apigateway", credentials=server.root)  # not shared: it gets an event handler
    bodies: list[dict[str, Any]] = []  # what boto3 converts, other SDKs cannot decode
    api_gateway.meta.events.register(
        "after-call", lambda http_response, **_: bodies.append(json.loads(http_response.content))
    )
    api_id = api_gateway.create_rest_api(name="patched", minimumCompressionSize=1)["id"]
    root_id = api_gateway.get_resources(restApiId=api_id)["items"][0]["id"]
    method = {"restApiId": api_id, "resourceId": root_id, "httpMethod": "GET"}
    api_gateway.put_method(**method, authorizationType="NONE", apiKeyRequired=True)
    operations = [
        {"op": "replace", "path": "/apiKeyRequired", "value": "false"},
        {"op": "replace", "path": "/authorizationType", "value": "AWS_IAM"},
        {"op": "add", "path": "/requestParameters/method.request.querystring.a", "value": "true"},
    ]
    api_gateway.update_method(**method, patchOperations=operations)
    assert (bodies[-1]["apiKeyRequired"], bodies[-1]["authorizationType"]) == (False, "AWS_IAM")
    assert bodies[-1]["requestParameters"] == {"method.request.querystring.a": True}
    size = {"op": "replace", "path": "/minimumCompressionSize", "value": "2"}
    api_gateway.update_rest_api(restApiId=api_id, patchOperations=[size])
    assert bodies[-1]["minimumCompressionSize"] == 2
