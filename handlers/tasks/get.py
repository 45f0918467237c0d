"""GET /tasks and GET /tasks/{id}."""

import re
from functools import partial

from handlers.common import clients
from handlers.common.api import Response, rest_handler
from handlers.common.environment import load
from handlers.common.http_request import HttpRequest
from handlers.common.identifiers import parse_id
from handlers.common.problems import HttpError
from handlers.tasks.cursor import Cursors
from handlers.tasks.environment import ReadEnvironment
from handlers.tasks.preconditions import is_not_modified
from handlers.tasks.store import TaskTable

DEFAULT_LIMIT = "20"
LIMIT = re.compile(r"[1-9][0-9]?|100")

environment = load(ReadEnvironment)
tasks = TaskTable(clients.dynamodb(environment.region), environment.dynamodb_table)
cursors = Cursors(environment.cursor_key_arn, partial(clients.kms, environment.region))


def get_task(request: HttpRequest) -> Response:
    """Return one task, or 304 if the client has its current version."""
    request.parameters()
    task = tasks.get(parse_id(request.path["id"]))
    headers = {"ETag": task.etag}
    if is_not_modified(request.headers, task.version):
        return Response(304, headers=headers)
    return Response(200, task.document(), headers)


def list_tasks(request: HttpRequest) -> Response:
    """Return a page of tasks and the cursor of the next page."""
    parameters = request.parameters(("limit", "cursor"))
    limit = parameters.get("limit", DEFAULT_LIMIT)
    if not LIMIT.fullmatch(limit):
        raise HttpError(400, "The query is not valid.", errors=[("limit", "Must be a number from 1 to 100.")])
    cursor = parameters.get("cursor")
    after = None if cursor is None else cursors.verify(cursor)
    page, last = tasks.page(int(limit), after)
    return Response(
        200,
        {
            "items": [task.document() for task in page],
            "next_cursor": cursors.sign(last) if last else None,
        },
    )


handler = rest_handler(
    {("GET", "/tasks"): list_tasks, ("GET", "/tasks/{id}"): get_task},
    logger=environment.logger(),
    origins=environment.cors_origins,
)
