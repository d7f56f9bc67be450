"""Entity tags (RFC 9110, section 8.8.3): so that a client that has the answer already is not sent it again."""

import re
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')
_LIST = re.compile(rf"\s*(?:{_TAG.pattern}\s*)?(?:,\s*(?:{_TAG.pattern}\s*)?)*")


def etag(body: bytes) -> str:
    """The strong entity tag of a body."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def matches(if_none_match: str, tag: str) -> bool:
    """Whether a client that sent this ``If-None-Match`` has what ``tag`` names. A malformed header matches nothing."""
    if if_none_match.strip() == "*":
        return True
    return _LIST.fullmatch(if_none_match) is not None and tag in _TAG.findall(if_none_match)


def conditional(request: Request, body: bytes, headers: dict[str, str]) -> Response:
    """The JSON answer with its entity tag, or 304 where the client says that it has it."""
    named = {**headers, "ETag": etag(body)}
    if "if-none-match" in request.headers and matches(request.headers["if-none-match"], named["ETag"]):
        return Response(status_code=304, headers=named)
    return Response(body, headers=named, media_type="application/json")
