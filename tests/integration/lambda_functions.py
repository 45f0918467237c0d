"""Lambda functions of a few lines, for tests of the embedded AWS."""

import io
import json
import zipfile

from sandbox.server.process import Server

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    ],
}


def make_function(server: Server, name: str, handler: str, code: bytes) -> None:
    """Create a function and its role, both called `name`. On MiniStack, a function is active at once."""
    role = server.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))
    server.client("lambda").create_function(
        FunctionName=name,
        Role=role["Role"]["Arn"],
        Runtime="python3.14",
        Handler=handler,
        Code={"ZipFile": code},
    )


def zipped(files: dict[str, str]) -> bytes:
    """Return a zip of files, given by name and text."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return content.getvalue()
