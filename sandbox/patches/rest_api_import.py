"""Patch of API Gateway: import OpenAPI documents into REST APIs."""
# ruff: noqa: SLF001 - MiniStack has no public name for a single operation

import json
from collections.abc import Mapping
from typing import Any

from ministack.services import apigateway_v1

from sandbox.patches.responses import Response
from sandbox.patches.rest_api_document import MODEL_REFERENCE, Document, Method, read

JSON_TYPE = "application/json"
MODEL_URL = "https://apigateway.amazonaws.com/restapis/{api}/models/"


def import_openapi_documents() -> None:
    """Let PutRestApi and ImportRestApi define an API by an OpenAPI document.

    AWS: PutRestApi with `mode=overwrite` replaces the resources, methods, models, validators and gateway
    responses of an API, and its name, version and description, by those of the document. A document with an
    error, or with a warning and `failonwarnings=true`, is refused and changes nothing. ImportRestApi creates
    an API from a document (https://docs.aws.amazon.com/apigateway/latest/api/API_PutRestApi.html,
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-import-api-errors-warnings.html).

    MiniStack: Responds to PutRestApi with NotFoundException, and ignores the document of ImportRestApi.

    `mode=merge` stays missing, and so do documents in YAML or Swagger 2.0: they are refused.
    """
    handle = apigateway_v1.handle_request

    async def handle_request(method: str, path: str, headers: Any, body: bytes, query: Any) -> Response:  # noqa: ANN401
        match method, path.strip("/").split("/"):
            case "PUT", ["restapis", api]:
                return _put_rest_api(api, body, query)
            case "POST", ["restapis"] if apigateway_v1._qp(query, "mode") == "import":
                return _import_rest_api(body, query)
        response: Response = await handle(method, path, headers, body, query)
        return response

    apigateway_v1.handle_request = handle_request


def _put_rest_api(api: str, body: bytes, query: Mapping[str, Any]) -> Response:
    if api not in apigateway_v1._rest_apis:
        return _error("NotFoundException", "Invalid API identifier specified", 404)
    if apigateway_v1._qp(query, "mode") != "overwrite":
        return _error("BadRequestException", "The embedded AWS only imports with mode=overwrite", 400)
    document = read(body)
    refusal = _refusal(document, query)
    if refusal:
        return refusal
    _overwrite(api, document)
    return _imported(api, document, 200)


def _import_rest_api(body: bytes, query: Mapping[str, Any]) -> Response:
    document = read(body)
    refusal = _refusal(document, query)
    if refusal:
        return refusal
    api = _result(apigateway_v1._create_rest_api(document.info))["id"]
    _overwrite(api, document)
    return _imported(api, document, 201)


def _refusal(document: Document, query: Mapping[str, Any]) -> Response | None:
    for type_ in document.gateway_responses.keys() - set(apigateway_v1._GATEWAY_RESPONSE_TYPES):
        document.errors.append(f"Invalid gateway response type: {type_}")
    fail_on_warnings = str(apigateway_v1._qp(query, "failonwarnings")).lower() == "true"
    message = document.refusal(fail_on_warnings=fail_on_warnings)
    return None if message is None else _error("BadRequestException", message, 400)


def _imported(api: str, document: Document, status: int) -> Response:
    view = apigateway_v1._rest_api_view(apigateway_v1._rest_apis[api])
    warnings = {"warnings": document.warnings} if document.warnings else {}
    response: Response = apigateway_v1._v1_response(view | warnings, status)
    return response


def _overwrite(api: str, document: Document) -> None:
    """Replace what an API consists of. Its deployments, stages and endpoint stay."""
    apigateway_v1._rest_apis[api] |= {
        **document.info,
        "binaryMediaTypes": [],
        "minimumCompressionSize": None,
        "policy": None,
        "apiKeySource": "HEADER",
    }
    resources = apigateway_v1._resources[api]
    apigateway_v1._resources[api] = {
        id_: {**resource, "resourceMethods": {}}
        for id_, resource in resources.items()
        if resource["path"] == "/"
    }
    for store in (apigateway_v1._models, apigateway_v1._request_validators, apigateway_v1._gateway_responses):
        store[api] = {}
    for name, schema in document.models.items():
        text = json.dumps(schema).replace(f'"{MODEL_REFERENCE}', f'"{MODEL_URL.format(api=api)}')
        model = {"name": name, "schema": text, "contentType": JSON_TYPE}
        _result(apigateway_v1._create_model(api, model))
    validators = {
        name: _result(apigateway_v1._create_request_validator(api, {"name": name, **validator}))["id"]
        for name, validator in document.validators.items()
    }
    for type_, gateway_response in document.gateway_responses.items():
        _result(apigateway_v1._put_gateway_response(api, type_, gateway_response))
    for method in document.methods:
        _put_method(api, method, validators.get(method.validator or ""))


def _put_method(api: str, method: Method, validator: str | None) -> None:
    apigateway_v1._import_path_item(api, method.path, {})  # creates the resources of the path
    resources = apigateway_v1._resources[api].values()
    resource = next(part["id"] for part in resources if part["path"] == method.path)
    place = (api, resource, method.http_method)
    _result(apigateway_v1._put_method(*place, {**method.method, "requestValidatorId": validator}))
    for status, response in method.responses.items():
        _result(apigateway_v1._put_method_response(*place, status, response))
    if method.integration is not None:
        _result(apigateway_v1._put_integration(*place, method.integration))
    for status, response in method.integration_responses.items():
        _result(apigateway_v1._put_integration_response(*place, status, response))


def _result(response: Response) -> dict[str, Any]:
    """Return what an operation created. Errors were found before, when the document was read."""
    status, _, body = response
    if status >= 400:  # noqa: PLR2004 - the range of errors
        raise AssertionError(body)
    result: dict[str, Any] = json.loads(body)
    return result


def _error(code: str, message: str, status: int) -> Response:
    response: Response = apigateway_v1._v1_error(code, message, status)
    return response
