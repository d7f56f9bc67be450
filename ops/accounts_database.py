"""Work on the stack's accounts database, from a command."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from api.database import Database
from ops.settings import StackSettings

Answer = TypeVar("Answer")


def on_database(settings: StackSettings, work: Callable[[Database], Awaitable[Answer]]) -> Answer:
    """What ``work`` gives. Raises ``SQLAlchemyError`` or ``OSError`` where the database does not answer."""

    async def run() -> Answer:
        database = Database(settings.database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
