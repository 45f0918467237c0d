"""The reader: returns the record with an id."""

from handlers.common import clients
from handlers.common.environment import load
from handlers.records.environment import Environment
from handlers.records.messages import IdError, InvocationResponse, parse_id, request_id_of, respond

environment = load(Environment)
logger = environment.logger()
dynamodb = clients.dynamodb()


def handler(event: object, context: object) -> InvocationResponse:
    """Return a record, by a consistent read.

    Args:
        event: Any JSON; only `id` is read.
        context: Lambda's context, for the log.

    Returns:
        200 with the record, or with `{"missing": true}` if there is none; 400 with `{"error": ...}` for an
        invalid id.

    Raises:
        ClientError: DynamoDB returned an error. Lambda counts it as an error of the function.
    """
    request_id = request_id_of(context)
    try:
        key = parse_id(event)
    except IdError as error:
        logger.warning("refused", extra={"request_id": request_id, "reason": str(error)})
        return respond(400, {"error": str(error)})
    item = dynamodb.get_item(
        TableName=environment.dynamodb_table_name, Key={"id": {"S": key}}, ConsistentRead=True
    ).get("Item")
    logger.info("read", extra={"request_id": request_id, "record_id": key, "missing": item is None})
    if item is None:
        return respond(200, {"missing": True})
    # All attributes are strings, because only the writer can write to this table.
    return respond(200, {name: value["S"] for name, value in item.items()})
