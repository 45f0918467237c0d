"""An HTTP request as API Gateway's REST proxy integration passes it to Lambda (payload format 1.0)."""

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import TYPE_CHECKING, Any, NoReturn

from handlers.common.problems import HttpError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

MAX_BODY_BYTES = 64 * 1024
UTF8_CHARSETS = ("utf-8", "utf8", "us-ascii", "ascii")  # ASCII is a part of UTF-8
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
        ends_with_slash: Whether the URL's path ends with a slash. API Gateway accepts `/tasks/` for `/tasks`.
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
    ends_with_slash: bool
    context: "LambdaContext"

    @classmethod
    def from_event(cls, event: object, context: "LambdaContext") -> "HttpRequest":
        """Read an event. Parts that are missing or malformed are empty: every invocation gets a response."""
        members = _mapping(event)
        gateway = _mapping(members.get("requestContext"))
        identity = _mapping(gateway.get("identity"))
        multi_value_headers = _values(members, "multiValueHeaders", "headers")
        headers = {name.lower(): ", ".join(values) for name, values in multi_value_headers.items()}
        return cls(
            id=_text(gateway, "requestId") or context.aws_request_id,
            method=_text(members, "httpMethod"),
            resource=_text(members, "resource"),
            caller=_caller(identity),
            # The embedded AWS verifies the header, but omits the key from the identity.
            api_key=_text(identity, "apiKey") or headers.get("x-api-key"),
            path=_strings(members.get("pathParameters")),
            query=_values(members, "multiValueQueryStringParameters", "queryStringParameters"),
            headers=headers,
            body=_text(members, "body"),
            encoded=members.get("isBase64Encoded") is True,
            ends_with_slash=_text(members, "path").endswith("/"),
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

    def location(self, collection: str, identifier: str) -> str:
        """Return the `Location` of a resource that a request to `/<collection>` has created.

        It is relative to the URL of the request, so that it is right behind any stage or base path
        (RFC 9110, section 10.2.2).
        """
        return identifier if self.ends_with_slash else f"{collection}/{identifier}"

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
            HttpError: 415 for a media type other than `application/json` or a charset other than UTF-8, 413
                for more than `max_bytes` bytes, 400 for any other content.
        """
        header = Message()
        header["Content-Type"] = self.headers.get("content-type", "")
        if header.get_content_type() != "application/json":
            raise HttpError(415, "Content-Type must be application/json.")
        # API Gateway decodes text bodies as UTF-8 and replaces other bytes, so their contents are lost here.
        if header.get_content_charset("utf-8") not in UTF8_CHARSETS:
            raise HttpError(415, "The charset of Content-Type must be utf-8.")
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


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _text(members: Mapping[str, object], name: str) -> str:
    value = members.get(name)
    return value if isinstance(value, str) else ""


def _strings(value: object) -> dict[str, str]:
    """Return the members that are strings. API Gateway's test console passes null for empty ones."""
    return {name: text for name, text in _mapping(value).items() if isinstance(text, str)}


def _values(members: Mapping[str, object], multi_value: str, single_value: str) -> dict[str, list[str]]:
    """Return all values of headers or parameters; the `single_value` member has only the last of each."""
    lists = {
        name: strings
        for name, values in _mapping(members.get(multi_value)).items()
        if isinstance(values, list) and (strings := [value for value in values if isinstance(value, str)])
    }
    return lists or {name: [value] for name, value in _strings(members.get(single_value)).items()}


def _caller(identity: Mapping[str, object]) -> str:
    return _text(identity, "apiKeyId") or _principal(_text(identity, "userArn")) or "anonymous"


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
