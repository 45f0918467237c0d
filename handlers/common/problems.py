"""HTTP errors as problem documents (RFC 9457)."""

from collections.abc import Mapping, Sequence

MEDIA_TYPE = "application/problem+json"

# Not http.HTTPStatus: some of its phrases differ between the Python versions that handlers run on.
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


class HttpError(Exception):
    """An error response: a problem document.

    Attributes:
        status: HTTP status, one of `TITLES`.
        detail: Explanation for the client.
        errors: Pairs of field (or parameter) name and message.
        headers: Additional headers of the response.
        request_id: Id of the request in the response; None for the gateway's request id.
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
        """Return the problem document. It has `errors` only if there are any.

        Args:
            request_id: The gateway's request id, for an error that has no other.
        """
        document: dict[str, object] = {
            "type": "about:blank",
            "title": TITLES[self.status],
            "status": self.status,
            "detail": self.detail,
            "request_id": self.request_id or request_id,
        }
        if self.errors:
            document["errors"] = [{"field": name, "message": message} for name, message in self.errors]
        return document
