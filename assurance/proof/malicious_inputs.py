"""A corpus of malicious ids, cursors, headers and bodies."""

import json

UUID = "1b4e28ba-2fa1-4d2e-883f-0016d3cca427"

TEXTS = (
    *("", " ", ".", "..", "0", "-1", "null", "undefined", "NaN", "true", "[]", "{}", "*", "%", "%00", "\x00"),
    *(
        "../../etc/passwd",
        "..\\..\\windows\\win.ini",
        "/etc/passwd",
        "file:///etc/passwd",
        "C:\\",
        "~",
        "a/b",
    ),
    *(
        "' OR '1'='1",
        '" OR ""="',
        "1; DROP TABLE tasks--",
        "attribute_exists(id)",
        "#id = :id",
        "$ne",
        "{$gt: ''}",
    ),
    *("<script>alert(1)</script>", "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]><x>&y;</x>"),
    *(
        "{{7*7}}",
        "${7*7}",
        "#{7*7}",
        "${jndi:ldap://127.0.0.1/a}",
        "%{(#a=1)}",
        "$context.requestId",
        "$input.body",
    ),
    *("a\r\nSet-Cookie: a=b", "a\nb", "a\tb", "\x7f", "\x1b[31m", "; ls", "| id", "`id`", "$(id)", "& echo"),
    *(
        "é",
        "漢字",
        "\U0001f680",
        "\u202ea",
        "\ufeff",
        "\ufffe",
        "a\u0300",
        "ǅ",
        "\u0131",
        "\u2028",
        "\xa0",
        "%F0%9F%9A%80",
    ),
    *(
        UUID.upper(),
        UUID.replace("-", ""),
        f"{{{UUID}}}",
        f"urn:uuid:{UUID}",
        f"{UUID} ",
        f"{UUID}\n",
        f"{UUID}\x00",
    ),
    *(UUID[:-1], f"{UUID}0", f"{UUID},{UUID}", f"{UUID}/../{UUID}", UUID.translate({ord("1"): "\u0661"})),
    *("a" * 36, "a" * 2_000, "%s%s%s%n", "1e309", "0x10", "9" * 400, "\u0661", "__proto__"),
)
"""Texts for path segments, query parameters and fields of bodies."""

CURSORS = ("A" * 64, "-" * 64, "_" * 63, "A" * 65, "A" * 63 + "=", "A" * 63 + "+", f"{'A' * 64}\n")

HEADERS = {
    "If-Match": (
        *(
            "*",
            '"1"',
            'W/"1"',
            '"1", "2"',
            '"',
            "1",
            '"0"',
            '"01"',
            '"-1"',
            '"1e3"',
            '"99999999999999999999"',
        ),
        *(",", '"1",,"2"', '"1" "2"', '"\x7f"', "* , *", '"' * 3_000),
        ",".join(f'"{number}"' for number in range(1, 200)),
    ),
    "Idempotency-Key": (
        *("a", "a" * 255, "a" * 256, "\x7f", "\xe9", "a,b", '"a"', "a\tb", "../a", "${a}", "{}"),
    ),
    "Content-Type": (
        *("", "text/plain", "application/xml", "application/json;charset=utf-16", "APPLICATION/JSON"),
        *("application/json, text/plain", "application/jsonp", ";", "multipart/form-data", "a" * 2_000),
    ),
    "X-Amzn-Trace-Id": ("Root=1", "a" * 500, "Self=;Root=;"),
    "X-Forwarded-For": ("127.0.0.1", "169.254.169.254", "a" * 500),
    "X-Amzn-RequestId": (UUID, "../../a", "a" * 300),
    "X-Http-Method-Override": ("DELETE", "TRACE"),
    "Origin": ("null", "https://evil.example", "https://a.example\t"),
    "Accept": ("text/html", "*/*;q=0", "application/xml"),
    "Accept-Encoding": ("gzip;q=0", "br", "identity;q=0"),
}
"""Values by header."""

BODIES = (
    *(
        b"",
        b" ",
        b"null",
        b"true",
        b"0",
        b'""',
        b"[]",
        b"{}",
        b"{",
        b"}",
        b'{"',
        b'{"a"',
        b'{"a":}',
        b"\x00",
        b"\xff\xfe",
    ),
    *(b'{"title": "a", "title": "b"}', b'{"name": "a.csv", "name": "b.csv", "content_type": "text/csv"}'),
    *(
        b'{"title": NaN}',
        b'{"title": Infinity}',
        b'{"a": 1e400}',
        b'{"a": -1e-400}',
        b'{"a": ' + b"9" * 5_000 + b"}",
    ),
    *(
        b'{"title": "\\ud800"}',
        b'{"\\ud800": 1}',
        b'{"title": "\\u0000"}',
        b'{"a": "\\uDEAD\\uD800"}',
        b'{"a": "\xed\xa0\x80"}',
    ),
    *(
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"a":' * 500 + b"1" + b"}" * 500,
        b'{"a":' * 900 + b"1" + b"}" * 900,
    ),
    *(
        b'{"a":' * 990 + b"1" + b"}" * 990,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"a": [' + b"[]," * 10_000 + b"[]]}",
    ),
    *(
        b"\xef\xbb\xbf{}",
        '{"title": "a"}'.encode("utf-16"),
        '{"title": "é"}'.encode("latin-1"),
        b"a=b",
        b"<a/>",
    ),
    *(
        b"{'title': 'a'}",
        b'{"title": "a",}',
        b'{"title": "a"} {}',
        b'{"title": "a"}\n\n',
        b'// a\n{"title": "a"}',
    ),
    *(
        b'{"__proto__": {"a": 1}}',
        b'{"constructor": 1}',
        b'{"": ""}',
        b'{"title": {"S": "a"}}',
        b'{"title": ["a"]}',
    ),
    b'{"title": "a", "description": "' + b"a" * 70_000 + b'"}',
    b'{"a": "' + b"a" * 1_100_000 + b'"}',
    json.dumps({str(number): number for number in range(5_000)}).encode(),
)

FIELDS = ("title", "description", "status", "due_at", "id", "name", "content_type")
"""Fields of bodies; each is sent with every one of `TEXTS`."""
