"""A minimal function behind its own API, as the baseline for throughput: one DynamoDB call per request.

It also prints a line, because MiniStack 1.5.33 waits 50 ms for the first log line of an invocation
(core/lambda_runtime.py).
"""

import io
import json
import zipfile

from sandbox.engines.loader.load import Loaded
from sandbox.server.process import ACCOUNT, Client, Server

NAME = "bare"
STAGE = "bare"
SOURCE = """
import json, os
import boto3

dynamodb = boto3.client("dynamodb")

def handler(event, context):
    key = {"TableName": os.environ["TABLE"], "Key": {"id": {"S": event["pathParameters"]["id"]}}}
    if event["httpMethod"] == "GET":
        item = dynamodb.get_item(**key, ConsistentRead=True)["Item"]
    else:
        title = json.loads(event["body"])["title"]
        item = dynamodb.update_item(
            **key,
            UpdateExpression="SET title = :title ADD version :one",
            ExpressionAttributeValues={":title": {"S": title}, ":one": {"N": "1"}},
            ReturnValues="ALL_NEW",
        )["Attributes"]
    print("served")
    return {"statusCode": 200, "body": json.dumps(item)}
"""


def create(server: Server, loaded: Loaded) -> str:
    """Create the function and its API for the table of tasks, and return the API's URL.

    The function has the memory, runtime and timeout of the task API's `get` function.
    """
    function = _function(server, loaded)
    gateway = server.client("apigateway", loaded.region)
    api = gateway.create_rest_api(name=NAME)["id"]
    (root,) = gateway.get_resources(restApiId=api)["items"]
    tasks = gateway.create_resource(restApiId=api, parentId=root["id"], pathPart="tasks")["id"]
    task = gateway.create_resource(restApiId=api, parentId=tasks, pathPart="{id}")["id"]
    uri = f"arn:aws:apigateway:{loaded.region}:lambda:path/2015-03-31/functions/{function}/invocations"
    for method in ("GET", "PUT"):
        ids = {"restApiId": api, "resourceId": task, "httpMethod": method}
        gateway.put_method(**ids, authorizationType="NONE")
        gateway.put_integration(**ids, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    gateway.create_deployment(restApiId=api, stageName=STAGE)
    return f"{server.url}/restapis/{api}/{STAGE}/_user_request_"


def _function(server: Server, loaded: Loaded) -> str:
    functions: Client = server.client("lambda", loaded.region)
    existing = functions.list_functions()["Functions"]
    (model,) = (function for function in existing if "get-handler" in function["FunctionName"])
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("index.py", SOURCE)
    created = functions.create_function(
        FunctionName=NAME,
        Runtime=model["Runtime"],
        Architectures=model["Architectures"],
        MemorySize=model["MemorySize"],
        Timeout=model["Timeout"],
        Handler="index.handler",
        Role=_role(server),
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"TABLE": loaded.outputs["dynamodb-table-name"]}},
    )
    functions.add_permission(
        FunctionName=NAME,
        StatementId=NAME,
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceAccount=ACCOUNT,
    )
    return str(created["FunctionArn"])


def _role(server: Server) -> str:
    iam = server.client("iam")
    principal = {"Service": "lambda.amazonaws.com"}
    trust = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    role = iam.create_role(RoleName=NAME, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))["Role"]
    statement = {"Effect": "Allow", "Action": ["dynamodb:GetItem", "dynamodb:UpdateItem"], "Resource": "*"}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    iam.put_role_policy(RoleName=NAME, PolicyName=NAME, PolicyDocument=json.dumps(policy))
    return str(role["Arn"])
