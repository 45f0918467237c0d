"""Records: two functions, invoked directly."""

import json

from sandbox.tour.guide import Guide, TourError

WRITER, READER = "handlers.records.writer.handler", "handlers.records.reader.handler"


def show(guide: Guide) -> None:
    """Write and read a record, and try the other function's work with each role."""
    guide.heading("Records: two Lambda functions on one DynamoDB table, invoked directly")
    guide.invoke(WRITER, {"id": "tour"}, note="writes the record")
    result = guide.invoke(READER, {"id": "tour"}, note="reads it")
    if json.loads(result["body"]).get("source") != "lambda1":
        raise TourError(f"{READER} returned {result} for a record that was written")
    guide.invoke(READER, {"id": "nobody"}, note='no such record: {"missing": true}')
    table = guide.outputs["records-table-name"]
    record = {"id": {"S": "tour"}}
    writer, reader = (guide.outputs[f"records-{name}-role-arn"] for name in ("writer", "reader"))
    guide.expect_denied(
        "dynamodb:GetItem",
        lambda: guide.client("dynamodb", role=writer).get_item(TableName=table, Key=record),
        note="with the role of records.writer",
    )
    guide.expect_denied(
        "dynamodb:PutItem",
        lambda: guide.client("dynamodb", role=reader).put_item(TableName=table, Item=record),
        note="with the role of records.reader",
    )
