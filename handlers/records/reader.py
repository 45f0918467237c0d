"""The reader: gets the record under an id."""

from handlers.common import clients
from handlers.common.environment import load
from handlers.records.environment import Environment
from handlers.records.invocation import Answer, IdError, answer, id_of, request_id_of

environment = load(Environment)
logger = environment.logger()
dynamodb = clients.dynamodb()


def handler(event: object, context: object) -> Answer:
    """Answer with a record, as of the last write.

    Args:
        event: Any JSON, of which only `id` counts.
        context: Lambda's; for the log.

    Returns:
        200 with the record, or with `{"missing": true}` where there is none; 400 with
        `{"error": ...}` for an id that no record can have.

    Raises:
        ClientError: DynamoDB refused the call, so that Lambda counts an error.
    """
    request_id = request_id_of(context)
    try:
        key = id_of(event)
    except IdError as error:
        logger.warning("refused", extra={"request_id": request_id, "reason": str(error)})
        return answer(400, {"error": str(error)})
    item = dynamodb.get_item(
        TableName=environment.dynamodb_table_name, Key={"id": {"S": key}}, ConsistentRead=True
    ).get("Item")
    logger.info("read", extra={"request_id": request_id, "record_id": key, "missing": item is None})
    if item is None:
        return answer(200, {"missing": True})
    # Strings all, because nothing but the writer can write to this table.
    return answer(200, {name: value["S"] for name, value in item.items()})
