import json
from uuid import uuid4

from sandbox.server.process import ACCOUNT, Server

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": ACCOUNT}}


def test_state_machine_keeps_tracing_configuration(server: Server) -> None:
    role_arn = server.client("iam").create_role(
        RoleName=str(uuid4()), AssumeRolePolicyDocument=json.dumps({"Statement": [TRUST]})
    )["Role"]["Arn"]
    client = server.client("stepfunctions")
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
    arn = client.create_state_machine(
        name=str(uuid4()), definition=definition, roleArn=role_arn, tracingConfiguration={"enabled": True}
    )["stateMachineArn"]
    assert client.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"] == {"enabled": True}
    client.update_state_machine(stateMachineArn=arn, tracingConfiguration={"enabled": False})
    assert client.describe_state_machine(stateMachineArn=arn)["tracingConfiguration"] == {"enabled": False}
