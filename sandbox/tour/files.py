"""The files' API, as a client with a key of its own sees it."""

import base64
from typing import Any

from sandbox.tour.guide import Guide, TourError

API = "files-api-url"
KEY_PARAMETER = "files-api-key-parameter-"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
"""One transparent pixel."""

NOBODYS = "11111111-2222-4333-8444-555555555555"


def show(guide: Guide) -> None:
    """Upload an image and a table by presigned forms, and see what becomes of them."""
    guide.title("Files, through API Gateway, S3 and its events")
    key = {"x-api-key": _api_key(guide)}
    picture = _post(guide, key, "pixel.png", "image/png", note="cold start; a presigned form comes back")
    guide.upload(picture["upload"], b"x" * 200, expect=204, note="no PNG at all")
    guide.found("metadata, once processed", lambda: _processed(guide, key, picture["id"]))
    guide.upload(picture["upload"], PNG, expect=204, note="the same form, now with one")
    guide.found("metadata, once processed again", lambda: _processed(guide, key, picture["id"], "completed"))
    lie = {**picture["upload"], "fields": {**picture["upload"]["fields"], "Content-Type": "text/html"}}
    guide.upload(lie, PNG, expect=403, note="another type than the form allows")

    table = _post(guide, key, "Orders.CSV", "text/csv", note="")
    guide.upload(table["upload"], b"id,amount\n1,9.50\n2,12\n", expect=204, note="a table")
    guide.found("metadata, once processed", lambda: _processed(guide, key, table["id"]))
    link = guide.call("GET", f"/files/{table['id']}", expect=200, api=API, headers=key, note="for 5 minutes")
    if not guide.download(link["url"], note="the table").startswith(b"id,amount"):
        raise TourError("the presigned URL led to another file")
    guide.call("GET", f"/files/{NOBODYS}", expect=404, api=API, headers=key, note="nobody's")
    guide.call(
        "POST", "/files", expect=400, api=API, headers=key, body={"name": 1}, note="refused by the gateway"
    )


def _api_key(guide: Guide) -> str:
    """The key of the first client."""
    return guide.secret_parameter(next(name for name in guide.outputs if name.startswith(KEY_PARAMETER)))


def _post(guide: Guide, key: dict[str, str], name: str, content_type: str, *, note: str) -> Any:  # noqa: ANN401
    body = {"name": name, "content_type": content_type}
    return guide.call("POST", "/files", expect=201, api=API, headers=key, body=body, note=note or name)


def _processed(guide: Guide, key: dict[str, str], identifier: str, status: str | None = None) -> str | None:
    """What the metadata says at the end, or at the end ``status``; printed once it is there."""
    found = guide.look(f"/files/{identifier}/metadata", api=API, headers=key)
    if found["status"] not in ([status] if status else ["completed", "failed"]):
        return None
    return f"{found['status']}: {found['error'] or found['result']}"
