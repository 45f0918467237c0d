"""Bodies of requests and responses as models of API Gateway (JSON schema, draft 4).

The functions validate bodies by the same rules; `tests/synth/test_openapi.py` compares them.
"""

from typing import Any

from infra.constructs.openapi import Schema

CONTENT_TYPES = (
    *("image/jpeg", "image/png"),
    *("application/pdf", "text/plain"),
    *("text/csv", "application/json"),
)
CONTENT_TYPE_ALIASES = ("image/jpg", "application/vnd.ms-excel")

_UUID = {"type": "string", "pattern": "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"}
_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_WHOLE = {"type": "integer", "minimum": 0}

_CONTROLS = r"\u0000-\u001f\u007f-\u009f"
_SPACES = r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space as Python defines it, without control characters; engines of regular expressions differ."""


def _model(title: str, properties: dict[str, Any], optional: tuple[str, ...] = ()) -> Schema:
    """A schema of an object with these properties and no others."""
    return {
        "$schema": "http://json-schema.org/draft-04/schema#",
        "title": title,
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"]}


_DRAFT = {
    "title": {
        "type": "string",
        "minLength": 1,
        "maxLength": 200,
        "pattern": rf"^[^{_CONTROLS}]*[^{_SPACES}{_CONTROLS}][^{_CONTROLS}]*$",  # not blank
    },
    "description": {
        "type": "string",
        "maxLength": 4000,
        "pattern": r"^[^\u0000-\u0008\u000b-\u001f\u007f-\u009f]*$",  # tab and line feed are allowed
    },
    "status": {"type": "string", "enum": ["open", "in_progress", "done"]},
    "due_at": _or_null(_TIME),
}
_DEFAULTED = ("description", "status", "due_at")
_TASK = {
    "id": _UUID,
    **_DRAFT,
    "created_at": _TIME,
    "updated_at": _TIME,
    "version": {"type": "integer", "minimum": 1},
}

NEW_TASK = _model("NewTask", _DRAFT, _DEFAULTED)
REPLACEMENT = _model("Replacement", {"id": _UUID, **_DRAFT}, ("id", *_DEFAULTED))
"""The body of `PUT /tasks/{id}`, which may repeat the id."""
NAMED_REPLACEMENT = _model("NamedReplacement", {"id": _UUID, **_DRAFT}, _DEFAULTED)
TASK = _model("Task", _TASK)
TASKS = _model(
    "Tasks",
    {
        "items": {"type": "array", "items": {k: v for k, v in TASK.items() if k not in {"$schema", "title"}}},
        "next_cursor": _or_null(_TEXT),
    },
)

SUBMISSION: Schema = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "Submission",
    "type": "object",
}
ACCEPTED = _model("Accepted", {"message": _TEXT, "request_id": _UUID, "execution_arn": _TEXT})

NEW_FILE = _model(
    "NewFile",
    {
        "name": {"type": "string", "minLength": 1, "maxLength": 255},
        "content_type": {"type": "string", "enum": [*CONTENT_TYPES, *CONTENT_TYPE_ALIASES]},
    },
)
"""The body of `POST /files` as API Gateway validates it; the function validates more."""
UPLOAD = _model(
    "Upload",
    {
        "id": _UUID,
        "status": {"type": "string", "enum": ["pending"]},
        "upload": {
            "type": "object",
            "properties": {
                "url": _TEXT,
                "fields": {"type": "object", "additionalProperties": _TEXT},
            },
            "required": ["url", "fields"],
        },
        "expires_at": _TIME,
    },
)
LINK = _model("Link", {"id": _UUID, "url": _TEXT, "expires_at": _TIME})
METADATA = _model(
    "Metadata",
    {
        "id": _UUID,
        "name": _TEXT,
        "content_type": {"type": "string", "enum": CONTENT_TYPES},
        "status": {"type": "string", "enum": ["pending", "processing", "completed", "failed"]},
        "size": _or_null(_WHOLE),
        "result": {"type": ["object", "null"]},
        "summary": _or_null(_TEXT),
        "error": _or_null(_TEXT),
        "created_at": _TIME,
        "uploaded_at": _or_null(_TIME),
        "started_at": _or_null(_TIME),
        "finished_at": _or_null(_TIME),
        "duration_ms": _or_null(_WHOLE),
    },
)
