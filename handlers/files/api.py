"""POST /files, GET /files/{id} and GET /files/{id}/metadata."""

from datetime import timedelta
from uuid import uuid4

from handlers.common import clients
from handlers.common.api import Response, rest_handler
from handlers.common.environment import load
from handlers.common.http_request import HttpRequest
from handlers.common.identifiers import parse_id
from handlers.common.problems import HttpError
from handlers.common.times import now, timestamp
from handlers.files.environment import RestEnvironment
from handlers.files.store import FileTable, Row
from handlers.files.upload import (
    DOWNLOAD_SECONDS,
    UPLOAD_SECONDS,
    download_url,
    hashed_owner,
    object_key,
    parse_upload,
    upload_form,
)

METADATA = (
    "id",
    "name",
    "content_type",
    "status",
    "size",
    "result",
    "summary",
    "error",
    "created_at",
    "uploaded_at",
    "started_at",
    "finished_at",
    "duration_ms",
)

# Lifetime of a row without an upload: longer than an event can wait in the dead-letter queue.
PENDING_LIFETIME = timedelta(days=15)

environment = load(RestEnvironment)
logger = environment.logger()
files = FileTable(clients.dynamodb(), environment.table_name)
s3 = clients.s3(clients.PRESIGNING_CONFIG)


def create_file(request: HttpRequest) -> Response:
    """Create a file and return a presigned form that uploads it."""
    request.parameters()
    owner = hashed_owner(request)
    upload = parse_upload(request.json_object())
    identifier, at = str(uuid4()), now()
    key = object_key(identifier, upload.content_type)
    row = {
        "id": identifier,
        "owner": owner,
        "key": key,
        "name": upload.name,
        "content_type": upload.content_type,
        "status": "pending",
        "created_at": timestamp(at),
        "expires_at": int((at + PENDING_LIFETIME).timestamp()),
    }
    files.create(row)
    document = {
        "id": identifier,
        "status": "pending",
        "upload": upload_form(s3, environment.bucket_name, key, upload.content_type),
        "expires_at": timestamp(at + timedelta(seconds=UPLOAD_SECONDS)),
    }
    return Response(201, document, {"Location": request.location("files", identifier)})


def get_file(request: HttpRequest) -> Response:
    """Return a presigned link to the uploaded object."""
    file = _requested_file(request)
    if file["status"] == "pending":
        raise HttpError(409, "The file is not uploaded yet.")
    if "finished_at" in file and "size" not in file:
        raise HttpError(404, "The file was deleted.")
    at = now()
    # Not the row's key: the functions that read uploaded content can change it.
    key = object_key(file["id"], file["content_type"])
    document = {
        "id": file["id"],
        "url": download_url(s3, environment.bucket_name, key, file["version"], file["name"]),
        "expires_at": timestamp(at + timedelta(seconds=DOWNLOAD_SECONDS)),
    }
    return Response(200, document)


def get_metadata(request: HttpRequest) -> Response:
    """Return the metadata of a file; what is not known yet is null."""
    file = _requested_file(request)
    return Response(200, {name: file.get(name) for name in METADATA})


def _requested_file(request: HttpRequest) -> Row:
    """Return the file whose id is in the path.

    Raises:
        HttpError: 404 if there is no such file. A file of another client gets the same response.
    """
    request.parameters()
    owner = hashed_owner(request)
    file = files.get(parse_id(request.path["id"]))
    if file is None or file.get("owner") != owner:
        raise HttpError(404, "There is no file with this id.")
    return file


handler = rest_handler(
    {
        ("POST", "/files"): create_file,
        ("GET", "/files/{id}"): get_file,
        ("GET", "/files/{id}/metadata"): get_metadata,
    },
    logger=logger,
    origins=environment.cors_origins,
)
