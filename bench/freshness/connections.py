"""Keep-alive connections to one HTTP server, as cheap as asyncio has them: the load must not cost what is measured."""

import asyncio
from collections import deque
from typing import NamedTuple, cast

ANSWER_WITHIN_S = 30.0


class Answer(NamedTuple):
    """An answer of HTTP/1.1 that tells its length."""

    status: int
    body: bytes


class NoAnswer(Exception):
    """The server closed the connection, or took too long."""


class Connections:
    """So many connections; a request waits for one that is free, in order of arrival."""

    def __init__(self, port: int, count: int) -> None:
        self._port = port
        self._count = count
        self._free: deque[_Connection] = deque()
        self._waiting: deque[asyncio.Future[_Connection]] = deque()

    async def open(self) -> None:
        """Connect them all."""
        self._free.extend([await self._connect() for _ in range(self._count)])

    def close(self) -> None:
        """Those in use are left to their requests."""
        for connection in self._free:
            connection.close()

    async def ask(self, *request: bytes) -> Answer:
        """Send the parts of a request and await its answer. Raises `NoAnswer`."""
        connection = self._free.popleft() if self._free else await self._wait()
        try:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                answer = await connection.ask(request)
        except (OSError, TimeoutError, NoAnswer) as error:
            connection.close()
            self._give_back(await self._connect())
            raise NoAnswer(str(error)) from None
        self._give_back(connection)
        return answer

    async def _wait(self) -> "_Connection":
        turn: asyncio.Future[_Connection] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        return await turn

    def _give_back(self, connection: "_Connection") -> None:
        if self._waiting:
            self._waiting.popleft().set_result(connection)
        else:
            self._free.append(connection)

    async def _connect(self) -> "_Connection":
        _, connection = await asyncio.get_running_loop().create_connection(
            _Connection, "127.0.0.1", self._port
        )
        return connection


class _Connection(asyncio.Protocol):
    """One request at a time."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(NoAnswer(f"the connection was closed: {error}"))

    def close(self) -> None:
        self._transport.close()

    def ask(self, request: tuple[bytes, ...]) -> asyncio.Future[Answer]:
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport.is_closing():
            self._answer.set_exception(NoAnswer("the connection was closed"))
        else:
            self._transport.writelines(request)
        return self._answer

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, rest = self._received.partition(b"\r\n\r\n")
        if not ended or self._answer is None:
            return
        _, told, length = head.lower().partition(b"content-length:")
        needed = int(length.partition(b"\r\n")[0]) if told else 0
        if len(rest) >= needed:
            self._received = b""
            if not self._answer.done():
                self._answer.set_result(Answer(int(head[9:12]), rest[:needed]))
