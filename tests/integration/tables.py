"""DynamoDB tables of a single test."""

from uuid import uuid4

from sandbox.server.process import Server


def create_table(server: Server, prefix: str, hash_key: str = "id") -> str:
    """Create a table with a string hash key, and return its name: `prefix` and a random part."""
    name = f"{prefix}-{uuid4()}"
    server.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": hash_key, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": hash_key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name
