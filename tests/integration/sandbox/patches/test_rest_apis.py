"""The import of OpenAPI documents and the deployments of REST APIs."""

import json
from typing import Any

import pytest
import requests
from botocore.exceptions import ClientError

from infra.constructs.gateway_responses import PROBLEM_JSON, MockResponse, method_not_allowed, preflight
from sandbox.server.process import Client, Server
from tests.rest_api_documents import EXTENSION, document, mock


class Api:
    """A REST API with a stage."""

    def __init__(self, server: Server, content: dict[str, Any]) -> None:
        self._server = server
        self.client: Client = server.client("apigateway")
        self.id = self.client.create_rest_api(name="before")["id"]
        self.put(content)
        deployment_id = self.client.create_deployment(restApiId=self.id)["id"]
        self.client.create_stage(restApiId=self.id, stageName="v1", deploymentId=deployment_id)

    def put(self, content: dict[str, Any], **options: Any) -> dict[str, Any]:  # noqa: ANN401
        body = json.dumps(content).encode()
        request = {"mode": "overwrite", "failOnWarnings": True} | options
        response: dict[str, Any] = self.client.put_rest_api(restApiId=self.id, body=body, **request)
        return response

    def deploy(self) -> None:
        self.client.create_deployment(restApiId=self.id, stageName="v1")

    def paths(self) -> set[str]:
        return {resource["path"] for resource in self.client.get_resources(restApiId=self.id)["items"]}

    def call(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
        url = f"{self._server.url}/restapis/{self.id}/v1/_user_request_{path}"
        return requests.request(method, url, verify=str(self._server.ca_bundle), timeout=60, **options)


def without_api_key() -> dict[str, Any]:
    content = document()
    del content["paths"]["/notes"]["post"]["security"]
    return content


@pytest.fixture
def api(server: Server) -> Api:
    return Api(server, without_api_key())


def test_imported_api_serves_its_document(api: Api) -> None:
    assert api.call("POST", "/notes", json={"text": "a"}).json() == {"created": True}
    refused = api.call("PUT", "/notes")
    assert (refused.status_code, refused.headers["Allow"]) == (405, "POST")
    assert api.call("DELETE", "/notes/1").status_code == 204
    assert api.call("GET", "/notes/1").status_code == 403  # without credentials


def test_models_validators_and_gateway_responses_are_imported(api: Api) -> None:
    for body in ({"text": "too long"}, {"text": "a", "parent": {"text": 1}}, {"text": "a", "other": 1}):
        assert api.call("POST", "/notes", json=body).status_code == 422
    assert api.call("POST", "/notes", json={"text": "a", "parent": {"text": "b"}}).status_code == 201


def test_api_keys_are_required_where_the_document_says_so(server: Server) -> None:
    api = Api(server, document())
    assert api.call("POST", "/notes", json={"text": "a"}).status_code == 403


def test_overwrite_replaces_what_the_api_consists_of(api: Api) -> None:
    assert api.paths() == {"/", "/notes", "/notes/{id}"}
    content = without_api_key()
    content["paths"] = {"/other": {"get": mock(200)}}
    content["components"]["schemas"]["Other"] = content["components"]["schemas"].pop("Note")
    content["components"]["schemas"]["Other"]["properties"].pop("parent")
    content[f"{EXTENSION}gateway-responses"] = {}
    content["info"] = {"title": "other", "version": "2"}
    assert api.put(content)["name"] == "other"
    assert api.paths() == {"/", "/other"}
    location = {"restApiId": api.id}
    assert [model["name"] for model in api.client.get_models(**location)["items"]] == ["Other"]
    assert len(api.client.get_request_validators(**location)["items"]) == 1
    gateway_response = api.client.get_gateway_response(**location, responseType="BAD_REQUEST_BODY")
    assert gateway_response["defaultResponse"]


def test_refused_document_changes_nothing(api: Api) -> None:
    content = without_api_key()
    content["components"]["schemas"]["Other"] = {"$ref": "#/components/schemas/Missing"}
    with pytest.raises(
        ClientError, match="Warnings found during import:\n\tReference to model 'Missing'"
    ) as caught:
        api.put(content)
    assert caught.value.response["Error"]["Code"] == "BadRequestException"
    models = api.client.get_models(restApiId=api.id)["items"]
    assert [model["name"] for model in models] == ["Note"]
    assert api.put(content, failOnWarnings=False)["warnings"] == [
        "Reference to model 'Missing' not found. Ignoring."
    ]
    with pytest.raises(ClientError, match="only imports with mode=overwrite"):
        api.put(content, mode="merge")
    content[f"{EXTENSION}gateway-responses"]["OTHER"] = {}
    with pytest.raises(ClientError, match="Invalid gateway response type: OTHER"):
        api.put(content)


def test_document_of_unknown_api_is_refused(api: Api) -> None:
    api.id = "unknown"
    with pytest.raises(ClientError, match="NotFoundException"):
        api.put(document())


def test_new_api_is_imported_from_its_document(server: Server) -> None:
    client = server.client("apigateway")
    api = client.import_rest_api(body=json.dumps(document()).encode(), failOnWarnings=True)
    assert (api["name"], api["version"], api["description"]) == ("notes", "1", "Notes.")
    assert len(client.get_resources(restApiId=api["id"])["items"]) == 3
    with pytest.raises(ClientError, match="Invalid OpenAPI input"):
        client.import_rest_api(body=b"{}")


def test_stage_serves_the_snapshot_of_its_deployment(api: Api) -> None:
    content = without_api_key()
    del content["paths"]["/notes"]["post"]
    content["paths"]["/notes/{id}"]["get"] = mock(200)
    content["components"]["schemas"] = {}
    api.put(content)
    assert api.call("POST", "/notes", json={"text": "a"}).status_code == 201
    assert api.call("POST", "/notes", json={"text": 1}).status_code == 422
    assert api.call("GET", "/notes/1").status_code == 403  # still AWS_IAM
    api.deploy()
    assert api.call("POST", "/notes", json={"text": "a"}).status_code == 405
    assert api.call("GET", "/notes/1").status_code == 200


def test_deployment_in_use_cannot_be_deleted(api: Api) -> None:
    used = api.client.get_stage(restApiId=api.id, stageName="v1")["deploymentId"]
    with pytest.raises(
        ClientError, match="Active stages pointing to this deployment must be moved or deleted"
    ):
        api.client.delete_deployment(restApiId=api.id, deploymentId=used)
    api.deploy()
    api.client.delete_deployment(restApiId=api.id, deploymentId=used)
    assert len(api.client.get_deployments(restApiId=api.id)["items"]) == 1


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        ("https://a.example", "https://a.example"),
        ("https://b.example", "https://b.example"),
        ("https://c.example", "https://a.example"),  # the browser refuses it
        (None, "https://a.example"),
    ],
)
def test_preflight_allows_each_origin(server: Server, origin: str | None, allowed: str) -> None:
    content = document()
    content["paths"] = {
        "/": {"options": mocked(preflight(["https://a.example", "https://b.example"], ["GET"]))}
    }
    response = Api(server, content).call("OPTIONS", "/", headers={"Origin": origin})
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["Access-Control-Allow-Origin"] == allowed


def test_template_of_a_mock_integration_is_evaluated(server: Server) -> None:
    content = document()
    content["paths"] = {"/": {f"{EXTENSION}any-method": mocked(method_not_allowed(["*"], ["GET"]))}}
    response = Api(server, content).call("PUT", "/")
    assert (response.status_code, response.headers["Content-Type"]) == (405, PROBLEM_JSON)
    assert (response.json()["title"], len(response.json()["request_id"])) == ("Method Not Allowed", 36)


def mocked(response: MockResponse) -> dict[str, Any]:
    headers = {name: value.strip("'") for name, value in response.headers.items()}
    operation = mock(response.status, response.body, **headers)
    (selected,) = operation[f"{EXTENSION}integration"]["responses"].values()
    selected["responseTemplates"] = {response.content_type: response.body}
    return operation
