"""A TCP proxy that can be cut, for what stands between the parts and Kafka."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

CHUNK = 256 * 1024


class Link:
    """From one port of this machine to another, in a thread of its own.

    While it is cut no byte passes and no connection breaks: so does a network that loses every packet. What was on its
    way arrives when it is whole again.
    """

    def __init__(self, port: int, target: int) -> None:
        self.port = port
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._whole = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)

    def open(self) -> None:
        """Listen; connections are refused as soon as the target refuses them."""
        self._thread.start()
        self._do(self._listen())

    def close(self) -> None:
        """End every connection."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def cut(self) -> None:
        """Let nothing pass."""
        self._do(self._set(False))

    def mend(self) -> None:
        """Let everything pass again."""
        self._do(self._set(True))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._server.close()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.close()

    async def _listen(self) -> None:
        self._whole.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def _set(self, whole: bool) -> None:
        if whole:
            self._whole.set()
        else:
            self._whole.clear()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._whole.wait()
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(self._pass(reader, upstream_writer), self._pass(upstream_reader, writer))
        finally:
            writer.close()
            upstream_writer.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                await self._whole.wait()
                writer.write(data)
                await writer.drain()
        # the other direction ends with this one
        writer.close()
