"""An HTTP server that takes webhooks, well or badly, as each of its paths is told to."""

import asyncio
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain, repeat

Writer = asyncio.StreamWriter
Behaviour = Callable[[Writer], Awaitable[None]]
"""What it does once it has read a request; a connection that it leaves open goes on to the next."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def message_id(self) -> str:
        return self.headers["webhook-id"]


def answer(status: int = 200, body: bytes = b"", **headers: str) -> Behaviour:
    """A whole answer; ``retry_after="1"`` becomes ``Retry-After: 1``."""
    lines = [f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items()]
    head = f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n{''.join(lines)}\r\n".encode()

    async def write(writer: Writer) -> None:
        writer.write(head + body)
        await writer.drain()

    return write


def slowly(seconds: float, status: int = 200) -> Behaviour:
    """A whole answer after a while."""

    async def write(writer: Writer) -> None:
        await asyncio.sleep(seconds)
        await answer(status)(writer)

    return write


async def hang(writer: Writer) -> None:
    """Never an answer."""
    await asyncio.sleep(3_600)


async def close(writer: Writer) -> None:
    """The end of the connection in place of an answer."""
    writer.close()


async def drip_head(writer: Writer) -> None:
    """A status line that is never whole, a byte at a time."""
    for byte in b"HTTP/1.1 200 OK" + b" " * 3_600:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.1)


async def drip_body(writer: Writer) -> None:
    """A good status, and a body that never ends."""
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.1)


async def flood(writer: Writer) -> None:
    """A good status, and as large a body as the other side will read."""
    writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    while True:
        writer.write(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        await writer.drain()


class Receiver:
    """Listens on loopback; what came is there by path, in the order of its coming."""

    def __init__(self) -> None:
        self.taken: dict[str, list[Taken]] = defaultdict(list)
        self.url = ""
        self._behaviours: dict[str, Iterator[Behaviour]] = {}

    def at(self, path: str, *behaviours: Behaviour) -> str:
        """The URL of the path, which behaves so, request by request; the last from then on."""
        steps: Iterable[Behaviour] = behaviours or (answer(),)
        self._behaviours[path] = chain(steps, repeat(list(steps)[-1]))
        return self.url + path

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        try:
            while request := await _request(reader):
                self.taken[request.path].append(request)
                await next(self._behaviours[request.path])(writer)
                if writer.is_closing():
                    return
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


@contextmanager
def listening(tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver, served from a thread until the block ends."""
    receiver = Receiver()
    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(asyncio.start_server(receiver.serve, "127.0.0.1", 0, ssl=tls))
    port = server.sockets[0].getsockname()[1]
    receiver.url = f"http{'s' if tls else ''}://127.0.0.1:{port}"
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield receiver
    finally:
        loop.call_soon_threadsafe(server.close)
        asyncio.run_coroutine_threadsafe(_end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def _end() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


async def _request(reader: asyncio.StreamReader) -> Taken | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Taken(first.split(" ")[1], headers, body)
