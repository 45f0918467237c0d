import json
from collections.abc import Callable

from sandbox.resource_types.resource_type import Attributes
from sandbox.server.process import Server
from synthesized.stack import JSON
from tests.integration.sandbox.resource_types.case import Case, Resources, reader
from tests.rest_api_documents import document

API: Resources = {"aws_api_gateway_rest_api": {"a": {"name": "shared", "body": json.dumps(document())}}}
ID = {"rest_api_id": "${aws_api_gateway_rest_api.a.id}"}
STAGE = API | {
    "aws_api_gateway_deployment": {"d": ID},
    "aws_api_gateway_stage": {
        "s": ID | {"stage_name": "v1", "deployment_id": "${aws_api_gateway_deployment.d.id}"}
    },
}


def gateway(operation: str, path: str, **parameters: JSON) -> Callable[[Server, Attributes], JSON]:
    return reader("apigateway", operation, path, restApiId="{rest_api_id}", **parameters)


CASES = {
    "aws_api_gateway_rest_api": Case(
        {
            "aws_api_gateway_rest_api": {
                "x": {
                    "name": "notes",
                    "endpoint_configuration": {"types": ["REGIONAL"]},
                    "body": json.dumps(document()),
                    "put_rest_api_mode": "overwrite",
                    "fail_on_warnings": True,
                }
            }
        },
        lambda server, attributes: [
            reader("apigateway", "get_rest_api", "endpointConfiguration.types", restApiId="{id}")(
                server, attributes
            ),
            reader("apigateway", "get_model", "name", restApiId="{id}", modelName="Note")(server, attributes),
        ],
        [["REGIONAL"], "Note"],
    ),
    "aws_api_gateway_deployment": Case(
        API | {"aws_api_gateway_deployment": {"x": ID | {"triggers": {"hash": "h"}}}},
        gateway("get_deployment", "id", deploymentId="{id}"),
        "{id}",
    ),
    "aws_api_gateway_stage": Case(
        API
        | {
            "aws_cloudwatch_log_group": {"g": {"name": "/api/access"}},
            "aws_api_gateway_deployment": {"d": ID},
            "aws_api_gateway_stage": {
                "x": ID
                | {
                    "stage_name": "v1",
                    "deployment_id": "${aws_api_gateway_deployment.d.id}",
                    "xray_tracing_enabled": True,
                    "variables": {"a": "b"},
                    "access_log_settings": {
                        "destination_arn": "${aws_cloudwatch_log_group.g.arn}",
                        "format": "$context.requestId",
                    },
                }
            },
        },
        lambda server, attributes: [
            gateway("get_stage", member, stageName="v1")(server, attributes)
            for member in ("tracingEnabled", "variables", "accessLogSettings.format")
        ],
        [True, {"a": "b"}, "$context.requestId"],
    ),
    "aws_api_gateway_method_settings": Case(
        STAGE
        | {
            "aws_api_gateway_method_settings": {
                "x": ID
                | {
                    "stage_name": "${aws_api_gateway_stage.s.stage_name}",
                    "method_path": "*/*",
                    "settings": {"metrics_enabled": True, "throttling_rate_limit": 50},
                }
            }
        },
        lambda server, attributes: [
            gateway("get_stage", f"methodSettings.*/*.{member}", stageName="v1")(server, attributes)
            for member in ("metricsEnabled", "throttlingRateLimit")
        ],
        [True, 50.0],
    ),
    "aws_api_gateway_api_key": Case(
        {"aws_api_gateway_api_key": {"x": {"name": "mine"}}},
        lambda server, attributes: [
            reader("apigateway", "get_api_key", member, apiKey="{id}", includeValue=True)(server, attributes)
            for member in ("enabled", "value")
        ],
        [True, "{value}"],
    ),
    "aws_api_gateway_usage_plan": Case(
        STAGE
        | {
            "aws_api_gateway_usage_plan": {
                "x": {
                    "name": "mine",
                    "api_stages": [
                        {
                            "api_id": "${aws_api_gateway_rest_api.a.id}",
                            "stage": "${aws_api_gateway_stage.s.stage_name}",
                        }
                    ],
                    "throttle_settings": {"rate_limit": 50, "burst_limit": 100},
                    "quota_settings": {"limit": 10, "period": "DAY"},
                }
            }
        },
        reader("apigateway", "get_usage_plan", "quota", usagePlanId="{id}"),
        {"limit": 10, "period": "DAY"},
    ),
    "aws_api_gateway_usage_plan_key": Case(
        {
            "aws_api_gateway_api_key": {"k": {"name": "planned"}},
            "aws_api_gateway_usage_plan": {"p": {"name": "with-key"}},
            "aws_api_gateway_usage_plan_key": {
                "x": {
                    "usage_plan_id": "${aws_api_gateway_usage_plan.p.id}",
                    "key_id": "${aws_api_gateway_api_key.k.id}",
                    "key_type": "API_KEY",
                }
            },
        },
        reader("apigateway", "get_usage_plan_keys", "items.0.name", usagePlanId="{usage_plan_id}"),
        "planned",
    ),
}
