"""A stack that is loaded into the embedded AWS, with clients for its services and APIs."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from sandbox.engines.loader.load import Loaded
from sandbox.server.process import Client, Server

TASK_API = "api-gateway-url"
"""The output with the URL of the task API."""

REQUEST_TIMEOUT_SECONDS = 120.0
"""Far longer than any request takes; a busy machine does not exceed it, but a hanging request ends."""


@dataclass(frozen=True)
class LoadedStack:
    """A loaded stack.

    Attributes:
        server: The embedded AWS.
        loaded: Attributes and outputs of the stack.
    """

    server: Server
    loaded: Loaded

    @property
    def api_key(self) -> str:
        """The key of the task API."""
        return self.secret_parameter("api-key-parameter")

    def secret_parameter(self, output: str) -> str:
        """Return the value of the SSM parameter whose name is the given output."""
        name = self.loaded.outputs[output]
        parameter = self.client("ssm").get_parameter(Name=name, WithDecryption=True)
        return str(parameter["Parameter"]["Value"])

    def client(self, service: str, *, role_arn: str | None = None) -> Client:
        """Return a boto3 client with the credentials of the root user, or of a role."""
        session = None if role_arn is None else self.session(role_arn)
        return self.server.client(service, self.loaded.region, credentials=session)

    def session(self, role_arn: str) -> Any:  # noqa: ANN401 - STS's mapping
        """Return the credentials of a new session of a role."""
        return self.client("sts").assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]

    def role_of(self, method: str) -> str:
        """Return the ARN of the role of the task API's function for `get`, `post`, `put` or `delete`."""
        return str(self.resource("aws_iam_role", f"lambda-{method}-handler")["arn"])

    def resource(self, resource_type: str, name_part: str) -> Mapping[str, Any]:
        """Return the attributes of the one resource of a type whose name contains `name_part`.

        Raises:
            ValueError: There is no such resource, or more than one.
        """
        (match,) = (
            attributes
            for address, attributes in self.loaded.attributes.items()
            if address.startswith(f"{resource_type}.") and name_part in str(attributes.get("name"))
        )
        return match

    def call(
        self,
        method: str,
        path: str,
        *,
        api: str = TASK_API,
        **options: Any,  # noqa: ANN401 - those of requests
    ) -> requests.Response:
        """Call the API whose URL is the output `api`; certificates are verified."""
        return self.fetch(method, f"{self.loaded.outputs[api]}{path}", **options)

    def fetch(self, method: str, url: str, **options: Any) -> requests.Response:  # noqa: ANN401 - those of requests
        """Call any URL of the embedded AWS."""
        with requests.Session() as session:
            session.trust_env = False  # ignores proxies and certificates of this machine
            return session.request(
                method, url, verify=str(self.server.ca_bundle), timeout=REQUEST_TIMEOUT_SECONDS, **options
            )

    def with_key(self, method: str, path: str, **options: Any) -> requests.Response:  # noqa: ANN401 - those of requests
        """Call the task API with its key."""
        headers = {"x-api-key": self.api_key, **options.pop("headers", {})}
        return self.call(method, path, headers=headers, **options)

    def signed(
        self,
        method: str,
        path: str,
        credentials: Mapping[str, str],
        *,
        api: str = TASK_API,
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
        """Return the credentials of a new user that may invoke the given execute-api ARNs."""
        iam, user = self.client("iam"), f"caller-{uuid4()}"
        iam.create_user(UserName=user)
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resources}
        iam.put_user_policy(
            UserName=user,
            PolicyName="call",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )
        access_key: dict[str, str] = iam.create_access_key(UserName=user)["AccessKey"]
        return access_key
