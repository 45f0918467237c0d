import json
from collections.abc import Callable

from sandbox.resource_types.resource_type import Attributes
from sandbox.server.process import Server
from synthesized.stack import JSON
from tests.integration.sandbox.resource_types.case import Case, Resources, reader
from tests.rest_api_documents import document

API: Resources = {"aws_api_gateway_rest_api": {"a": {"name": "shared"}}}
ID = {"rest_api_id": "${aws_api_gateway_rest_api.a.id}"}
PLACE = ID | {"resource_id": "${aws_api_gateway_rest_api.a.root_resource_id}", "http_method": "GET"}
METHOD = API | {"aws_api_gateway_method": {"m": PLACE | {"authorization": "NONE"}}}
MOCK = METHOD | {
    "aws_api_gateway_integration": {"i": PLACE | {"type": "MOCK", "depends_on": ["aws_api_gateway_method.m"]}}
}
ANSWER = MOCK | {
    "aws_api_gateway_method_response": {
        "r": PLACE | {"status_code": "200", "depends_on": ["aws_api_gateway_method.m"]}
    }
}
STAGE = MOCK | {
    "aws_api_gateway_deployment": {"d": ID | {"depends_on": ["aws_api_gateway_integration.i"]}},
    "aws_api_gateway_stage": {
        "s": ID | {"stage_name": "v1", "deployment_id": "${aws_api_gateway_deployment.d.id}"}
    },
}


def gateway(operation: str, path: str, **parameters: JSON) -> Callable[[Server, Attributes], JSON]:
    return reader("apigateway", operation, path, restApiId="{rest_api_id}", **parameters)


def method(operation: str, path: str, **parameters: JSON) -> Callable[[Server, Attributes], JSON]:
    return gateway(operation, path, resourceId="{resource_id}", httpMethod="{http_method}", **parameters)


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
    "aws_api_gateway_resource": Case(
        API
        | {
            "aws_api_gateway_resource": {
                "x": ID
                | {"parent_id": "${aws_api_gateway_rest_api.a.root_resource_id}", "path_part": "tasks"}
            }
        },
        gateway("get_resource", "path", resourceId="{id}"),
        "/tasks",
    ),
    "aws_api_gateway_method": Case(
        API
        | {
            "aws_api_gateway_method": {
                "x": PLACE
                | {
                    "authorization": "AWS_IAM",
                    "api_key_required": True,
                    "request_parameters": {"method.request.querystring.id": False},
                }
            }
        },
        lambda server, attributes: [
            method("get_method", member)(server, attributes)
            for member in ("authorizationType", "apiKeyRequired")
        ],
        ["AWS_IAM", True],
    ),
    "aws_api_gateway_method_response": Case(
        METHOD
        | {
            "aws_api_gateway_method_response": {
                "x": PLACE
                | {
                    "status_code": "204",
                    "response_parameters": {"method.response.header.Allow": True},
                    "depends_on": ["aws_api_gateway_method.m"],
                }
            }
        },
        method("get_method_response", "responseParameters", statusCode="204"),
        {"method.response.header.Allow": True},
    ),
    "aws_api_gateway_integration": Case(
        METHOD
        | {
            "aws_api_gateway_integration": {
                "x": PLACE
                | {
                    "type": "MOCK",
                    "request_templates": {"application/json": '{"statusCode": 200}'},
                    "timeout_milliseconds": 5000,
                    "depends_on": ["aws_api_gateway_method.m"],
                }
            }
        },
        lambda server, attributes: [
            method("get_integration", member)(server, attributes) for member in ("type", "timeoutInMillis")
        ],
        ["MOCK", 5000],
    ),
    "aws_api_gateway_integration_response": Case(
        ANSWER
        | {
            "aws_api_gateway_integration_response": {
                "x": PLACE
                | {
                    "status_code": "200",
                    "response_templates": {"application/json": "{}"},
                    "depends_on": ["aws_api_gateway_integration.i", "aws_api_gateway_method_response.r"],
                }
            }
        },
        method("get_integration_response", "responseTemplates", statusCode="200"),
        {"application/json": "{{}}"},
    ),
    "aws_api_gateway_gateway_response": Case(
        API
        | {
            "aws_api_gateway_gateway_response": {
                "x": ID | {"response_type": "MISSING_AUTHENTICATION_TOKEN", "status_code": "404"}
            }
        },
        gateway("get_gateway_response", "statusCode", responseType="{response_type}"),
        "404",
    ),
    "aws_api_gateway_model": Case(
        API
        | {
            "aws_api_gateway_model": {
                "x": ID | {"name": "Task", "content_type": "application/json", "schema": "{}"}
            }
        },
        gateway("get_model", "contentType", modelName="Task"),
        "application/json",
    ),
    "aws_api_gateway_request_validator": Case(
        API | {"aws_api_gateway_request_validator": {"x": ID | {"name": "v", "validate_request_body": True}}},
        gateway("get_request_validator", "validateRequestBody", requestValidatorId="{id}"),
        True,
    ),
    "aws_api_gateway_deployment": Case(
        MOCK
        | {
            "aws_api_gateway_deployment": {
                "x": ID | {"triggers": {"hash": "h"}, "depends_on": ["aws_api_gateway_integration.i"]}
            }
        },
        gateway("get_deployment", "id", deploymentId="{id}"),
        "{id}",
    ),
    "aws_api_gateway_stage": Case(
        MOCK
        | {
            "aws_cloudwatch_log_group": {"g": {"name": "/api/access"}},
            "aws_api_gateway_deployment": {"d": ID | {"depends_on": ["aws_api_gateway_integration.i"]}},
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
                }
            }
        },
        reader("apigateway", "get_usage_plan", "throttle", usagePlanId="{id}"),
        {"rateLimit": 50.0, "burstLimit": 100},
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
