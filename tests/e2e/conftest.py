"""The whole synthesized stack, loaded into the session's embedded AWS and called over HTTPS.

`pytest tests/e2e --engine terraform` applies it instead, with the terraform or tofu on the PATH.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from infra.stack import synthesize
from sandbox.engines.loader.load import Loaded, load
from sandbox.engines.terraform.apply import apply
from sandbox.lifecycle import Engine
from sandbox.server.process import Client, Server
from tests.settings import settings_from
from tests.waiting import BOUND_SECONDS

TASKS = "api-gateway-url"
LoadStack = Callable[..., "Stack"]


@dataclass(frozen=True)
class Stack:
    """A loaded stack, and what calls it."""

    server: Server
    loaded: Loaded

    @property
    def api_key(self) -> str:
        return self.secret_parameter("api-key-parameter")

    def secret_parameter(self, output: str) -> str:
        """What SSM holds under the name that is this output."""
        name = self.loaded.outputs[output]
        parameter = self.client("ssm").get_parameter(Name=name, WithDecryption=True)
        return str(parameter["Parameter"]["Value"])

    def client(self, service: str, *, role_arn: str | None = None) -> Client:
        """A client of the root, or of a role."""
        session = None if role_arn is None else self.session(role_arn)
        return self.server.client(service, self.loaded.region, credentials=session)

    def session(self, role_arn: str) -> Any:  # noqa: ANN401 - STS's mapping
        return self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]

    def role_of(self, method: str) -> str:
        """The ARN of the role of one of the task API's functions."""
        return str(self.one("aws_iam_role", f"lambda-{method}-handler")["arn"])

    def one(self, kind: str, part: str) -> Mapping[str, Any]:
        """The attributes of the one resource of this type that has ``part`` in its name."""
        (found,) = (
            attributes
            for address, attributes in self.loaded.attributes.items()
            if address.startswith(f"{kind}.") and part in str(attributes.get("name"))
        )
        return found

    def call(
        self,
        method: str,
        path: str,
        *,
        api: str = TASKS,
        **options: Any,  # noqa: ANN401 - those of requests
    ) -> requests.Response:
        """Call the API whose URL is this output; certificates are verified."""
        return self.fetch(method, f"{self.loaded.outputs[api]}{path}", **options)

    def fetch(self, method: str, url: str, **options: Any) -> requests.Response:  # noqa: ANN401
        """Call any URL of the embedded AWS."""
        with requests.Session() as session:
            session.trust_env = False  # no proxies and certificates of this machine
            return session.request(
                method, url, verify=str(self.server.ca_bundle), timeout=BOUND_SECONDS, **options
            )

    def with_key(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401
        """Call the task API with its key."""
        headers = {"x-api-key": self.api_key, **options.pop("headers", {})}
        return self.call(method, path, headers=headers, **options)

    def signed(
        self,
        method: str,
        path: str,
        credentials: Mapping[str, str],
        *,
        api: str = TASKS,
        headers: Mapping[str, str] | None = None,
        body: str | None = None,
    ) -> requests.Response:
        """Call an API with a signature (AWS_IAM)."""
        request = AWSRequest(method, f"{self.loaded.outputs[api]}{path}", dict(headers or {}), body)
        keys = Credentials(
            credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials.get("SessionToken", "")
        )
        SigV4Auth(keys, "execute-api", self.loaded.region).add_auth(request)
        return self.call(method, path, api=api, headers=dict(request.headers), data=body)

    def caller(self, *resources: str) -> dict[str, str]:
        """Credentials of a new user that may invoke these (below the ARN of the execute-api service)."""
        iam, user = self.client("iam"), f"caller-{uuid4()}"
        iam.create_user(UserName=user)
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resources}
        iam.put_user_policy(
            UserName=user,
            PolicyName="call",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        made: dict[str, str] = iam.create_access_key(UserName=user)["AccessKey"]
        return made


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=list(Engine), default=Engine.LOADER, help="what loads the stack")


@pytest.fixture(scope="session")
def engine(pytestconfig: pytest.Config) -> Engine:
    return Engine(pytestconfig.getoption("--engine"))


@pytest.fixture(scope="session")
def load_stack(server: Server, tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> LoadStack:
    # One directory, each stack with a state of its own: the provider is got once.
    terraform = tmp_path_factory.mktemp("terraform") / "terraform"

    def load_with(**variables: str) -> Stack:
        directory = synthesize(settings_from(**variables), tmp_path_factory.mktemp("stack"))
        if engine is Engine.TERRAFORM:
            return Stack(server, apply(directory, server, terraform))
        return Stack(server, load(directory, server))

    return load_with


@pytest.fixture(scope="session")
def stack(load_stack: LoadStack) -> Stack:
    """With the default settings."""
    return load_stack(ENVIRONMENT_SUFFIX="e2e")


@pytest.fixture(scope="session")
def iam_stack(load_stack: LoadStack) -> Stack:
    """In another region, with signed calls instead of keys, for two origins, with If-Match required."""
    return load_stack(
        ENVIRONMENT_SUFFIX="e2eiam",
        AWS_REGION="us-west-2",
        TASKS_AUTH="iam",
        TASKS_REQUIRE_IF_MATCH="true",
        CORS_ORIGINS="https://a.example,https://b.example",
    )
