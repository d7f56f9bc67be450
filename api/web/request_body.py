"""A request's body, decompressed, and never more of it in memory than we take."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from starlette.requests import Request

from api.web.problems import Problem

CODINGS = {"identity": False, "gzip": True, "x-gzip": True}
READ_LIMIT = timedelta(seconds=30)
_GZIP = 16 + zlib.MAX_WBITS


async def read_body(request: Request[Any], max_bytes: int) -> bytes:
    """The whole body after its content coding is undone.

    Raises `Problem`: 413 for more than ``max_bytes``, 415 for a coding other than gzip, 400 for bytes that are not
    gzip, 408 for a sender that takes longer than ``READ_LIMIT``.
    """
    compressed = _is_compressed(request)
    if not compressed and _announced_bytes(request) > max_bytes:
        # before the client is told to continue
        raise too_large(f"The body has more than {max_bytes} bytes.")
    try:
        async with asyncio.timeout(READ_LIMIT.total_seconds()):
            if compressed:
                return await _gunzip(request.stream(), max_bytes)
            return await _collect(request.stream(), max_bytes)
    except TimeoutError:
        raise Problem(
            408,
            "Request timeout",
            f"The body did not arrive within {READ_LIMIT.seconds} s.",
            type="slow-body",
        ) from None


def too_large(detail: str) -> Problem:
    return Problem(413, "Too large", detail, type="too-large")


def _is_compressed(request: Request[Any]) -> bool:
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding not in CODINGS:
        raise Problem(
            415,
            "Unsupported content coding",
            "The body may be sent as it is or with Content-Encoding: gzip.",
            type="unsupported-content-coding",
            headers={"Accept-Encoding": "gzip, identity"},
        )
    return CODINGS[coding]


def _announced_bytes(request: Request[Any]) -> int:
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


async def _collect(chunks: AsyncIterator[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > max_bytes:
            raise too_large(f"The body has more than {max_bytes} bytes.")
    return bytes(body)


async def _gunzip(chunks: AsyncIterator[bytes], max_bytes: int) -> bytes:
    body = bytearray()
    received = 0
    member = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            received += len(chunk)
            while chunk:
                if member.eof:
                    # RFC 1952: a file may have several members, one after another
                    member = zlib.decompressobj(_GZIP)
                # one byte more than we take tells a bomb from a body that just fits
                body += member.decompress(chunk, max_bytes + 1 - len(body))
                if len(body) > max_bytes or received > max_bytes:
                    raise too_large(
                        f"The body has more than {max_bytes} bytes, before or after decompression."
                    )
                chunk = member.unused_data or member.unconsumed_tail
    except zlib.error:
        raise _bad_gzip("The body is not valid gzip.") from None
    if received and not member.eof:
        raise _bad_gzip("The gzip body is cut short.")
    return bytes(body)


def _bad_gzip(detail: str) -> Problem:
    return Problem(400, "Bad body", detail, type="bad-body")
