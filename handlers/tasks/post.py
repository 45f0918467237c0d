"""POST /tasks."""

from uuid import uuid4

from handlers.common import clients
from handlers.common.api import Response, rest_handler
from handlers.common.environment import load
from handlers.common.http_request import HttpRequest
from handlers.tasks.environment import CreateEnvironment
from handlers.tasks.idempotency import Document, IdempotencyStore, deterministic_id, is_within_lifetime
from handlers.tasks.store import TaskTable
from handlers.tasks.task import Draft, Task, new_task, parse_draft

environment = load(CreateEnvironment)
tasks = TaskTable(clients.dynamodb(environment.region), environment.dynamodb_table)
idempotency = IdempotencyStore(clients.dynamodb(environment.region), environment.idempotency_table)


def create_task(request: HttpRequest) -> Response:
    """Create a task, only once for all requests with the same `Idempotency-Key`."""
    request.parameters()
    key = request.idempotency_key()
    body = request.json_object()
    draft = parse_draft(body)
    if key is None:
        return _created(request, tasks.create(new_task(draft, str(uuid4()))))
    identifier = deterministic_id(request.caller, key, body)
    document, replayed = idempotency.run_once(
        lambda: _create(draft, identifier), request=request, key=key, body=body
    )
    return _created(request, Task(**document), replayed=replayed)


def _create(draft: Draft, identifier: str) -> Document:
    task = tasks.create(new_task(draft, identifier))
    if not is_within_lifetime(task.created_at):  # created under the same key, which has expired since
        task = tasks.create(new_task(draft, str(uuid4())))
    return task.document()


def _created(request: HttpRequest, task: Task, *, replayed: bool = False) -> Response:
    headers = {"Location": request.location("tasks", task.id), "ETag": task.etag}
    if replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(201, task.document(), headers)


handler = rest_handler(
    {("POST", "/tasks"): create_task}, logger=environment.logger(), origins=environment.cors_origins
)
