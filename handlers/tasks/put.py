"""PUT /tasks (the id is in the body) and PUT /tasks/{id}."""

from handlers.common import clients
from handlers.common.api import Response, rest_handler
from handlers.common.environment import load
from handlers.common.http_request import HttpRequest
from handlers.common.identifiers import parse_id
from handlers.tasks.environment import ChangeEnvironment
from handlers.tasks.preconditions import precondition
from handlers.tasks.store import TaskTable
from handlers.tasks.task import parse_replacement

environment = load(ChangeEnvironment)
tasks = TaskTable(clients.dynamodb(environment.region), environment.dynamodb_table)


def replace_task(request: HttpRequest) -> Response:
    """Replace a task. Fields that the body omits get their defaults."""
    request.parameters()
    path_id = parse_id(request.path["id"]) if "id" in request.path else None
    condition = precondition(request.headers, if_match_required=environment.require_if_match)
    identifier, draft = parse_replacement(request.json_object(), path_id)
    task = tasks.replace(identifier, draft, condition)
    return Response(200, task.document(), {"ETag": task.etag})


handler = rest_handler(
    {("PUT", "/tasks"): replace_task, ("PUT", "/tasks/{id}"): replace_task},
    logger=environment.logger(),
    origins=environment.cors_origins,
)
