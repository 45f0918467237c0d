import pytest
from botocore.exceptions import ClientError

from sandbox.server.process import Server


def test_name_of_a_secret_that_is_scheduled_for_deletion_is_taken(server: Server) -> None:
    secrets = server.client("secretsmanager")
    secrets.create_secret(Name="scheduled", SecretString="s")
    with pytest.raises(secrets.exceptions.ResourceExistsException):
        secrets.create_secret(Name="scheduled", SecretString="s")
    secrets.delete_secret(SecretId="scheduled")
    with pytest.raises(ClientError) as raised:
        secrets.create_secret(Name="scheduled", SecretString="s")
    assert raised.value.response["Error"]["Code"] == "InvalidRequestException"
    assert "a secret with this name is already scheduled for deletion" in str(raised.value)
