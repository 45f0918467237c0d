"""The methods of API Gateway's REST APIs, each of which is one OpenAPI document with AWS's extensions.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from synthesized.stack import JSON, Stack

EXTENSION = "x-amazon-apigateway-"
ANY = f"{EXTENSION}any-method"
INTEGRATION = f"{EXTENSION}integration"
AUTHORIZATION_TYPE = f"{EXTENSION}authtype"
VALIDATOR = f"{EXTENSION}request-validator"
VALIDATORS = f"{EXTENSION}request-validators"
GATEWAY_RESPONSES = f"{EXTENSION}gateway-responses"
HTTP_METHODS = {
    **{name: name.upper() for name in ("get", "put", "post", "delete", "options", "head", "patch")},
    ANY: "ANY",
}
"""Methods as API Gateway names them, by their keys in the item of a path."""
_AUTHORIZATIONS = {
    "awsSigv4": "AWS_IAM",
    "custom": "CUSTOM",
    "cognito_user_pools": "COGNITO_USER_POOLS",
}


@dataclass(frozen=True)
class RestApi:
    """An API with its document.

    Attributes:
        address: The address of the API.
        name: Its name.
        document: Its OpenAPI document, which is empty for an API without a body. Expressions of Terraform are
            still text in it.
    """

    address: str
    name: str
    document: Mapping[str, JSON]


@dataclass(frozen=True)
class Method:
    """A method of a path.

    Attributes:
        path: The path, such as `/tasks/{id}`.
        http_method: The method in upper case: `GET`, or `ANY` for all that the path does not have.
        operation: The method's part of the document.
        authorization: As API Gateway names it: `NONE`, `AWS_IAM`, `CUSTOM` or `COGNITO_USER_POOLS`.
        api_key_required: Whether callers need an API key.
        validates_body: Whether API Gateway validates the bodies of requests that have a model.
        validates_parameters: Whether API Gateway rejects requests without the required parameters.
    """

    path: str
    http_method: str
    operation: Mapping[str, JSON]
    authorization: str
    api_key_required: bool
    validates_body: bool
    validates_parameters: bool

    @property
    def operation_id(self) -> str | None:
        """The name of the operation; None for methods that API Gateway answers itself."""
        return self.operation.get("operationId")

    @property
    def integration_type(self) -> str | None:
        """The type of the integration in lower case, such as `aws_proxy`; None without an integration."""
        kind = self._integration.get("type")
        return None if kind is None else str(kind).lower()

    @property
    def integration_uri(self) -> str | None:
        """What the integration calls; None where API Gateway responds itself."""
        return self._integration.get("uri")

    @property
    def is_mock(self) -> bool:
        """Whether API Gateway responds itself, as to preflights and methods that the path does not have."""
        return self.integration_type == "mock"

    @property
    def _integration(self) -> Mapping[str, JSON]:
        integration: Mapping[str, JSON] = self.operation.get(INTEGRATION, {})
        return integration


def rest_apis(stack: Stack) -> list[RestApi]:
    """Return the APIs of a stack, in the order of the file.

    Raises:
        ValueError: A body is no JSON.
    """
    return [
        RestApi(address, str(arguments["name"]), json.loads(arguments.get("body", "{}")))
        for address, arguments in stack.resources("aws_api_gateway_rest_api").items()
    ]


def methods(document: Mapping[str, JSON]) -> Iterator[Method]:
    """Yield the methods of a document, in its order; those with a mock integration are among them."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    validators = document.get(VALIDATORS, {})
    for path, item in document.get("paths", {}).items():
        for name, operation in item.items():
            if name in HTTP_METHODS:
                authorization, api_key_required = _security(schemes, operation)
                validator = validators.get(operation.get(VALIDATOR, document.get(VALIDATOR)), {})
                yield Method(
                    path,
                    HTTP_METHODS[name],
                    operation,
                    authorization,
                    api_key_required,
                    validates_body=validator.get("validateRequestBody") is True,
                    validates_parameters=validator.get("validateRequestParameters") is True,
                )


def function(stack: Stack, method: Method) -> str | None:
    """Return the address of the function that a method invokes; None where it invokes none."""
    named = stack.addresses_in(method.integration_uri or "")
    return next((address for address in named if address.startswith("aws_lambda_function.")), None)


def _security(schemes: Mapping[str, JSON], operation: Mapping[str, JSON]) -> tuple[str, bool]:
    """Return a method's authorization, and whether it requires an API key.

    API Gateway ignores the `security` of the whole document.
    """
    types = [
        schemes.get(name, {}).get(AUTHORIZATION_TYPE)
        for requirement in operation.get("security", ())
        for name in requirement
    ]
    authorizations = [_AUTHORIZATIONS.get(type_, type_) for type_ in types if type_ is not None]
    return next(iter(authorizations), "NONE"), None in types
