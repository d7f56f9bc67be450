"""A zip archive that is sent while it is made: nothing of it is on disk, and little of it in memory."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import dataclass
from zipfile import ZIP_DEFLATED, ZipFile

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the archive; ``pieces`` joined are its content."""

    name: str
    pieces: AsyncIterable[bytes]


class _Outlet:
    """What the archive is written to: it can be emptied, and not gone back in."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """There is nowhere to flush to."""

    @property
    def full(self) -> bool:
        return len(self._written) >= CHUNK_BYTES

    def taken(self) -> bytes:
        taken = bytes(self._written)
        self._written.clear()
        return taken


async def zipped(members: AsyncIterable[Member]) -> AsyncIterator[bytes]:
    """The archive's bytes. One that breaks off lacks its directory, so no program takes it for whole."""
    outlet = _Outlet()
    # ZipFile asks no more of a file that it only writes to
    with ZipFile(outlet, "w", ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        async for member in members:
            with archive.open(member.name, "w", force_zip64=True) as file:
                async for piece in member.pieces:
                    # compressing a piece may take longer than other requests should wait
                    await asyncio.to_thread(file.write, piece)
                    if outlet.full:
                        yield outlet.taken()
    yield outlet.taken()
