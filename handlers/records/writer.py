"""The writer: stores a record under an id."""

from handlers.common import clients
from handlers.common.environment import load
from handlers.records.environment import Environment
from handlers.records.messages import IdError, InvocationResponse, parse_id, request_id_of, respond

SOURCE = "lambda1"

environment = load(Environment)
logger = environment.logger()
dynamodb = clients.dynamodb()


def handler(event: object, context: object) -> InvocationResponse:
    """Store `{id, source, requestId}` and return it. An existing record of the id is replaced.

    Args:
        event: Any JSON; only `id` is read.
        context: Lambda's context; the record contains the id of the invocation.

    Returns:
        200 with `{"written": record}`, or 400 with `{"error": ...}` for an invalid id.

    Raises:
        ClientError: DynamoDB returned an error. Lambda counts it as an error of the function.
    """
    request_id = request_id_of(context)
    try:
        record = {"id": parse_id(event), "source": SOURCE, "requestId": request_id}
    except IdError as error:
        logger.warning("refused", extra={"request_id": request_id, "reason": str(error)})
        return respond(400, {"error": str(error)})
    dynamodb.put_item(
        TableName=environment.dynamodb_table_name,
        Item={name: {"S": value} for name, value in record.items()},
    )
    logger.info("written", extra={"request_id": request_id, "record_id": record["id"]})
    return respond(200, {"written": record})
