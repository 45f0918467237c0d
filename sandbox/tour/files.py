"""Files: an API that issues presigned forms and URLs, as a client with an API key uses it."""

import base64
from typing import Any

from sandbox.tour.guide import Guide, TourError

API = "files-api-url"
KEY_PARAMETER = "files-api-key-parameter-"
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAASUVORK5CYII="
)
"""An image of one transparent pixel."""

UNKNOWN_ID = "11111111-2222-4333-8444-555555555555"


def show(guide: Guide) -> None:
    """Upload an image and a table with presigned forms, and read their metadata and content."""
    guide.heading("Files: presigned uploads to S3, processed by a Lambda function")
    key = {"x-api-key": _api_key(guide)}
    _show_image(guide, key)
    _show_table(guide, key)
    unknown, invalid = "not found: no such file", "rejected by API Gateway: the body does not fit the model"
    guide.call("GET", f"/files/{UNKNOWN_ID}", expect=404, note=unknown, api=API, headers=key)
    guide.call("POST", "/files", expect=400, note=invalid, api=API, headers=key, body={"name": 1})


def _show_image(guide: Guide, key: dict[str, str]) -> None:
    issued = "presigned form for pixel.png; the function starts cold"
    image = _create(guide, key, "pixel.png", "image/png", note=issued)
    guide.upload(image["upload"], PNG, expect=204, note="a PNG stored")
    guide.wait_for("metadata of pixel.png", lambda: _metadata(guide, key, image["id"], "completed"))
    fields = {**image["upload"]["fields"], "Content-Type": "text/html"}
    other_type = {**image["upload"], "fields": fields}
    guide.upload(other_type, PNG, expect=403, note="rejected: the form allows another content type")
    broken = _create(guide, key, "broken.png", "image/png", note="presigned form for broken.png")
    guide.upload(broken["upload"], b"x" * 200, expect=204, note="content stored that is no PNG")
    guide.wait_for("metadata of broken.png", lambda: _metadata(guide, key, broken["id"], "failed"))


def _show_table(guide: Guide, key: dict[str, str]) -> None:
    table = _create(guide, key, "Orders.CSV", "text/csv", note="presigned form for Orders.CSV")
    guide.upload(table["upload"], b"id,amount\n1,9.50\n2,12\n", expect=204, note="table stored")
    guide.wait_for("metadata of Orders.CSV", lambda: _metadata(guide, key, table["id"], "completed"))
    issued = "presigned URL for the download, valid for 5 minutes"
    link = guide.call("GET", f"/files/{table['id']}", expect=200, note=issued, api=API, headers=key)
    if not guide.download(link["url"], note="table downloaded").startswith(b"id,amount"):
        raise TourError("the presigned URL led to another file than the uploaded one")


def _api_key(guide: Guide) -> str:
    """Return the API key of the first client."""
    return guide.secret_parameter(next(name for name in guide.outputs if name.startswith(KEY_PARAMETER)))


def _create(guide: Guide, key: dict[str, str], name: str, content_type: str, *, note: str) -> Any:  # noqa: ANN401 - any JSON
    body = {"name": name, "content_type": content_type}
    return guide.call("POST", "/files", expect=201, note=note, api=API, headers=key, body=body)


def _metadata(guide: Guide, key: dict[str, str], file_id: str, status: str) -> str | None:
    """Return the metadata of a file once it has this status."""
    metadata = guide.get_json(f"/files/{file_id}/metadata", api=API, headers=key)
    return f"{status}: {metadata['error'] or metadata['result']}" if metadata["status"] == status else None
