"""The writer: puts a record under an id."""

from handlers.common import clients
from handlers.common.environment import load
from handlers.records.environment import Environment
from handlers.records.invocation import Answer, IdError, answer, id_of, request_id_of

SOURCE = "lambda1"

environment = load(Environment)
logger = environment.logger()
dynamodb = clients.dynamodb()


def handler(event: object, context: object) -> Answer:
    """Put `{id, source, requestId}`, in place of what the id had before, and answer with it.

    Args:
        event: Any JSON, of which only `id` counts.
        context: Lambda's; the record gets the invocation's id from it.

    Returns:
        200 with `{"written": record}`, or 400 with `{"error": ...}` for an id that no record can have.

    Raises:
        ClientError: DynamoDB refused the call, so that Lambda counts an error.
    """
    request_id = request_id_of(context)
    try:
        record = {"id": id_of(event), "source": SOURCE, "requestId": request_id}
    except IdError as error:
        logger.warning("refused", extra={"request_id": request_id, "reason": str(error)})
        return answer(400, {"error": str(error)})
    dynamodb.put_item(
        TableName=environment.dynamodb_table_name,
        Item={name: {"S": value} for name, value in record.items()},
    )
    logger.info("written", extra={"request_id": request_id, "record_id": record["id"]})
    return answer(200, {"written": record})
