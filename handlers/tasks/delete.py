"""DELETE /tasks?id= and DELETE /tasks/{id}."""

from handlers.common import clients
from handlers.common.api import Response, rest_handler
from handlers.common.environment import load
from handlers.common.http_request import HttpRequest
from handlers.common.identifiers import parse_id
from handlers.tasks.environment import ChangeEnvironment
from handlers.tasks.preconditions import precondition
from handlers.tasks.store import TaskTable

environment = load(ChangeEnvironment)
tasks = TaskTable(clients.dynamodb(environment.region), environment.dynamodb_table)


def delete_by_query(request: HttpRequest) -> Response:
    """Delete the task whose id is in the query; 400 without an id."""
    return _delete(request, request.parameters(("id",)).get("id", ""))


def delete_by_path(request: HttpRequest) -> Response:
    """Delete the task whose id is in the path."""
    request.parameters()
    return _delete(request, request.path["id"])


def _delete(request: HttpRequest, identifier: str) -> Response:
    condition = precondition(request.headers, if_match_required=environment.require_if_match)
    tasks.delete(parse_id(identifier), condition)
    return Response(204)


handler = rest_handler(
    {("DELETE", "/tasks"): delete_by_query, ("DELETE", "/tasks/{id}"): delete_by_path},
    logger=environment.logger(),
    origins=environment.cors_origins,
)
