"""Writer and reader, as whoever invokes them sees them."""

import json

from sandbox.tour.guide import Guide, TourError

WRITER, READER = "handlers.records.writer.handler", "handlers.records.reader.handler"


def show(guide: Guide) -> None:
    """Write a record, read it, and try each role on the other's work."""
    guide.title("Records, by invoking Lambda")
    guide.invoke(WRITER, {"id": "tour"}, note="puts the record")
    answer = guide.invoke(READER, {"id": "tour"}, note="gets it")
    if json.loads(answer["body"]).get("source") != "lambda1":
        raise TourError(f"the reader answered {answer} for a record that was written")
    guide.invoke(READER, {"id": "nobody"}, note='there is none: {"missing": true}')
    table = guide.outputs["records-table-name"]
    key = {"id": {"S": "tour"}}
    writer, reader = (guide.outputs[f"records-{name}-role-arn"] for name in ("writer", "reader"))
    guide.refused(
        "the writer's role gets a record",
        lambda: guide.client("dynamodb", role=writer).get_item(TableName=table, Key=key),
    )
    guide.refused(
        "the reader's role puts one",
        lambda: guide.client("dynamodb", role=reader).put_item(TableName=table, Item=key),
    )
