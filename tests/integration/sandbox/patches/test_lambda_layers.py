import pytest
from botocore.exceptions import ClientError

from sandbox.server.process import Server


def test_layers_are_not_listed_for_an_unknown_runtime(server: Server) -> None:
    client = server.client("lambda")
    assert "Layers" in client.list_layers(CompatibleRuntime="python3.14")
    assert "Layers" in client.list_layers()
    with pytest.raises(
        ClientError, match=r"Value 'python3\.99' at 'compatibleRuntime'.* python3\.14,"
    ) as raised:
        client.list_layers(CompatibleRuntime="python3.99")
    assert raised.value.response["Error"]["Code"] == "ValidationException"
