"""A regional REST API with Lambda functions behind its routes."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence

from cdktf import (
    DefaultTokenResolver,
    StringConcat,
    TerraformResource,
    TerraformResourceLifecycle,
    Tokenization,
)
from cdktf_cdktf_provider_aws.api_gateway_deployment import ApiGatewayDeployment
from cdktf_cdktf_provider_aws.api_gateway_method_settings import (
    ApiGatewayMethodSettings,
    ApiGatewayMethodSettingsSettings,
)
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
from infra.constructs.key import Key
from infra.constructs.log_group import LogGroup
from infra.constructs.monitoring import Metric
from infra.constructs.openapi import Auth, Operation, document
from infra.constructs.role import Role

ACCESS_LOG_FORMAT = {
    "requestId": "$context.requestId",
    "extendedRequestId": "$context.extendedRequestId",  # clients can set the request id, and not this one
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
    # Not the message of the error: `$context.error.message` is not escaped and may quote a header of the
    # client. `$context.error.messageString`, which is, is a bare `-` without an error. Neither leaves every
    # line JSON. The client gets the message, with the request id.
    "integrationError": "$context.integrationErrorMessage",
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
        cors_origins: Origins whose pages may call the API; `("*",)` allows all, and `()` none.
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
        self._api = ApiGatewayRestApi(
            self,
            "api",
            name=name,
            endpoint_configuration=ApiGatewayRestApiEndpointConfiguration(types=["REGIONAL"]),
            put_rest_api_mode="overwrite",  # what the document no longer has leaves the API
            fail_on_warnings=True,  # by default, API Gateway leaves out what it cannot import
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )
        self.id: str = self._api.id
        self.name: str = self._api.name
        self.execution_arn: str = self._api.execution_arn
        self.stage_name = stage_name
        self._routes: dict[str, Mapping[str, Operation]] = {}
        self._permissions: list[LambdaPermission] = []
        self._roles: list[Role] = []

    def route(self, path: str, operations: Mapping[str, Operation]) -> None:
        """Add `path`, as `/tasks/{id}`, with an operation for each HTTP method; `HEAD` comes with `GET`."""
        if "GET" in operations:
            operations = {**operations, "HEAD": operations["GET"].head()}
        self._routes[path] = operations
        for method, operation in operations.items():
            self._permit(path, method, operation.function)

    def deploy(self, *, after: Sequence[TerraformResource] = ()) -> None:
        """Deploy all routes to the stage; a change of any of them results in a new deployment.

        Args:
            after: Resources that must exist before the stage accepts requests, in addition to the permissions
                and grants of its functions.
        """
        body = self._body()
        self._api.body = body
        deployment = ApiGatewayDeployment(
            self,
            "deployment",
            rest_api_id=self.id,
            triggers={"configuration": hashlib.sha256(body.encode()).hexdigest()},
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

    def _body(self) -> str:
        """The document in JSON, resolved: the numbers of tokens change with other resources."""
        content = document(
            self._api.name_input, self._routes, auth=self._auth, cors_origins=self._cors_origins
        )
        resolver = DefaultTokenResolver(StringConcat())
        return str(Tokenization.resolve(json.dumps(content), scope=self, resolver=resolver, preparing=False))

    def _permit(self, path: str, method: str, function: Function) -> None:
        """Allow the API to invoke a function for a method of a path."""
        permission = LambdaPermission(
            self,
            re.sub("[{}]", "", f"{method}-permission{path.replace('/', '-')}".rstrip("-")),
            function_name=function.arn,
            principal="apigateway.amazonaws.com",
            action="lambda:InvokeFunction",
            source_arn=f"{self.execution_arn}/*/{method}{re.sub('{[^/]*}', '*', path)}",
        )
        self._permissions.append(permission)
        if function.role not in self._roles:
            self._roles.append(function.role)
