"""The accounts database: SQLite by default, PostgreSQL by URL."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

CONNECT_SECONDS = 5.0
# what a database that is away, starting or overloaded raises
UNANSWERED = (SQLAlchemyError, OSError)

Answer = TypeVar("Answer")


class Database:
    """A pool of connections; every unit of work is one transaction.

    A file of SQLite is made, with its folder, when it is not there: it is then a database that is not migrated.
    """

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            self.engine = _sqlite_engine(parsed)
        else:
            self.engine = create_async_engine(
                parsed, pool_pre_ping=True, connect_args={"timeout": CONNECT_SECONDS}
            )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._turn = asyncio.Lock() if self.engine.dialect.name == "sqlite" else None

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session whose work is committed at the end, or undone when an exception leaves the block."""
        async with self._in_turn(), self._sessions.begin() as session:
            yield session

    @asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        """Queue for SQLite, which takes one at a time: those who ask for its lock again and again may never get it."""
        if self._turn is None:
            yield
            return
        async with asyncio.timeout(CONNECT_SECONDS):
            await self._turn.acquire()
        try:
            yield
        finally:
            self._turn.release()

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


async def in_transaction(url: str, work: Callable[[Connection], Answer]) -> Answer:
    """What ``work`` gives for a connection to the database at ``url``, opened for it alone."""
    database = Database(url)
    try:
        async with database.engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await database.close()


def _sqlite_engine(url: URL) -> AsyncEngine:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, connect_args={"timeout": CONNECT_SECONDS})
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # the driver must not begin transactions itself: it leaves schema changes and reads outside of them
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # a plain BEGIN that reads first and then writes fails at once when another has written in between; this one waits
    connection.exec_driver_sql("BEGIN IMMEDIATE")
