"""The ``Idempotency-Key`` request header, by which a retry is known for one.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import re

from starlette.datastructures import Headers

from api.web.problems import Problem

NAME = "idempotency-key"
MAX_KEY = 255

_PLAIN = re.compile(r"[\x20-\x7e]+").fullmatch
# a string of RFC 9651, as the draft wants it
_QUOTED = re.compile(r'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"').fullmatch


def idempotency_key(headers: Headers) -> str | None:
    """The request's key, with or without quotes; ``None`` if it has none. Raises `Problem`."""
    given = headers.getlist(NAME)
    if not given:
        return None
    if len(given) == 1:
        text = given[0].strip()
        quoted = _QUOTED(text)
        key = re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text
        if (quoted or not text.startswith('"')) and len(key) <= MAX_KEY and _PLAIN(key):
            return key
    raise Problem(
        400,
        "Bad idempotency key",
        f"Idempotency-Key must be given once, as 1 to {MAX_KEY} printable ASCII characters, in double quotes or without.",
        type="bad-idempotency-key",
    )
