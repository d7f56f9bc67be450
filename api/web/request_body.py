"""A request's body, decompressed, and never more of it in memory than we take."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO
from weakref import WeakKeyDictionary

from starlette.requests import Request

from api.deadlines import Deadlines
from api.web.problems import Problem

CODINGS = {"identity": False, "gzip": True, "x-gzip": True}
READ_LIMIT = timedelta(seconds=30)
_GZIP = 16 + zlib.MAX_WBITS


async def read_body(request: Request[Any], max_bytes: int) -> bytes:
    """The whole body after its content coding is undone.

    Raises `Problem`: 413 for more than ``max_bytes``, 415 for a coding other than gzip, 400 for bytes that are not
    gzip, 408 for a sender that takes longer than ``READ_LIMIT``.
    """
    task = asyncio.current_task()
    assert task is not None, "an endpoint runs in a task"
    reader = _Reader(task)
    deadlines = _deadlines()
    deadlines.add(reader)
    try:
        return b"".join([piece async for piece in _pieces(request, max_bytes)])
    except asyncio.CancelledError:
        if reader.is_late and reader.task.uncancel() == 0:
            raise _slow(READ_LIMIT) from None
        raise
    finally:
        deadlines.remove(reader)


async def save_body(request: Request[Any], file: BinaryIO, max_bytes: int, limit: timedelta) -> None:
    """As `read_body`, into a file and within ``limit``; no more than a piece of it is in memory."""
    async with _arriving(limit):
        async for piece in _pieces(request, max_bytes):
            file.write(piece)


def too_large(detail: str) -> Problem:
    return Problem(413, "Too large", detail, type="too-large")


@asynccontextmanager
async def _arriving(limit: timedelta) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(limit.total_seconds()):
            yield
    except TimeoutError:
        raise _slow(limit) from None


def _slow(limit: timedelta) -> Problem:
    return Problem(
        408, "Request timeout", f"The body did not arrive within {limit.seconds} s.", type="slow-body"
    )


@dataclass(eq=False, slots=True)
class _Reader:
    """A task that reads a body."""

    task: asyncio.Task[Any]
    is_late: bool = False

    def stop(self) -> None:
        """The time is up."""
        self.is_late = True
        self.task.cancel()


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Deadlines[_Reader]] = WeakKeyDictionary()


def _deadlines() -> Deadlines[_Reader]:
    """Those of the readers in the running event loop."""
    loop = asyncio.get_running_loop()
    deadlines = _of_loop.get(loop)
    if deadlines is None:
        deadlines = _of_loop[loop] = Deadlines(READ_LIMIT, _Reader.stop)
    return deadlines


def _pieces(request: Request[Any], max_bytes: int) -> AsyncIterator[bytes]:
    compressed = _is_compressed(request)
    if not compressed and _announced_bytes(request) > max_bytes:
        # before the client is told to continue
        raise too_large(f"The body has more than {max_bytes} bytes.")
    return (_gunzip if compressed else _bounded)(request.stream(), max_bytes)


def _is_compressed(request: Request[Any]) -> bool:
    if "content-encoding" not in request.headers:
        return False
    coding = request.headers["content-encoding"].strip().lower()
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


async def _bounded(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    received = 0
    async for chunk in chunks:
        received += len(chunk)
        if received > max_bytes:
            raise too_large(f"The body has more than {max_bytes} bytes.")
        yield chunk


async def _gunzip(chunks: AsyncIterator[bytes], max_bytes: int) -> AsyncIterator[bytes]:
    received = given = 0
    member = zlib.decompressobj(_GZIP)
    try:
        async for chunk in chunks:
            received += len(chunk)
            while chunk:
                if member.eof:
                    # RFC 1952: a file may have several members, one after another
                    member = zlib.decompressobj(_GZIP)
                # one byte more than we take tells a bomb from a body that just fits
                piece = member.decompress(chunk, max_bytes + 1 - given)
                given += len(piece)
                if given > max_bytes or received > max_bytes:
                    raise too_large(
                        f"The body has more than {max_bytes} bytes, before or after decompression."
                    )
                yield piece
                chunk = member.unused_data or member.unconsumed_tail
    except zlib.error:
        raise _bad_gzip("The body is not valid gzip.") from None
    if received and not member.eof:
        raise _bad_gzip("The gzip body is cut short.")


def _bad_gzip(detail: str) -> Problem:
    return Problem(400, "Bad body", detail, type="bad-body")
