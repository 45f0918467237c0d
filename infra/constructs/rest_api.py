"""A regional REST API whose routes are Lambda functions."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Literal

from cdktf import (
    DefaultTokenResolver,
    StringConcat,
    TerraformResource,
    TerraformResourceLifecycle,
    Tokenization,
)
from cdktf_cdktf_provider_aws.api_gateway_deployment import ApiGatewayDeployment
from cdktf_cdktf_provider_aws.api_gateway_gateway_response import ApiGatewayGatewayResponse
from cdktf_cdktf_provider_aws.api_gateway_integration import ApiGatewayIntegration
from cdktf_cdktf_provider_aws.api_gateway_integration_response import ApiGatewayIntegrationResponse
from cdktf_cdktf_provider_aws.api_gateway_method import ApiGatewayMethod
from cdktf_cdktf_provider_aws.api_gateway_method_response import ApiGatewayMethodResponse
from cdktf_cdktf_provider_aws.api_gateway_method_settings import (
    ApiGatewayMethodSettings,
    ApiGatewayMethodSettingsSettings,
)
from cdktf_cdktf_provider_aws.api_gateway_model import ApiGatewayModel
from cdktf_cdktf_provider_aws.api_gateway_request_validator import ApiGatewayRequestValidator
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

from infra.constructs.function import Function
from infra.constructs.gateway_answers import (
    REQUEST_TYPES,
    GatewayError,
    MockAnswer,
    gateway_errors,
    method_not_allowed,
    preflight,
)
from infra.constructs.key import Key
from infra.constructs.log_group import LogGroup
from infra.constructs.monitoring import Metric

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
        self._deployed: list[tuple[TerraformResource, dict[str, Any]]] = []
        for error in gateway_errors(cors_origins, unknown_path_is_404=auth != "iam"):
            self._gateway_response(error)
        self._validator_id: str = self._part(
            ApiGatewayRequestValidator,
            "validator",
            name="body-and-parameters",
            validate_request_body=True,
            validate_request_parameters=True,
        ).id

    def route(
        self,
        path: str,
        functions: Mapping[str, Function],
        *,
        bodies: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> None:
        """Let ``functions`` answer ``path`` (as ``/tasks/{id}``), by HTTP method.

        ``bodies`` has JSON schemas (draft 4), by method too: what is sent as ``application/json`` and is not
        like them is refused with 400, and no function is called.
        """
        resource_id = self._resource(path.rstrip("/"))
        for method, function in functions.items():
            self._proxy(path, resource_id, method, function, bodies.get(method))
        methods = sorted(functions)
        self._mock(path, resource_id, "OPTIONS", preflight(self._cors_origins, methods))
        self._mock(path, resource_id, "ANY", method_not_allowed(self._cors_origins, methods))

    def deploy(self) -> None:
        """Deploy all routes so far to the stage; a change of any of them makes a new deployment."""
        resources = [resource for resource, _ in self._deployed]
        configuration = Tokenization.resolve(
            [configuration for _, configuration in self._deployed],
            scope=self,
            resolver=DefaultTokenResolver(StringConcat()),
            preparing=False,
        )
        deployment = ApiGatewayDeployment(
            self,
            "deployment",
            rest_api_id=self.id,
            triggers={"configuration": _digest(configuration)},
            depends_on=resources,
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        stage = ApiGatewayStage(
            self,
            "stage",
            rest_api_id=self.id,
            deployment_id=deployment.id,
            stage_name=self.stage_name,
            depends_on=self._permissions,  # not served before the functions are there and may be called
            xray_tracing_enabled=True,
            access_log_settings=ApiGatewayStageAccessLogSettings(
                destination_arn=self._logs.arn, format=json.dumps(ACCESS_LOG_FORMAT)
            ),
        )
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
            resource = self._part(
                ApiGatewayResource,
                _id("path", path),
                parent_id=self._resource(parent),
                path_part=part,
            )
            self._paths[path] = resource.id
        return self._paths[path]

    def _proxy(
        self,
        path: str,
        resource_id: str,
        method: str,
        function: Function,
        body: Mapping[str, Any] | None,
    ) -> None:
        authorized = self._part(
            ApiGatewayMethod,
            _id(method, path),
            resource_id=resource_id,
            http_method=method,
            authorization="AWS_IAM" if self._auth == "iam" else "NONE",
            api_key_required=self._auth == "api_key",
            request_validator_id=self._validator_id,
            request_parameters={f"method.request.path.{name}": True for name in _parameters(path)} or None,
            request_models=body and {"application/json": self._model(method, path, body)},
        )
        self._part(
            ApiGatewayIntegration,
            _id(f"{method}-integration", path),
            resource_id=resource_id,
            http_method=authorized.http_method,
            type="AWS_PROXY",
            integration_http_method="POST",
            uri=function.invoke_arn,
        )
        permission = LambdaPermission(
            self,
            _id(f"{method}-permission", path),
            function_name=function.arn,
            principal="apigateway.amazonaws.com",
            action="lambda:InvokeFunction",
            source_arn=f"{self.execution_arn}/*/{method}{_any_parameters(path)}",
        )
        self._permissions.append(permission)

    def _model(self, method: str, path: str, schema: Mapping[str, Any]) -> str:
        model = self._part(
            ApiGatewayModel,
            _id(f"{method}-body", path),
            name="".join(re.findall("[A-Za-z0-9]+", f"{method} {path}")),  # the characters that it may have
            content_type="application/json",
            schema=json.dumps(schema),
        )
        return str(model.name)

    def _mock(self, path: str, resource_id: str, method: str, answer: MockAnswer) -> None:
        """A method that API Gateway answers by itself, whatever comes."""
        where = {"resource_id": resource_id}
        mock = self._part(
            ApiGatewayMethod, _id(method, path), **where, http_method=method, authorization="NONE"
        )
        where["http_method"] = mock.http_method
        integration = self._part(
            ApiGatewayIntegration,
            _id(f"{method}-integration", path),
            **where,
            type="MOCK",
            passthrough_behavior="NEVER",  # another media type is a 415; passed through, it would be a 500
            request_templates=dict.fromkeys(REQUEST_TYPES, json.dumps({"statusCode": answer.status})),
        )
        response = self._part(
            ApiGatewayMethodResponse,
            _id(f"{method}-response", path),
            **where,
            status_code=str(answer.status.value),
            response_parameters={f"method.response.header.{header}": True for header in answer.headers},
        )
        self._part(
            ApiGatewayIntegrationResponse,
            _id(f"{method}-integration-response", path),
            **where,
            status_code=response.status_code,
            response_parameters={f"method.response.header.{k}": v for k, v in answer.headers.items()},
            response_templates={answer.content_type: answer.body},
            depends_on=[integration],
        )

    def _gateway_response(self, error: GatewayError) -> None:
        self._part(
            ApiGatewayGatewayResponse,
            error.response_type.lower().replace("_", "-"),
            response_type=error.response_type,
            status_code=None if error.status is None else str(error.status.value),
            response_templates={"application/json": error.body},
            response_parameters={f"gatewayresponse.header.{k}": v for k, v in error.headers.items()},
        )

    def _part(self, resource: Any, id: str, *, depends_on: Any = None, **configuration: Any) -> Any:  # noqa: ANN401
        """Make something that the deployment takes a picture of."""
        made = resource(self, id, rest_api_id=self.id, depends_on=depends_on, **configuration)
        self._deployed.append((made, {"id": id, **configuration}))
        return made


def _id(prefix: str, path: str) -> str:
    return f"{prefix}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}".rstrip("-")


def _parameters(path: str) -> list[str]:
    return re.findall(r"{(\w+)}", path)


def _any_parameters(path: str) -> str:
    return "/".join("*" if part.startswith("{") else part for part in path.split("/"))


def _digest(configuration: object) -> str:
    return hashlib.sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()
