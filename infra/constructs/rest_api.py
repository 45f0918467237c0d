"""A regional REST API with Lambda functions behind its routes."""

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

from infra.constructs.api_resources import ApiResources, Schema, path_id
from infra.constructs.function import Function
from infra.constructs.gateway_responses import gateway_responses, method_not_allowed, preflight
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
    """A method of a path, as it is deployed and documented (docs/openapi.json).

    Attributes:
        name: Name in the OpenAPI document and in clients that are generated from it.
        function: Function that handles the requests.
        response: Schema of the body of a successful response; None if it has no body.
        status: Status of a successful response.
        response_headers: Names of the headers that a successful response can have.
        query: Names of the optional query parameters.
        headers: Names of the optional request headers.
        body: Schema of the request body.
        function_checks_body: Only document `body`, and leave its validation to the function, which reports
            each invalid field (docs/decisions/0009-functions-validate-bodies.md). By default, API Gateway
            validates bodies of the media type `application/json`: it returns 400 for an invalid one and
            does not call the function.
    """

    name: str
    function: Function
    response: Schema | None
    status: HTTPStatus = HTTPStatus.OK
    response_headers: Sequence[str] = ()
    query: Sequence[str] = ()
    headers: Sequence[str] = ()
    body: Schema | None = None
    function_checks_body: bool = False

    def parameters(self, path: str) -> dict[str, bool]:
        """All parameters by the names that API Gateway uses, and whether each is required."""
        return {
            **{f"method.request.path.{name}": True for name in re.findall(r"{(\w+)}", path)},
            **{f"method.request.querystring.{name}": False for name in self.query},
            **{f"method.request.header.{name}": False for name in self.headers},
        }


class RestApi(Construct):
    """A REST API: Lambda proxy routes, validated requests, CORS, problem+json errors, access logs, tracing.

    Call `route` for each path, then `deploy` once. The API returns 404 for an unknown path and 405 for a
    method that a path does not have (RFC 9110). With IAM methods it returns 403 for an unknown path,
    because API Gateway reports a call without credentials with the same response type.

    Access logs need API Gateway's CloudWatch role. It is one per account and region, so it is not in the
    stack.

    Args:
        name: Name of the API.
        stage_name: Name of the stage, which is the first segment of the URL's path.
        auth: `api_key` (see `UsagePlan`), `iam` or `none`.
        cors_origins: Origins whose pages may call the API; `("*",)` allows all.
        throttle_rate: Steady-state limit of the stage, in requests a second.
        throttle_burst: Burst limit of the stage, in requests.
        log_retention_days: Retention of the access log.
        key: Key that encrypts the access log.

    Attributes:
        id: Id of the API.
        name: Name of the API.
        execution_arn: ARN that the source ARNs of permissions begin with.
        stage_name: Name of the stage.
        url: URL of the stage, without a trailing slash; set by `deploy`.
        deployed_stage_name: Name of the stage as a reference to it, so that resources that use it depend on
            the stage; set by `deploy`.
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
            logging_level="OFF",  # execution logs may contain bodies; access logs suffice
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
        self._resource_ids: dict[str, str] = {"": api.root_resource_id}
        self._permissions: list[LambdaPermission] = []
        self._roles: list[Role] = []
        self._resources = ApiResources(self, self.id)
        for response in gateway_responses(cors_origins, unknown_path_is_404=auth != "iam"):
            self._resources.add_gateway_response(response)

    def route(self, path: str, operations: Mapping[str, Operation]) -> None:
        """Add `path`, as `/tasks/{id}`, with an operation for each HTTP method."""
        resource_id = self._resource_id(path.rstrip("/"))
        for method, operation in operations.items():
            self._add_proxy_method(path, resource_id, method, operation)
        methods = sorted(operations)
        self._resources.add_mock_method(path, resource_id, "OPTIONS", preflight(self._cors_origins, methods))
        self._resources.add_mock_method(
            path, resource_id, "ANY", method_not_allowed(self._cors_origins, methods)
        )

    def deploy(self, *, after: Sequence[TerraformResource] = ()) -> None:
        """Deploy all routes to the stage; a change of any of them results in a new deployment.

        Args:
            after: Resources that must exist before the stage accepts requests, in addition to the permissions
                and grants of its functions.
        """
        deployment = ApiGatewayDeployment(
            self,
            "deployment",
            rest_api_id=self.id,
            triggers={"configuration": self._resources.digest()},
            depends_on=self._resources.resources,
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
        """Number of responses with a status of 500 or above."""
        return Metric("AWS/ApiGateway", "5XXError", {"ApiName": self.name, "Stage": self.stage_name})

    def _resource_id(self, path: str) -> str:
        """The id of the resource for `path`; adds it, and those of the paths above it, once."""
        if path not in self._resource_ids:
            parent, _, segment = path.rpartition("/")
            resource = self._resources.add(
                ApiGatewayResource,
                path_id("path", path),
                parent_id=self._resource_id(parent),
                path_part=segment,
            )
            self._resource_ids[path] = resource.id
        return self._resource_ids[path]

    def _add_proxy_method(self, path: str, resource_id: str, method: str, operation: Operation) -> None:
        proxy = self._resources.add(
            ApiGatewayMethod,
            path_id(method, path),
            resource_id=resource_id,
            http_method=method,
            operation_name=operation.name,
            authorization="AWS_IAM" if self._auth == "iam" else "NONE",
            api_key_required=self._auth == "api_key",
            request_validator_id=self._resources.validator_id(body=not operation.function_checks_body),
            request_parameters=operation.parameters(path) or None,
            request_models=self._resources.models(operation.body),
        )
        target = {"resource_id": resource_id, "http_method": proxy.http_method}
        self._resources.add(
            ApiGatewayIntegration,
            path_id(f"{method}-integration", path),
            **target,
            type="AWS_PROXY",
            integration_http_method="POST",
            uri=operation.function.invoke_arn,
        )
        self._resources.add(
            ApiGatewayMethodResponse,
            path_id(f"{method}-response", path),
            **target,
            status_code=str(operation.status.value),
            response_models=self._resources.models(operation.response),
            response_parameters={
                f"method.response.header.{name}": False for name in operation.response_headers
            }
            or None,
        )
        permission = LambdaPermission(
            self,
            path_id(f"{method}-permission", path),
            function_name=operation.function.arn,
            principal="apigateway.amazonaws.com",
            action="lambda:InvokeFunction",
            source_arn=f"{self.execution_arn}/*/{method}{_with_wildcards(path)}",
        )
        self._permissions.append(permission)
        if operation.function.role not in self._roles:
            self._roles.append(operation.function.role)


def _with_wildcards(path: str) -> str:
    """The path with `*` in place of its parameters, for the source ARN of a permission."""
    return "/".join("*" if segment.startswith("{") else segment for segment in path.split("/"))
