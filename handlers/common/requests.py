"""A request as API Gateway's REST proxy integration hands it over (payload format 1.0)."""

import base64
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from handlers.common.problems import RequestError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

BODY_BYTES = 64 * 1024
# The session of an assumed role names a pod, an instance or a start of a program: what is sent again after
# a restart comes from another one, so the caller is the role. Not so with IAM Identity Center: there the
# session names the person, and everybody with a permission set has the same role; they stay apart.
ROLE_SESSION = re.compile(r"(arn:[^:]+:sts::[^:]+:assumed-role/(?!AWSReservedSSO_)[^/]+)/.+")
IDEMPOTENCY_KEY = re.compile(r"[\x20-\x7e]{1,255}")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request. What the client sent is in it unchecked.

    Attributes:
        id: The gateway's request id, which its access log carries too.
        method: HTTP method.
        resource: Path of the API's resource, such as `/tasks/{id}`.
        caller: Who is calling: the id of the API key, the ARN of the IAM user or of the assumed role, or
            `anonymous`; the same one whenever the same client calls. Never the key itself.
        api_key: The API key, which the gateway has checked where a method wants one; None without.
        path: Path parameters by name.
        query: Values of each query parameter by name.
        headers: By name in lower case; the values of a repeated header are joined by commas.
        body: As received, base64 where `encoded`.
        encoded: Whether the gateway has encoded the body.
        context: Of the invocation.

    The key, the headers (it is in them too) and the body are in no repr.
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
    def of(cls, event: Mapping[str, Any], context: "LambdaContext") -> "Request":
        """Read an event. What an event lacks is empty, so that any invocation gets an answer."""
        gateway = event.get("requestContext") or {}
        identity = gateway.get("identity") or {}
        sent = _values(event, "multiValueHeaders", "headers")
        headers = {name.lower(): ", ".join(values) for name, values in sent.items()}
        return cls(
            id=gateway.get("requestId") or context.aws_request_id,
            method=event.get("httpMethod") or "",
            resource=event.get("resource") or "",
            caller=_caller(identity),
            # The embedded AWS checks the header, but leaves the key out of the identity.
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
            RequestError: 400, when one is not in `allowed` or is given twice.
        """
        unknown = [(name, "Unknown parameter.") for name in self.query if name not in allowed]
        repeated = [
            (name, "Given more than once.")
            for name, values in self.query.items()
            if name in allowed and len(values) != 1
        ]
        if unknown or repeated:
            raise RequestError(400, "The query is not valid.", errors=unknown + repeated)
        return {name: values[0] for name, values in self.query.items()}

    def idempotency_key(self) -> str | None:
        """Return the request's `Idempotency-Key`, or None without one.

        Raises:
            RequestError: 400, when it is not 1 to 255 printable ASCII characters.
        """
        key = self.headers.get("idempotency-key")
        if key is not None and not IDEMPOTENCY_KEY.fullmatch(key):
            raise RequestError(400, "Idempotency-Key is not 1 to 255 printable ASCII characters.")
        return key

    def content(self) -> bytes:
        """Return the body as it was sent.

        Raises:
            RequestError: 400, when the gateway's encoding of it is broken.
        """
        if not self.encoded:
            return self.body.encode(errors="surrogatepass")
        try:
            return base64.b64decode(self.body, validate=True)
        except ValueError:
            raise RequestError(400, "The body is not valid base64.") from None

    def json_object(self, at_most: int = BODY_BYTES) -> dict[str, Any]:
        """Return the body, a JSON object (RFC 8259) in UTF-8.

        Stricter than Python's parser: no NaN and Infinity, no key twice, no lone surrogates.

        Raises:
            RequestError: 415 for a media type other than `application/json`, 413 for more than
                `at_most` bytes, 400 for a body that is not such an object.
        """
        media_type = self.headers.get("content-type", "").split(";")[0].strip().lower()
        if media_type != "application/json":
            raise RequestError(415, "The body has to be sent as application/json.")
        content = self.content()
        if len(content) > at_most:
            raise RequestError(413, f"The body is larger than {at_most} bytes.")
        try:
            parsed = _parse(content.decode())
        except RecursionError:
            raise RequestError(400, "The body is nested too deeply.") from None
        except ValueError:
            raise RequestError(400, "The body is not valid JSON.") from None
        if not isinstance(parsed, dict):
            raise RequestError(400, "The body is not a JSON object.")
        return parsed


def _values(event: Mapping[str, Any], every: str, last: str) -> dict[str, list[str]]:
    """Return the values of headers or parameters; `last` has the last ones alone."""
    return event.get(every) or {name: [value] for name, value in (event.get(last) or {}).items()}


def _caller(identity: Mapping[str, Any]) -> str:
    return str(identity.get("apiKeyId") or _principal(identity.get("userArn") or "") or "anonymous")


def _principal(arn: str) -> str:
    session = ROLE_SESSION.fullmatch(arn)
    return session[1] if session else arn


def _parse(text: str) -> object:
    """Parse JSON strictly; ValueError or RecursionError otherwise."""
    parsed = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
    # Escapes such as \ud800 pass the parser and would fail wherever the text is encoded later.
    json.dumps(parsed, ensure_ascii=False).encode()
    return parsed


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise ValueError("a key twice")
    return mapping


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)
