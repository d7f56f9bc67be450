"""The way of this process's counts into the database."""

import asyncio

import structlog

from api.database import UNANSWERED, Database
from api.usage import stored_usage
from api.usage.request_counts import RequestCounts
from api.usage.stored_usage import Usage

EVERY_S = 5.0
"""What a process that is killed has not told yet is lost: the requests of so many seconds."""

log = structlog.get_logger(__name__)


class UsageWriter:
    """Adds what was counted to what is stored, every few seconds and at the end."""

    def __init__(self, database: Database, counts: RequestCounts) -> None:
        self._database = database
        self._counts = counts

    async def open(self) -> None:
        """Start."""
        self._writing = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Store what was counted, and stop."""
        self._writing.cancel()
        await asyncio.wait([self._writing])
        await self.write()

    async def write(self) -> None:
        """Store what was counted; while the database does not answer it is kept."""
        counted = self._counts.fetch()
        if not counted:
            return
        used = {key: Usage(each.taken, each.refused) for key, each in counted.items()}
        try:
            async with self._database.transaction() as session:
                await stored_usage.add(session, used)
        except BaseException as error:
            self._counts.put_back(counted)
            if not isinstance(error, UNANSWERED):
                raise
            log.warning("usage not stored", error=f"{type(error).__name__}: {error}")

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.write()
