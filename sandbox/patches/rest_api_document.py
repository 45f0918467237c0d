"""Read an OpenAPI 3.0 document with AWS's extensions as API Gateway imports it into a REST API.

It knows nothing of MiniStack. What API Gateway refuses is an error, and what it ignores with a warning is a
warning, in its words where they are public. Its own notes say which keywords it does not import:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html

A part that API Gateway imports and this module does not is an error too, so that nothing is lost silently.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from synthesized.rest_apis import (
    ANY,
    EXTENSION,
    GATEWAY_RESPONSES,
    HTTP_METHODS,
    INTEGRATION,
    VALIDATOR,
    VALIDATORS,
)

JSON: TypeAlias = dict[str, Any]

MODEL_KEYWORDS = frozenset(
    {
        *("$ref", "title", "description", "type", "format", "enum", "properties", "required"),
        *("additionalProperties", "items", "uniqueItems", "allOf", "anyOf"),
        *("pattern", "minLength", "maxLength", "minimum", "maximum", "multipleOf"),
    }
)
"""The keywords of schemas that arrive in a model unchanged."""

MODEL_REFERENCE = "#/components/schemas/"
_EXTENSIONS = frozenset({ANY, INTEGRATION, VALIDATOR, VALIDATORS, GATEWAY_RESPONSES})
_LOCATIONS = {"path": "path", "query": "querystring", "header": "header"}
_INTEGRATION = frozenset(
    {
        *("type", "httpMethod", "uri", "credentials", "passthroughBehavior", "timeoutInMillis"),
        *("requestParameters", "requestTemplates", "contentHandling", "responses"),
    }
)
_PATH_PART = re.compile(r"[\w.,:-]+|{[\w.-]+\+?}")


@dataclass(frozen=True, kw_only=True)
class Method:
    """A method with its integration, in the parameters of the operations that would create its parts.

    Attributes:
        path: The path of its resource.
        http_method: The HTTP method, or `ANY`.
        method: Parameters of PutMethod, without the validator.
        validator: The name of the request validator.
        responses: Parameters of PutMethodResponse, by status.
        integration: Parameters of PutIntegration; None for a method without one.
        integration_responses: Parameters of PutIntegrationResponse, by status.
    """

    path: str
    http_method: str
    method: JSON
    validator: str | None
    responses: Mapping[str, JSON]
    integration: JSON | None
    integration_responses: Mapping[str, JSON]


@dataclass
class Document:
    """What a document defines.

    Attributes:
        info: Name, version and description of the API.
        models: Schemas by the name of the model.
        validators: Parameters of CreateRequestValidator, by name.
        gateway_responses: Parameters of PutGatewayResponse, by type.
        methods: The methods of all paths.
        errors: Why API Gateway refuses the document.
        warnings: What it ignores, and refuses with `failonwarnings`.
    """

    info: JSON = field(default_factory=dict)
    models: Mapping[str, JSON] = field(default_factory=dict)
    validators: Mapping[str, JSON] = field(default_factory=dict)
    gateway_responses: Mapping[str, JSON] = field(default_factory=dict)
    methods: list[Method] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def refusal(self, *, fail_on_warnings: bool) -> str | None:
        """The message of the BadRequestException with which API Gateway refuses the document, or None."""
        if self.errors:
            message = _listed("Errors found during import:", self.errors)
            warned = _listed("Additionally, these warnings were found:", self.warnings)
            return f"{message}\n{warned}" if self.warnings else message
        if self.warnings and fail_on_warnings:
            return _listed("Warnings found during import:", self.warnings)
        return None


def read(body: bytes) -> Document:
    """Read a document. Problems are in `errors` and `warnings` of the result."""
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if not isinstance(content, dict) or not str(content.get("openapi")).startswith("3.0"):
        return Document(errors=["Invalid OpenAPI input: JSON of OpenAPI 3.0 is expected"])
    return _Reader(content).read()


class _Reader:
    """Reads one document."""

    def __init__(self, content: JSON) -> None:
        self._content = content
        self._components = content.get("components", {})
        self._document = Document()
        self._errors, self._warnings = self._document.errors, self._document.warnings

    def read(self) -> Document:
        content, document = self._content, self._document
        document.info = {
            name: content.get("info", {}).get(key, "")
            for name, key in {"name": "title", "version": "version", "description": "description"}.items()
        }
        self._refuse_unknown_extensions(content)
        document.models = self._components.get("schemas", {})
        document.validators = content.get(VALIDATORS, {})
        document.gateway_responses = content.get(GATEWAY_RESPONSES, {})
        for name, schema in document.models.items():
            self._check_model(name, schema)
        paths = content.get("paths", {})
        self._check_paths(paths)
        for path, item in paths.items():
            self._refuse_unknown_extensions(item)
            for key, operation in item.items():
                if key in HTTP_METHODS:
                    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
                    document.methods.append(self._method(path, key, operation, parameters))
        return document

    def _refuse_unknown_extensions(self, part: JSON) -> None:
        unknown = [name for name in _extensions(part) if name not in _EXTENSIONS]
        self._errors += [f"The embedded AWS does not import {name}" for name in unknown]

    def _check_model(self, name: str, schema: JSON) -> None:
        if not name.isalnum():
            self._errors.append(f"Model name must be alphanumeric: {name}")
        unsupported = sorted(
            {keyword for part in _schemas(schema) for keyword in part.keys() - MODEL_KEYWORDS}
        )
        # Without a warning, API Gateway replaces a list of types by one of them.
        unsupported += ["type"] * any(isinstance(part.get("type"), list) for part in _schemas(schema))
        if unsupported:
            reason = f"Invalid model schema specified. Unsupported keyword(s): {json.dumps(unsupported)}"
            self._errors.append(f"Unable to create model for '{name}': {_invalid('model', reason)}")
        for part in _schemas(schema):
            self._model(part)

    def _model(self, schema: JSON) -> str | None:
        """Return the name of the model that a schema refers to, or None."""
        reference = schema.get("$ref")
        if reference is None:
            return None
        name = str(reference).removeprefix(MODEL_REFERENCE)
        if name in self._document.models:
            return name
        self._warnings.append(f"Reference to model '{name}' not found. Ignoring.")
        return None

    def _check_paths(self, paths: Mapping[str, JSON]) -> None:
        """Check the parts of all paths, and that no resource has two variables below it."""
        variables: dict[str, str] = {}
        for path in paths:
            parent = ""
            for part in filter(None, path.split("/")):
                reason = ""
                if not _PATH_PART.fullmatch(part):
                    reason = (
                        "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and"
                        " curly braces at the beginning and the end."
                    )
                elif part.startswith("{") and variables.setdefault(parent, part) != part:
                    reason = (
                        f"A sibling ({variables[parent]}) of this resource already has a variable path part"
                        " -- only one is allowed"
                    )
                parent = f"{parent}/{part}"
                if reason:
                    self._errors.append(f"Unable to create resource at path '{parent}': {reason}")

    def _method(self, path: str, key: str, operation: JSON, parameters: list[JSON]) -> Method:
        self._refuse_unknown_extensions(operation)
        http_method = HTTP_METHODS[key]
        place = f"'{http_method} {path}'"
        declared = {parameter.get("name") for parameter in parameters if parameter.get("in") == "path"}
        # The parser that API Gateway uses does not know the extension.
        for name in sorted(set(re.findall(r"{([^}+]+)\+?}", path)) - declared) if key != ANY else ():
            self._warnings.append(
                f"Parse issue: attribute paths.'{path}'({key}). Declared path parameter {name} needs to be"
                " defined as a path parameter in path or operation level"
            )
        content = operation.get("requestBody", {}).get("content", {})
        responses = {
            status: {
                "responseParameters": {
                    f"method.response.header.{name}": False for name in response.get("headers", ())
                },
                "responseModels": self._models(
                    response.get("content", {}), f"{status} response to method {place}"
                ),
            }
            for status, response in operation.get("responses", {}).items()
        }
        integration, integration_responses = self._integration(path, http_method, operation, responses)
        return Method(
            path=path,
            http_method=http_method,
            method={
                **self._security(operation, place),
                "operationName": operation.get("operationId", ""),
                "requestParameters": dict(self._parameters(parameters, place)),
                "requestModels": self._models(content, f"request schema for {place}"),
            },
            validator=self._validator(operation, place),
            responses=responses,
            integration=integration,
            integration_responses=integration_responses,
        )

    def _parameters(self, parameters: list[JSON], place: str) -> Iterator[tuple[str, bool]]:
        for parameter in parameters:
            if parameter.get("in") in _LOCATIONS and "name" in parameter:
                location = _LOCATIONS[parameter["in"]]
                yield f"method.request.{location}.{parameter['name']}", parameter.get("required", False)
            else:
                self._errors.append(f"The embedded AWS does not import the parameter {parameter} of {place}")

    def _models(self, content: Mapping[str, JSON], where: str) -> dict[str, str]:
        models = {}
        for media_type, body in content.items():
            schema = body.get("schema", {})
            name = self._model(schema)
            if name:
                models[media_type] = name
            elif "$ref" not in schema:
                self._warnings.append(f"Unsupported model type '{schema.get('type')}' in {where}. Ignoring.")
        return models

    def _security(self, operation: JSON, place: str) -> JSON:
        """Return a method's authorization. API Gateway ignores the security of the whole document."""
        security: JSON = {"authorizationType": "NONE", "apiKeyRequired": False}
        schemes = self._components.get("securitySchemes", {})
        for name in sorted({name for requirement in operation.get("security", ()) for name in requirement}):
            match schemes.get(name):
                case {"type": "apiKey", "x-amazon-apigateway-authtype": "awsSigv4"}:
                    security["authorizationType"] = "AWS_IAM"
                case {"type": "apiKey", "name": "x-api-key", "in": "header", **rest} if not _extensions(rest):
                    security["apiKeyRequired"] = True
                case None:
                    self._warnings.append(f"Security scheme '{name}' of {place} not found. Ignoring.")
                case _:
                    self._errors.append(f"The embedded AWS does not import the security scheme '{name}'")
        return security

    def _validator(self, operation: JSON, place: str) -> str | None:
        name: str | None = operation.get(VALIDATOR, self._content.get(VALIDATOR))
        if name is not None and name not in self._document.validators:
            self._errors.append(f"Unable to put method {place}: Invalid Request Validator specified: {name}")
        return name

    def _integration(
        self, path: str, http_method: str, operation: JSON, responses: Mapping[str, JSON]
    ) -> tuple[JSON | None, dict[str, JSON]]:
        """Return the parameters of an integration and, by status, of its responses."""
        integration = operation.get(INTEGRATION)
        if integration is None:
            return None, {}
        place = f"on '{http_method}' for resource at path '{path}'"
        for name in sorted(integration.keys() - _INTEGRATION):
            self._errors.append(f"The embedded AWS does not import {name} of the integration {place}")
        parameters = {name: value for name, value in integration.items() if name != "responses"}
        parameters |= {
            name: str(parameters[name]).upper()
            for name in ("type", "passthroughBehavior")
            if name in parameters
        }
        if parameters.get("type") != "MOCK" and "httpMethod" not in parameters:
            reason = "Enumeration value for HttpMethod must be non-empty"
            self._errors.append(f"Unable to put integration {place}: {reason}")
        integration_responses = {}
        for pattern, response in integration.get("responses", {}).items():
            status = str(response.get("statusCode"))
            known = responses.get(status, {}).get("responseParameters", {})
            unknown = sorted(response.get("responseParameters", {}).keys() - known)
            reasons = [f"Invalid mapping expression parameter specified: {name}" for name in unknown]
            if status not in responses:
                reasons = ["No method response exists for method."]
            if reasons:
                reason = _invalid("mapping expression", ", ".join(reasons))
                self._errors.append(f"Unable to put integration response {place}: {reason}")
            selection = {} if pattern == "default" else {"selectionPattern": pattern}
            integration_responses[status] = {
                **selection,
                **{name: value for name, value in response.items() if name != "statusCode"},
            }
        return parameters, integration_responses


def _extensions(part: Mapping[Any, Any]) -> list[str]:
    return [name for name in part if name.startswith(EXTENSION)]


def _schemas(schema: JSON) -> Iterator[JSON]:
    """Yield a schema and all schemas in it."""
    yield schema
    inner = [*schema.get("properties", {}).values(), schema.get("items"), schema.get("additionalProperties")]
    for part in (*inner, *schema.get("allOf", ()), *schema.get("anyOf", ())):
        if isinstance(part, dict):
            yield from _schemas(part)


def _invalid(what: str, reason: str) -> str:
    return f"Invalid {what} specified: Validation Result: warnings : [], errors : [{reason}]"


def _listed(title: str, lines: list[str]) -> str:
    return "\n\t".join((title, *lines))
