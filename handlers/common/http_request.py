"""An HTTP request as API Gateway's REST proxy integration passes it to Lambda (payload format 1.0)."""

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from handlers.common.problems import HttpError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MAX_BODY_BYTES = 64 * 1024
# The session name of an assumed role identifies a pod, an instance or a process. A retry after a restart has
# a different session, so the caller is the role without its session. IAM Identity Center is the exception:
# its session name identifies the person, and all people with a permission set share a role.
ROLE_SESSION = re.compile(r"(arn:[^:]+:sts::[^:]+:assumed-role/(?!AWSReservedSSO_)[^/]+)/.+")
IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """An HTTP request. Its contents are not validated.

    The `repr` omits the API key, the headers (which contain the key) and the body.

    Attributes:
        id: The gateway's request id, which its access log also contains.
        method: HTTP method.
        resource: Path of the API's resource, such as `/tasks/{id}`.
        caller: Stable identity of the client: the id of the API key (never the key itself), the ARN of the
            IAM user or assumed role, or `anonymous`.
        api_key: The API key, verified by the gateway where a method requires one; None without a key.
        path: Path parameters by name.
        query: Values of each query parameter by name.
        headers: Values by lower-case name; those of a repeated header are joined by commas.
        body: The body as received; base64 if `encoded`.
        encoded: Whether the gateway has encoded the body as base64.
        context: Context of the invocation.
    """

    id: str
    method: str
    resource: str
    caller: str
    api_key: str | None = field(repr=False)
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    headers: Mapping[str, str] = field(repr=False)
    body: str = field(repr=False)
    encoded: bool
    context: "LambdaContext"

    @classmethod
    def from_event(cls, event: Mapping[str, Any], context: "LambdaContext") -> "HttpRequest":
        """Read an event. Missing parts are empty, so that every invocation gets a response."""
        gateway = event.get("requestContext") or {}
        identity = gateway.get("identity") or {}
        multi_value_headers = _values(event, "multiValueHeaders", "headers")
        headers = {name.lower(): ", ".join(values) for name, values in multi_value_headers.items()}
        return cls(
            id=gateway.get("requestId") or context.aws_request_id,
            method=event.get("httpMethod") or "",
            resource=event.get("resource") or "",
            caller=_caller(identity),
            # The embedded AWS verifies the header, but omits the key from the identity.
            api_key=identity.get("apiKey") or headers.get("x-api-key"),
            path=event.get("pathParameters") or {},
            query=_values(event, "multiValueQueryStringParameters", "queryStringParameters"),
            headers=headers,
            body=event.get("body") or "",
            encoded=bool(event.get("isBase64Encoded")),
            context=context,
        )

    def parameters(self, allowed: Collection[str] = ()) -> dict[str, str]:
        """Return the query parameters.

        Raises:
            HttpError: 400 if a parameter is not in `allowed` or is repeated.
        """
        unknown = [(name, "Unknown parameter.") for name in self.query if name not in allowed]
        repeated = [
            (name, "Must not be repeated.")
            for name, values in self.query.items()
            if name in allowed and len(values) != 1
        ]
        if unknown or repeated:
            raise HttpError(400, "The query is not valid.", errors=unknown + repeated)
        return {name: values[0] for name, values in self.query.items()}

    def idempotency_key(self) -> str | None:
        """Return the `Idempotency-Key` header, or None if there is none.

        Raises:
            HttpError: 400 if it is not 1 to 255 printable ASCII characters.
        """
        key = self.headers.get("idempotency-key")
        if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
            raise HttpError(400, "Idempotency-Key must be 1 to 255 printable ASCII characters.")
        return key

    def content(self) -> bytes:
        """Return the decoded body.

        Raises:
            HttpError: 400 if the body should be base64 but is not.
        """
        if not self.encoded:
            return self.body.encode(errors="surrogatepass")
        try:
            return base64.b64decode(self.body, validate=True)
        except ValueError:
            raise HttpError(400, "The body is not valid base64.") from None

    def json_object(self, max_bytes: int = MAX_BODY_BYTES) -> dict[str, Any]:
        """Return the body, which must be a JSON object (RFC 8259) in UTF-8.

        Stricter than Python's parser: rejects NaN, Infinity, duplicate keys and lone surrogates.

        Raises:
            HttpError: 415 for a media type other than `application/json`, 413 for more than `max_bytes`
                bytes, 400 for any other content.
        """
        media_type = self.headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type != "application/json":
            raise HttpError(415, "Content-Type must be application/json.")
        content = self.content()
        if len(content) > max_bytes:
            raise HttpError(413, f"The body is larger than {max_bytes} bytes.")
        try:
            parsed = _parse(content.decode())
        except RecursionError:
            raise HttpError(400, "The body is nested too deeply.") from None
        except ValueError:
            raise HttpError(400, "The body is not valid JSON.") from None
        if not isinstance(parsed, dict):
            raise HttpError(400, "The body is not a JSON object.")
        return parsed


def _values(event: Mapping[str, Any], multi_value: str, single_value: str) -> dict[str, list[str]]:
    """Return all values of headers or parameters; the `single_value` member has only the last of each."""
    return event.get(multi_value) or {
        name: [value] for name, value in (event.get(single_value) or {}).items()
    }


def _caller(identity: Mapping[str, Any]) -> str:
    return str(identity.get("apiKeyId") or _principal(identity.get("userArn") or "") or "anonymous")


def _principal(arn: str) -> str:
    session = ROLE_SESSION.fullmatch(arn)
    return session[1] if session else arn


def _parse(text: str) -> object:
    """Parse JSON strictly.

    Raises:
        ValueError: The text is not valid JSON.
        RecursionError: It is nested too deeply.
    """
    parsed = json.loads(text, object_pairs_hook=_require_unique_keys, parse_constant=_reject_constant)
    # The parser accepts escapes such as \ud800, which would fail wherever the text is encoded later.
    json.dumps(parsed, ensure_ascii=False).encode()
    return parsed


def _require_unique_keys(pairs: list[tuple[str, object]]) -> dict[str, object]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError("duplicate key")
    return mapping


def _reject_constant(name: str) -> NoReturn:
    raise ValueError(name)
