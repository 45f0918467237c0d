"""A regional REST API whose routes are Lambda functions."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Literal

from cdktf import TerraformResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.api_gateway_deployment import ApiGatewayDeployment
from cdktf_cdktf_provider_aws.api_gateway_integration import ApiGatewayIntegration
from cdktf_cdktf_provider_aws.api_gateway_method import ApiGatewayMethod
from cdktf_cdktf_provider_aws.api_gateway_method_response import ApiGatewayMethodResponse
from cdktf_cdktf_provider_aws.api_gateway_method_settings import (
    ApiGatewayMethodSettings,
    ApiGatewayMethodSettingsSettings,
)
from cdktf_cdktf_provider_aws.api_gateway_resource import ApiGatewayResource
from cdktf_cdktf_provider_aws.api_gateway_rest_api import (
    ApiGatewayRestApi,
    ApiGatewayRestApiEndpointConfiguration,
)
from cdktf_cdktf_provider_aws.api_gateway_stage import (
    ApiGatewayStage,
    ApiGatewayStageAccessLogSettings,
)
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from infra.constructs.api_parts import ApiParts, Schema, path_id
from infra.constructs.function import Function
from infra.constructs.gateway_answers import gateway_errors, method_not_allowed, preflight
from infra.constructs.key import Key
from infra.constructs.log_group import LogGroup
from infra.constructs.monitoring import Metric
from infra.constructs.role import Role

Auth = Literal["api_key", "iam", "none"]

ACCESS_LOG_FORMAT = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "ip": "$context.identity.sourceIp",
    "apiKeyId": "$context.identity.apiKeyId",
    "caller": "$context.identity.userArn",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "status": "$context.status",
    "responseLength": "$context.responseLength",
    "responseLatency": "$context.responseLatency",
    "integrationLatency": "$context.integrationLatency",
    "error": "$context.error.responseType",
    "errorMessage": "$context.error.message",
    "integrationError": "$context.integrationErrorMessage",
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    """What a method of a path does, as it is deployed and documented (docs/openapi.json).

    Attributes:
        name: in the document, and of the methods of clients that are made from it.
        function: answers it.
        status: of the answer to what succeeds.
        answer: the schema of its body, if it has one.
        answer_headers: names of headers that it can have.
        query, headers: names of the optional parameters.
        body: the schema of the body.
        function_checks_body: whether ``body`` is only there to be read, because the function says better what
            is wrong (docs/decisions/0009-functions-validate-bodies.md). Otherwise API Gateway refuses, with
            400, what is sent as ``application/json`` and is not like it, and calls no function.
    """

    name: str
    function: Function
    answer: Schema | None
    status: HTTPStatus = HTTPStatus.OK
    answer_headers: Sequence[str] = ()
    query: Sequence[str] = ()
    headers: Sequence[str] = ()
    body: Schema | None = None
    function_checks_body: bool = False

    def parameters(self, path: str) -> dict[str, bool]:
        """All parameters, as API Gateway names them, and whether each is required."""
        return {
            **{f"method.request.path.{name}": True for name in re.findall(r"{(\w+)}", path)},
            **{f"method.request.querystring.{name}": False for name in self.query},
            **{f"method.request.header.{name}": False for name in self.headers},
        }


class RestApi(Construct):
    """A REST API: Lambda proxy routes, validated requests, CORS, problem+json errors, access logs, tracing.

    ``route`` each path, then ``deploy`` once. A method that a path does not have answers 405, an unknown path
    404 (RFC 9110). With IAM methods an unknown path answers 403, because API Gateway gives it the same
    response type as a call without credentials.

    Access logs need API Gateway's CloudWatch role, which is one per region and account and therefore not in
    the stack.

    Args:
        stage_name: the first segment of the URL's path.
        auth: ``api_key`` (see ``UsagePlan``), ``iam`` or ``none``.
        cors_origins: what may call from a browser; ``("*",)`` is everything.
        throttle_rate: requests a second that the stage takes in all.
        throttle_burst: how many may come at once.

    Attributes:
        id, name, stage_name, url, execution_arn: of the API; ``url`` ends without a slash.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        name: str,
        stage_name: str,
        auth: Auth,
        cors_origins: Sequence[str],
        throttle_rate: float,
        throttle_burst: int,
        log_retention_days: int,
        key: Key,
    ) -> None:
        super().__init__(scope, id)
        self._auth = auth
        self._cors_origins = cors_origins
        self._throttle = ApiGatewayMethodSettingsSettings(
            metrics_enabled=True,
            logging_level="OFF",  # execution logs may carry bodies; access logs say what is needed
            throttling_rate_limit=throttle_rate,
            throttling_burst_limit=throttle_burst,
        )
        self._logs = LogGroup(
            self, "logs", name=f"/aws/apigateway/{name}", key=key, retention_days=log_retention_days
        )
        api = ApiGatewayRestApi(
            self,
            "api",
            name=name,
            endpoint_configuration=ApiGatewayRestApiEndpointConfiguration(types=["REGIONAL"]),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.id: str = api.id
        self.name: str = api.name
        self.execution_arn: str = api.execution_arn
        self.stage_name = stage_name
        self._paths: dict[str, str] = {"": api.root_resource_id}
        self._permissions: list[LambdaPermission] = []
        self._roles: list[Role] = []
        self._parts = ApiParts(self, self.id)
        for error in gateway_errors(cors_origins, unknown_path_is_404=auth != "iam"):
            self._parts.gateway_response(error)

    def route(self, path: str, operations: Mapping[str, Operation]) -> None:
        """Have ``path`` (as ``/tasks/{id}``) answered, by HTTP method."""
        resource_id = self._resource(path.rstrip("/"))
        for method, operation in operations.items():
            self._proxy(path, resource_id, method, operation)
        methods = sorted(operations)
        self._parts.mock(path, resource_id, "OPTIONS", preflight(self._cors_origins, methods))
        self._parts.mock(path, resource_id, "ANY", method_not_allowed(self._cors_origins, methods))

    def deploy(self, *, after: Sequence[TerraformResource] = ()) -> None:
        """Deploy all routes so far to the stage; a change of any of them makes a new deployment.

        The stage serves nobody before its functions may be called and have their grants, and before what
        else ``after`` names is there: what an answer promises has to be.
        """
        deployment = ApiGatewayDeployment(
            self,
            "deployment",
            rest_api_id=self.id,
            triggers={"configuration": self._parts.digest()},
            depends_on=self._parts.resources(),
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        stage = ApiGatewayStage(
            self,
            "stage",
            rest_api_id=self.id,
            deployment_id=deployment.id,
            stage_name=self.stage_name,
            depends_on=[
                *self._permissions,
                *(policy for role in self._roles for policy in role.policies),
                *after,
            ],
            xray_tracing_enabled=True,
            access_log_settings=ApiGatewayStageAccessLogSettings(
                destination_arn=self._logs.arn, format=json.dumps(ACCESS_LOG_FORMAT)
            ),
        )
        for role in self._roles:
            role.add_dependent(stage)
        ApiGatewayMethodSettings(
            self,
            "settings",
            rest_api_id=self.id,
            stage_name=stage.stage_name,
            method_path="*/*",
            settings=self._throttle,
        )
        self.url: str = stage.invoke_url
        self.deployed_stage_name: str = stage.stage_name

    def metric_server_errors(self) -> Metric:
        """Answers of 500 and above."""
        return Metric("AWS/ApiGateway", "5XXError", {"ApiName": self.name, "Stage": self.stage_name})

    def _resource(self, path: str) -> str:
        if path not in self._paths:
            parent, _, part = path.rpartition("/")
            resource = self._parts.make(
                ApiGatewayResource,
                path_id("path", path),
                parent_id=self._resource(parent),
                path_part=part,
            )
            self._paths[path] = resource.id
        return self._paths[path]

    def _proxy(self, path: str, resource_id: str, method: str, operation: Operation) -> None:
        authorized = self._parts.make(
            ApiGatewayMethod,
            path_id(method, path),
            resource_id=resource_id,
            http_method=method,
            operation_name=operation.name,
            authorization="AWS_IAM" if self._auth == "iam" else "NONE",
            api_key_required=self._auth == "api_key",
            request_validator_id=self._parts.validator_id(body=not operation.function_checks_body),
            request_parameters=operation.parameters(path) or None,
            request_models=self._parts.models(operation.body),
        )
        where = {"resource_id": resource_id, "http_method": authorized.http_method}
        self._parts.make(
            ApiGatewayIntegration,
            path_id(f"{method}-integration", path),
            **where,
            type="AWS_PROXY",
            integration_http_method="POST",
            uri=operation.function.invoke_arn,
        )
        self._parts.make(
            ApiGatewayMethodResponse,
            path_id(f"{method}-response", path),
            **where,
            status_code=str(operation.status.value),
            response_models=self._parts.models(operation.answer),
            response_parameters={f"method.response.header.{each}": False for each in operation.answer_headers}
            or None,
        )
        permission = LambdaPermission(
            self,
            path_id(f"{method}-permission", path),
            function_name=operation.function.arn,
            principal="apigateway.amazonaws.com",
            action="lambda:InvokeFunction",
            source_arn=f"{self.execution_arn}/*/{method}{_any_parameters(path)}",
        )
        self._permissions.append(permission)
        if operation.function.role not in self._roles:
            self._roles.append(operation.function.role)


def _any_parameters(path: str) -> str:
    return "/".join("*" if part.startswith("{") else part for part in path.split("/"))
