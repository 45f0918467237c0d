"""Changes of an API, applied by Terraform: one apply each, after which the API is what its document says."""

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cdktf
import pytest
import requests
from cdktf import TerraformOutput, TerraformStack

from assurance.loaded_stack import LoadedStack
from infra.constructs.account import Account
from infra.constructs.key import Key
from infra.constructs.openapi import Auth, Operation
from infra.constructs.provider import add_provider
from infra.constructs.rest_api import RestApi
from infra.constructs.role import Role
from sandbox.engines.loader.load import Loaded
from sandbox.engines.terraform.apply import prepare
from sandbox.engines.terraform.program import PROGRAMS, Terraform
from sandbox.server.process import ACCOUNT, Server
from synthesized.stack import FILE
from tests.integration.lambda_functions import make_function, zipped

REGION = "us-east-1"
NAME = "terraform-api"
BACKEND = {
    "bucket": NAME,
    "key": "terraform.tfstate",
    "region": REGION,
    "encrypt": True,
    "use_lockfile": True,
    "kms_key_id": f"alias/{NAME}",
}
# Returns the parameters of the path, and the route that API Gateway has found.
HANDLER = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps([event["resource"], event["pathParameters"]])}
"""
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{NAME}"
FUNCTION: Any = SimpleNamespace(
    arn=ARN, invoke_arn=f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{ARN}/invocations"
)
"""Stands for the construct. Each stack gives it a role."""

Routes = dict[str, dict[str, Operation]]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not any(map(shutil.which, PROGRAMS)), reason="neither terraform nor tofu is on the PATH"
    ),
    pytest.mark.skipif(
        "TF_PLUGIN_CACHE_DIR" not in os.environ
        and not Path(os.environ.get("TF_CLI_CONFIG_FILE", "-")).is_file(),
        reason="no source of the provider: TF_CLI_CONFIG_FILE and TF_PLUGIN_CACHE_DIR are not set",
    ),
]


def note(length: int) -> Mapping[str, Any]:
    text = {"type": "string", "maxLength": length}
    return {"title": "Note", "type": "object", "properties": {"text": text}, "required": ["text"]}


def stack_with(routes: Routes, auth: Auth) -> dict[str, Any]:
    """Return a stack with an API and what the API needs, except the function."""
    stack = TerraformStack(cdktf.Testing.app(), "stack")
    add_provider(stack, region=REGION, tags={})
    account = Account(stack, "account", region=REGION)
    api = RestApi(
        stack,
        "api",
        name=NAME,
        stage_name="v1",
        auth=auth,
        cors_origins=("*",),
        throttle_rate=1000,
        throttle_burst=1000,
        log_retention_days=1,
        key=Key(stack, "key", alias=f"{NAME}-data", account=account, protected=False),
    )
    FUNCTION.role = Role(stack, "role", name=f"{NAME}-role", service="lambda.amazonaws.com")
    for path, operations in routes.items():
        api.route(path, operations)
    api.deploy()
    TerraformOutput(stack, "url", value=api.url)
    TerraformOutput(stack, "id", value=api.id)
    document: dict[str, Any] = json.loads(json.dumps(stack.to_terraform()))
    document["terraform"]["backend"] = {"s3": BACKEND}
    # Any version of the provider whose source is configured.
    del document["terraform"]["required_providers"]["aws"]["version"]
    return document


class AppliedApi:
    """An API in a directory of Terraform."""

    def __init__(self, server: Server, directory: Path) -> None:
        self._server, self._directory = server, directory
        self._terraform: Terraform | None = None
        self.stack: LoadedStack

    def apply(self, routes: Routes, auth: Auth = "none") -> None:
        """Apply the API once, and assert that the next plan is empty."""
        (self._directory / FILE).write_text(json.dumps(stack_with(routes, auth)))
        if self._terraform is None:
            self._terraform = prepare(self._directory, self._server, self._directory / "terraform")
            self._terraform.init()
            self._terraform.apply(lambda *_: None)
            outputs = self._terraform.state()["outputs"]
            values = {name: output["value"] for name, output in outputs.items()}
            self.stack = LoadedStack(self._server, Loaded(REGION, values, {}, ()))
        else:
            self._terraform.apply(lambda *_: None)
        assert self._terraform.differences() == []

    def call(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - those of requests
        return self.stack.call(method, path, api="url", **options)

    def signed(self, method: str, path: str) -> requests.Response:
        return self.stack.signed(method, path, self._server.root, api="url")

    def documented_statuses(self, path: str, method: str) -> set[str]:
        """Return the statuses that the API declares for a method."""
        export = self.stack.client("apigateway").get_export(
            restApiId=self.stack.loaded.outputs["id"], stageName="v1", exportType="oas30"
        )
        return set(json.load(export["body"])["paths"][path][method]["responses"])


def test_api_is_what_its_document_says_after_one_apply(server: Server, tmp_path: Path) -> None:
    make_function(server, NAME, "app.handler", zipped({"app.py": HANDLER}))
    create = Operation(name="createNote", function=FUNCTION, response=None, body=note(5))
    read = Operation(name="readNote", function=FUNCTION, response=None)
    notes: Routes = {"/notes": {"POST": create}}
    long = {"text": "x" * 8}
    api = AppliedApi(server, tmp_path)

    api.apply(notes | {"/notes/{id}": {"GET": read, "DELETE": replace(read, name="deleteNote")}})
    assert api.call("GET", "/notes/1").json() == ["/notes/{id}", {"id": "1"}]
    assert api.call("DELETE", "/notes/1").status_code == 200
    assert api.call("POST", "/notes", json=long).status_code == 400

    # without a route
    api.apply(notes | {"/notes/{id}": {"GET": read}})
    assert api.call("DELETE", "/notes/1").status_code == 405
    assert api.call("GET", "/notes/1").status_code == 200

    # with a new one
    api.apply(notes | {"/notes/{id}": {"GET": read}, "/tags": {"GET": replace(read, name="readTags")}})
    assert api.call("GET", "/tags").json() == ["/tags", None]

    # with another name of a path variable, and without a path
    notes["/notes/{note}"] = {"GET": read}
    api.apply(notes)
    assert api.call("GET", "/notes/1").json() == ["/notes/{note}", {"note": "1"}]
    assert api.call("GET", "/tags").status_code == 404

    # with another status
    notes["/notes"] = {"POST": replace(create, status=HTTPStatus.CREATED)}
    api.apply(notes)
    assert api.documented_statuses("/notes", "post") == {"201"}

    # with another model
    notes["/notes"] = {"POST": replace(create, body=note(10))}
    api.apply(notes)
    assert api.call("POST", "/notes", json=long).status_code == 200

    # with other authorizations
    api.apply(notes, "api_key")
    assert api.signed("GET", "/notes/1").status_code == 403
    api.apply(notes, "iam")
    assert api.call("GET", "/notes/1").status_code == 403
    assert api.signed("GET", "/notes/1").status_code == 200
