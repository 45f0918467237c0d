"""The resources of a REST API that a deployment takes a snapshot of."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from cdktf import DefaultTokenResolver, StringConcat, TerraformResource, Tokenization
from cdktf_cdktf_provider_aws.api_gateway_gateway_response import ApiGatewayGatewayResponse
from cdktf_cdktf_provider_aws.api_gateway_integration import ApiGatewayIntegration
from cdktf_cdktf_provider_aws.api_gateway_integration_response import ApiGatewayIntegrationResponse
from cdktf_cdktf_provider_aws.api_gateway_method import ApiGatewayMethod
from cdktf_cdktf_provider_aws.api_gateway_method_response import ApiGatewayMethodResponse
from cdktf_cdktf_provider_aws.api_gateway_model import ApiGatewayModel
from cdktf_cdktf_provider_aws.api_gateway_request_validator import ApiGatewayRequestValidator
from constructs import Construct

from infra.constructs.gateway_responses import REQUEST_TYPES, GatewayResponse, MockResponse

JSON_TYPE = "application/json"
Schema = Mapping[str, Any]
"""A JSON schema of draft 4, which API Gateway uses. Its `title` names the model and is unique in an API."""


class ApiResources:
    """Adds resources to an API and records them for its deployment.

    Args:
        scope: The construct that contains the resources.
        rest_api_id: The API.
    """

    def __init__(self, scope: Construct, rest_api_id: str) -> None:
        self._scope = scope
        self._rest_api_id = rest_api_id
        self._resources: list[TerraformResource] = []
        self._configurations: list[dict[str, Any]] = []
        self._models: dict[str, str] = {}
        self._validators: dict[bool, str] = {}

    @property
    def resources(self) -> list[TerraformResource]:
        """All resources added so far."""
        return list(self._resources)

    def add(self, resource_class: Any, id: str, *, depends_on: Any = None, **configuration: Any) -> Any:  # noqa: ANN401 - each provider class has its own arguments
        """Add a resource of this provider class."""
        resource = resource_class(
            self._scope, id, rest_api_id=self._rest_api_id, depends_on=depends_on, **configuration
        )
        self._resources.append(resource)
        self._configurations.append({"id": id, **configuration})
        return resource

    def digest(self) -> str:
        """A hash of the configuration of all resources added so far."""
        configurations = Tokenization.resolve(
            self._configurations,
            scope=self._scope,
            resolver=DefaultTokenResolver(StringConcat()),
            preparing=False,
        )
        return hashlib.sha256(json.dumps(configurations, sort_keys=True).encode()).hexdigest()

    def models(self, schema: Schema | None) -> dict[str, str] | None:
        """The name of the schema's model by media type, or None without a schema; adds the model once."""
        if schema is None:
            return None
        title = str(schema["title"])
        if title not in self._models:
            model = self.add(
                ApiGatewayModel,
                f"model-{title}",
                name=title,
                content_type=JSON_TYPE,
                schema=json.dumps(schema),
            )
            self._models[title] = str(model.name)
        return {JSON_TYPE: self._models[title]}

    def validator_id(self, *, body: bool) -> str:
        """The id of the validator of parameters and, with `body`, of bodies; adds the validator once."""
        if body not in self._validators:
            validator = self.add(
                ApiGatewayRequestValidator,
                "validator" if body else "parameters-validator",
                name="body-and-parameters" if body else "parameters",
                validate_request_body=body,
                validate_request_parameters=True,
            )
            self._validators[body] = str(validator.id)
        return self._validators[body]

    def add_mock_method(self, path: str, resource_id: str, method: str, response: MockResponse) -> None:
        """Add a method to which API Gateway itself returns `response`."""
        target = {"resource_id": resource_id}
        mock = self.add(
            ApiGatewayMethod, path_id(method, path), **target, http_method=method, authorization="NONE"
        )
        target["http_method"] = mock.http_method
        integration = self.add(
            ApiGatewayIntegration,
            path_id(f"{method}-integration", path),
            **target,
            type="MOCK",
            # Other media types get a 415. If the integration passed them through, they would get a 500.
            passthrough_behavior="NEVER",
            request_templates=dict.fromkeys(REQUEST_TYPES, json.dumps({"statusCode": response.status})),
        )
        method_response = self.add(
            ApiGatewayMethodResponse,
            path_id(f"{method}-response", path),
            **target,
            status_code=str(response.status.value),
            response_parameters={f"method.response.header.{name}": True for name in response.headers},
        )
        self.add(
            ApiGatewayIntegrationResponse,
            path_id(f"{method}-integration-response", path),
            **target,
            status_code=method_response.status_code,
            response_parameters={
                f"method.response.header.{name}": value for name, value in response.headers.items()
            },
            response_templates={response.content_type: response.body},
            depends_on=[integration],
        )

    def add_gateway_response(self, response: GatewayResponse) -> None:
        """Configure the response that API Gateway returns for one type of error."""
        self.add(
            ApiGatewayGatewayResponse,
            response.response_type.lower().replace("_", "-"),
            response_type=response.response_type,
            status_code=None if response.status is None else str(response.status.value),
            response_templates={JSON_TYPE: response.body},
            response_parameters={
                f"gatewayresponse.header.{name}": value for name, value in response.headers.items()
            },
        )


def path_id(prefix: str, path: str) -> str:
    """The construct id of a resource that belongs to `path`, as `GET-tasks-id` for `/tasks/{id}`."""
    return f"{prefix}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}".rstrip("-")
