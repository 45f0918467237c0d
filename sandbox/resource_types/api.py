"""REST APIs of API Gateway."""

from collections.abc import Mapping

from sandbox.resource_types.resource_type import Attributes, Call, Context, ResourceType

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
# What an import replaces by the document's content, and the provider sets again: unknown here. The name is
# replaced, too. A document has the name of its resource.
_REPLACED = ("description", "policy", "binary_media_types", "minimum_compression_size", "api_key_source")
_ACCESS_LOGS = {"destination_arn": "destinationArn", "format": "format"}


def _patches(block: Attributes, paths: Mapping[str, str], path: str) -> dict[str, list[dict[str, str]]]:
    """Return patch operations that set a block's attributes.

    Unknown attributes are returned unchanged, so that mapping refuses them.
    """
    values = {
        paths[name]: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in block.items()
        if name in paths
    }
    operations = [{"op": "replace", "path": f"{path}/{end}", "value": value} for end, value in values.items()]
    unknown = {name: value for name, value in block.items() if name not in paths}
    return {"patch_operations": operations} | unknown


def _single(blocks: Attributes | list[Attributes]) -> Attributes:
    return blocks[0] if isinstance(blocks, list) else blocks


def _method_settings(attributes: Attributes, _: Context) -> Attributes:
    rest = dict(attributes)
    path = "/" + rest.pop("method_path")
    return rest | _patches(_single(rest.pop("settings")), _SETTINGS, path)


def _access_logs(attributes: Attributes, _: Context) -> Attributes:
    return _patches(_single(attributes["access_log_settings"]), _ACCESS_LOGS, "/accessLogSettings")


RESOURCE_TYPES: Mapping[str, ResourceType] = {
    "aws_api_gateway_rest_api": ResourceType(
        "apigateway",
        Call("CreateRestApi", returns={"id": "id", "root_resource_id": "rootResourceId"}),
        then=(
            Call(
                "PutRestApi",
                attributes=("body", "put_rest_api_mode", "fail_on_warnings", *_REPLACED),
                parameters={"restApiId": "id"},
                names={"put_rest_api_mode": "mode"},
                transform=lambda attributes, _: {"put_rest_api_mode": "overwrite"} | attributes,
            ),
        ),
        computed={
            "arn": "arn:{partition}:apigateway:{region}::/restapis/{id}",
            "execution_arn": "arn:{partition}:execute-api:{region}:{account}:{id}",
        },
    ),
    "aws_api_gateway_deployment": ResourceType(
        "apigateway",
        Call("CreateDeployment", returns={"id": "id"}),
        ignored={"triggers": "tells Terraform that the API has changed"},
    ),
    "aws_api_gateway_stage": ResourceType(
        "apigateway",
        Call("CreateStage", names={"xray_tracing_enabled": "tracingEnabled"}),
        then=(
            Call(
                "UpdateStage",
                attributes=("access_log_settings",),
                parameters={"restApiId": "rest_api_id", "stageName": "stage_name"},
                transform=_access_logs,
            ),
        ),
        computed={
            "id": "ags-{rest_api_id}-{stage_name}",
            "arn": "arn:{partition}:apigateway:{region}::/restapis/{rest_api_id}/stages/{stage_name}",
            "execution_arn": "arn:{partition}:execute-api:{region}:{account}:{rest_api_id}/{stage_name}",
            # Where the embedded AWS serves the stage: the URL that Terraform computes leads to AWS.
            "invoke_url": "{url}/restapis/{rest_api_id}/{stage_name}/_user_request_",
        },
        limitation="API Gateway access logs and metrics: configured, but not written",
    ),
    "aws_api_gateway_method_settings": ResourceType(
        "apigateway", Call("UpdateStage", transform=_method_settings)
    ),
    "aws_api_gateway_api_key": ResourceType(
        "apigateway",
        Call("CreateApiKey", returns={"id": "id", "value": "value"}),
        computed={"arn": "arn:{partition}:apigateway:{region}::/apikeys/{id}"},
        # The API creates a disabled key by default.
        defaults={"enabled": True, "description": "Managed by Terraform"},
    ),
    "aws_api_gateway_usage_plan": ResourceType(
        "apigateway",
        Call(
            "CreateUsagePlan",
            names={"throttle_settings": "throttle", "quota_settings": "quota"},
            returns={"id": "id"},
        ),
        computed={"arn": "arn:{partition}:apigateway:{region}::/usageplans/{id}"},
    ),
    "aws_api_gateway_usage_plan_key": ResourceType(
        "apigateway", Call("CreateUsagePlanKey", returns={"id": "id", "value": "value"})
    ),
}
