"""Refusals, and their form as problem documents (RFC 9457)."""

from collections.abc import Mapping, Sequence

MEDIA_TYPE = "application/problem+json"

# Not http.HTTPStatus: some of its phrases differ between the Python versions that this runs on.
TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    428: "Precondition Required",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class RequestError(Exception):
    """A request that is answered with a problem document.

    Attributes:
        status: HTTP status, one of `TITLES`.
        detail: What is wrong, for the client to read.
        errors: (field, message) pairs, where single fields or parameters are wrong.
        headers: Further headers of the answer.
        request_id: What the answer calls the request, where that is not the gateway's request id.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        errors: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(status, detail)
        self.status = status
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.request_id = request_id

    def document(self, request_id: str) -> dict[str, object]:
        """Return the problem document; `errors` is in it only where there are some.

        Args:
            request_id: The gateway's, for a problem that has none of its own.
        """
        document: dict[str, object] = {
            "type": "about:blank",
            "title": TITLES[self.status],
            "status": self.status,
            "detail": self.detail,
            "request_id": self.request_id or request_id,
        }
        if self.errors:
            document["errors"] = [{"field": name, "message": said} for name, said in self.errors]
        return document
