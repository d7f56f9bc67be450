"""HTTP load over keep-alive connections, as cheap as asyncio has it: it shares the cores with what is measured.

`closed_loop` keeps every connection busy, so it finds the most that a server does. `open_loop` sends at fixed times however
the server does, and counts each latency from the time that was fixed, so no slow answer hides those that waited behind it.
"""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop

STEP_S = 0.0005
"""How exactly an open loop keeps its times."""
DRAIN_S = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """What became of a load."""

    seconds: float
    cpu_seconds: float
    """Of this process, which made the load."""
    latencies: Sequence[float] = field(repr=False)
    """In seconds, sorted."""

    def centile_ms(self, centile: int) -> float:
        return self.latencies[min(len(self.latencies) - 1, len(self.latencies) * centile // 100)] * 1e3


def closed_loop(port: int, requests: Sequence[bytes], status: int, connections: int, seconds: float) -> Load:
    """Each connection sends the next request when the one before is answered. Any other status ends it with an error."""
    return uvloop.run(_Closed(requests, status, seconds).run(port, connections))


def open_loop(
    port: int, requests: Iterable[bytes], status: int, connections: int, rate: float, seconds: float
) -> Load:
    """``rate`` requests a second at even distances; those that find no free connection wait for one."""
    return uvloop.run(_Open(requests, status, rate, seconds).run(port, connections))


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def __init__(self, status: int, answered: Callable[["_Connection"], None]) -> None:
        self._expected = f"HTTP/1.1 {status}".encode()
        self._answered = answered
        self._received = b""
        self.began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def send(self, request: bytes, began: float) -> None:
        self.began = began
        self._transport.write(request)

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, body = self._received.partition(b"\r\n\r\n")
        if ended and len(body) >= int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]):
            if not head.startswith(self._expected):
                raise RuntimeError(self._received.decode())
            self._received = b""
            self._answered(self)


class _Loop:
    """What both loops share: connections, latencies, and the first error, which ends the run."""

    def __init__(self, status: int, seconds: float) -> None:
        self._status = status
        self._seconds = seconds
        self._latencies: list[float] = []

    async def run(self, port: int, count: int) -> Load:
        loop = asyncio.get_running_loop()
        self._failed: asyncio.Future[None] = loop.create_future()
        loop.set_exception_handler(self._fail)
        connections = [
            (
                await loop.create_connection(
                    lambda: _Connection(self._status, self._answered), "127.0.0.1", port
                )
            )[1]
            for _ in range(count)
        ]
        self._began, cpu = time.perf_counter(), time.process_time()
        self._until = self._began + self._seconds
        sending = asyncio.create_task(self._send(connections))
        await asyncio.wait((sending, self._failed), return_when=asyncio.FIRST_COMPLETED)
        if self._failed.done():
            sending.cancel()
            self._failed.result()
        await sending
        elapsed, cpu = time.perf_counter() - self._began, time.process_time() - cpu
        for connection in connections:
            connection.close()
        return Load(elapsed, cpu, sorted(self._latencies))

    def _fail(self, _: asyncio.AbstractEventLoop, context: dict[str, object]) -> None:
        if not self._failed.done():
            error = context.get("exception")
            self._failed.set_exception(
                error if isinstance(error, Exception) else RuntimeError(str(context["message"]))
            )

    def _answered(self, connection: _Connection) -> None:
        raise NotImplementedError

    async def _send(self, connections: Sequence[_Connection]) -> None:
        raise NotImplementedError


class _Closed(_Loop):
    def __init__(self, requests: Sequence[bytes], status: int, seconds: float) -> None:
        super().__init__(status, seconds)
        self._requests = itertools.cycle(requests)

    async def _send(self, connections: Sequence[_Connection]) -> None:
        self._busy = len(connections)
        self._over = asyncio.Event()
        for connection in connections:
            connection.send(next(self._requests), time.perf_counter())
        await self._over.wait()

    def _answered(self, connection: _Connection) -> None:
        now = time.perf_counter()
        self._latencies.append(now - connection.began)
        if now < self._until:
            connection.send(next(self._requests), now)
        else:
            self._busy -= 1
            if not self._busy:
                self._over.set()


class _Open(_Loop):
    def __init__(self, requests: Iterable[bytes], status: int, rate: float, seconds: float) -> None:
        super().__init__(status, seconds)
        self._requests = itertools.cycle(requests)
        self._times = deque(number / rate for number in range(int(rate * seconds)))
        self._left = len(self._times)

    async def _send(self, connections: Sequence[_Connection]) -> None:
        self._free = deque(connections)
        while self._left and time.perf_counter() < self._until + DRAIN_S:
            self._send_due()
            await asyncio.sleep(STEP_S)

    def _send_due(self) -> None:
        now = time.perf_counter() - self._began
        while self._free and self._times and self._times[0] <= now:
            self._free.pop().send(next(self._requests), self._began + self._times.popleft())

    def _answered(self, connection: _Connection) -> None:
        self._latencies.append(time.perf_counter() - connection.began)
        self._left -= 1
        self._free.append(connection)
        self._send_due()
