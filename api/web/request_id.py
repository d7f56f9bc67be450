"""The name of a request, in its answer, its log lines and its errors."""

import re

from api.random_ids import random_id

HEADER = b"x-request-id"
# what a caller may choose: enough for every usual scheme, nothing that could forge a log line or a header
SANE = re.compile(rb"[A-Za-z0-9._-]{8,64}")


def request_id(headers: list[tuple[bytes, bytes]]) -> bytes:
    """The caller's ``X-Request-Id`` if it is sane, else a new UUID."""
    for name, value in headers:
        if name == HEADER and SANE.fullmatch(value):
            return value
    return random_id().encode()
