"""REST APIs of API Gateway."""

from collections.abc import Mapping

from sandbox.resource_types.kind import Attributes, Call, Context, Kind

_METHOD = {"id": "agm-{rest_api_id}-{resource_id}-{http_method}"}

_SETTINGS = {
    "metrics_enabled": "metrics/enabled",
    "logging_level": "logging/loglevel",
    "data_trace_enabled": "logging/dataTrace",
    "throttling_burst_limit": "throttling/burstLimit",
    "throttling_rate_limit": "throttling/rateLimit",
    "caching_enabled": "caching/enabled",
    "cache_ttl_in_seconds": "caching/ttlInSeconds",
    "cache_data_encrypted": "caching/dataEncrypted",
    "require_authorization_for_cache_control": "caching/requireAuthorizationForCacheControl",
    "unauthorized_cache_control_header_strategy": "caching/unauthorizedCacheControlHeaderStrategy",
}
_ACCESS_LOGS = {"destination_arn": "destinationArn", "format": "format"}


def _patches(block: Attributes, paths: Mapping[str, str], path: str) -> dict[str, list[dict[str, str]]]:
    """Return patch operations that set a block's attributes; an unknown one stays, to be refused."""
    known = {paths[name]: value for name, value in block.items() if name in paths}
    operations = [
        {"op": "replace", "path": f"{path}/{end}", "value": str(value).lower()}
        if isinstance(value, bool)
        else {"op": "replace", "path": f"{path}/{end}", "value": str(value)}
        for end, value in known.items()
    ]
    unknown = {name: value for name, value in block.items() if name not in paths}
    return {"patch_operations": operations} | unknown


def _only(blocks: Attributes | list[Attributes]) -> Attributes:
    return blocks[0] if isinstance(blocks, list) else blocks


def _method_settings(attributes: Attributes, _: Context) -> Attributes:
    rest = dict(attributes)
    path = "/" + rest.pop("method_path")
    return rest | _patches(_only(rest.pop("settings")), _SETTINGS, path)


def _access_logs(attributes: Attributes, _: Context) -> Attributes:
    return _patches(_only(attributes["access_log_settings"]), _ACCESS_LOGS, "/accessLogSettings")


KINDS: Mapping[str, Kind] = {
    "aws_api_gateway_rest_api": Kind(
        "apigateway",
        Call("CreateRestApi", returns={"id": "id", "root_resource_id": "rootResourceId"}),
        composed={
            "arn": "arn:{partition}:apigateway:{region}::/restapis/{id}",
            "execution_arn": "arn:{partition}:execute-api:{region}:{account}:{id}",
        },
    ),
    "aws_api_gateway_resource": Kind(
        "apigateway", Call("CreateResource", returns={"id": "id", "path": "path"})
    ),
    "aws_api_gateway_method": Kind(
        "apigateway",
        Call("PutMethod", names={"authorization": "authorizationType"}),
        composed=_METHOD,
    ),
    "aws_api_gateway_method_response": Kind("apigateway", Call("PutMethodResponse"), composed=_METHOD),
    "aws_api_gateway_integration": Kind(
        "apigateway",
        Call("PutIntegration", names={"timeout_milliseconds": "timeoutInMillis"}),
        composed=_METHOD,
    ),
    "aws_api_gateway_integration_response": Kind(
        "apigateway",
        Call("PutIntegrationResponse"),
        composed=_METHOD,
        caveat="MOCK integrations: only templates for application/json are sent, and as they stand",
    ),
    "aws_api_gateway_gateway_response": Kind(
        "apigateway",
        Call("PutGatewayResponse"),
        composed={"id": "aggr-{rest_api_id}-{response_type}"},
    ),
    "aws_api_gateway_model": Kind("apigateway", Call("CreateModel", returns={"id": "id"})),
    "aws_api_gateway_request_validator": Kind(
        "apigateway", Call("CreateRequestValidator", returns={"id": "id"})
    ),
    "aws_api_gateway_deployment": Kind(
        "apigateway",
        Call("CreateDeployment", returns={"id": "id"}),
        ignored={"triggers": "tells Terraform that the API is another"},
    ),
    "aws_api_gateway_stage": Kind(
        "apigateway",
        Call("CreateStage", names={"xray_tracing_enabled": "tracingEnabled"}),
        then=(
            Call(
                "UpdateStage",
                takes=("access_log_settings",),
                keys={"restApiId": "rest_api_id", "stageName": "stage_name"},
                reshape=_access_logs,
            ),
        ),
        composed={
            "id": "ags-{rest_api_id}-{stage_name}",
            "arn": "arn:{partition}:apigateway:{region}::/restapis/{rest_api_id}/stages/{stage_name}",
            "execution_arn": "arn:{partition}:execute-api:{region}:{account}:{rest_api_id}/{stage_name}",
            # Where the embedded AWS serves it; AWS's own name for it leads to AWS.
            "invoke_url": "{url}/restapis/{rest_api_id}/{stage_name}/_user_request_",
        },
        caveat="access logs and metrics of API Gateway: configured, but none is written",
    ),
    "aws_api_gateway_method_settings": Kind("apigateway", Call("UpdateStage", reshape=_method_settings)),
    "aws_api_gateway_api_key": Kind(
        "apigateway",
        Call("CreateApiKey", returns={"id": "id", "value": "value"}),
        composed={"arn": "arn:{partition}:apigateway:{region}::/apikeys/{id}"},
        # The API's own default is a key that does not work.
        defaults={"enabled": True, "description": "Managed by Terraform"},
    ),
    "aws_api_gateway_usage_plan": Kind(
        "apigateway",
        Call(
            "CreateUsagePlan",
            names={"throttle_settings": "throttle", "quota_settings": "quota"},
            returns={"id": "id"},
        ),
        composed={"arn": "arn:{partition}:apigateway:{region}::/usageplans/{id}"},
    ),
    "aws_api_gateway_usage_plan_key": Kind(
        "apigateway", Call("CreateUsagePlanKey", returns={"id": "id", "value": "value"})
    ),
}
