"""The parts of a REST API of which its deployments take pictures."""

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

from infra.constructs.gateway_answers import REQUEST_TYPES, GatewayError, MockAnswer

JSON_TYPE = "application/json"
Schema = Mapping[str, Any]
"""A JSON schema (draft 4, as API Gateway has it); its ``title`` names the model, one of each in an API."""


class ApiParts:
    """Makes the resources of an API, and remembers them for the picture.

    Args:
        scope: the construct that the resources are in.
        rest_api_id: whose they are.
    """

    def __init__(self, scope: Construct, rest_api_id: str) -> None:
        self._scope = scope
        self._rest_api_id = rest_api_id
        self._made: list[tuple[TerraformResource, dict[str, Any]]] = []
        self._models: dict[str, str] = {}
        self._validators: dict[bool, str] = {}

    def make(self, resource: Any, id: str, *, depends_on: Any = None, **configuration: Any) -> Any:  # noqa: ANN401
        """Make a resource of this class."""
        made = resource(
            self._scope, id, rest_api_id=self._rest_api_id, depends_on=depends_on, **configuration
        )
        self._made.append((made, {"id": id, **configuration}))
        return made

    def resources(self) -> list[TerraformResource]:
        """Everything that was made."""
        return [resource for resource, _ in self._made]

    def digest(self) -> str:
        """Another one whenever anything is configured in another way."""
        configuration = Tokenization.resolve(
            [configuration for _, configuration in self._made],
            scope=self._scope,
            resolver=DefaultTokenResolver(StringConcat()),
            preparing=False,
        )
        return hashlib.sha256(json.dumps(configuration, sort_keys=True).encode()).hexdigest()

    def models(self, schema: Schema | None) -> dict[str, str] | None:
        """The model of a body with this schema, by media type; none for no body."""
        if schema is None:
            return None
        title = str(schema["title"])
        if title not in self._models:
            model = self.make(
                ApiGatewayModel,
                f"model-{title}",
                name=title,
                content_type=JSON_TYPE,
                schema=json.dumps(schema),
            )
            self._models[title] = str(model.name)
        return {JSON_TYPE: self._models[title]}

    def validator_id(self, *, body: bool) -> str:
        """The id of the validator of parameters, and of bodies or not."""
        if body not in self._validators:
            validator = self.make(
                ApiGatewayRequestValidator,
                "validator" if body else "parameters-validator",
                name="body-and-parameters" if body else "parameters",
                validate_request_body=body,
                validate_request_parameters=True,
            )
            self._validators[body] = str(validator.id)
        return self._validators[body]

    def mock(self, path: str, resource_id: str, method: str, answer: MockAnswer) -> None:
        """A method that API Gateway answers by itself, whatever comes."""
        where = {"resource_id": resource_id}
        mock = self.make(
            ApiGatewayMethod, path_id(method, path), **where, http_method=method, authorization="NONE"
        )
        where["http_method"] = mock.http_method
        integration = self.make(
            ApiGatewayIntegration,
            path_id(f"{method}-integration", path),
            **where,
            type="MOCK",
            passthrough_behavior="NEVER",  # another media type is a 415; passed through, it would be a 500
            request_templates=dict.fromkeys(REQUEST_TYPES, json.dumps({"statusCode": answer.status})),
        )
        response = self.make(
            ApiGatewayMethodResponse,
            path_id(f"{method}-response", path),
            **where,
            status_code=str(answer.status.value),
            response_parameters={f"method.response.header.{header}": True for header in answer.headers},
        )
        self.make(
            ApiGatewayIntegrationResponse,
            path_id(f"{method}-integration-response", path),
            **where,
            status_code=response.status_code,
            response_parameters={f"method.response.header.{k}": v for k, v in answer.headers.items()},
            response_templates={answer.content_type: answer.body},
            depends_on=[integration],
        )

    def gateway_response(self, error: GatewayError) -> None:
        """How API Gateway words one of its own errors."""
        self.make(
            ApiGatewayGatewayResponse,
            error.response_type.lower().replace("_", "-"),
            response_type=error.response_type,
            status_code=None if error.status is None else str(error.status.value),
            response_templates={JSON_TYPE: error.body},
            response_parameters={f"gatewayresponse.header.{k}": v for k, v in error.headers.items()},
        )


def path_id(prefix: str, path: str) -> str:
    """The id of a resource that is about a path."""
    return f"{prefix}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}".rstrip("-")
