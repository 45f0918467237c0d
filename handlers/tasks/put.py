"""PUT /tasks (the id is in the body) and PUT /tasks/{id}."""

from handlers.common import clients
from handlers.common.api import Response, rest_handler
from handlers.common.environment import load
from handlers.common.identifiers import identifier_of
from handlers.common.requests import Request
from handlers.tasks.environment import ChangeEnvironment
from handlers.tasks.preconditions import expected_versions
from handlers.tasks.store import TaskTable
from handlers.tasks.task import replacement_of

environment = load(ChangeEnvironment)
tasks = TaskTable(clients.dynamodb(environment.region), environment.dynamodb_table)


def replace_task(request: Request) -> Response:
    """Replace what a client decides about a task; what the body leaves out gets its default."""
    request.parameters()
    path_id = identifier_of(request.path["id"]) if "id" in request.path else None
    versions = expected_versions(request.headers.get("if-match"), required=environment.require_if_match)
    identifier, draft = replacement_of(request.json_object(), path_id)
    task = tasks.replace(identifier, draft, versions)
    return Response(200, task.document(), {"ETag": task.etag})


handler = rest_handler(
    {("PUT", "/tasks"): replace_task, ("PUT", "/tasks/{id}"): replace_task},
    logger=environment.logger(),
    origins=environment.cors_origins,
)
