"""Brings the accounts database to the newest schema, and tells whether it is there.

New migrations are written by ``alembic revision --autogenerate -m "what it does"`` after a change of ``api.tables``.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection

from api.database import Database

# any number will do, as long as every process takes the same
ADVISORY_LOCK = 6_174_021

Answer = TypeVar("Answer")


def migrate(database_url: str) -> None:
    """Run every migration that the database lacks; safe to call from several processes at once.

    Raises ``SQLAlchemyError`` or ``OSError`` when the database does not answer.
    """
    asyncio.run(_in_transaction(database_url, _upgrade))


def is_migrated(database_url: str) -> bool:
    """Whether the database is at the newest schema; raises as ``migrate`` does."""
    return asyncio.run(_in_transaction(database_url, at_newest))


def at_newest(connection: Connection) -> bool:
    """Whether the database behind ``connection`` is at the newest schema."""
    newest = set(ScriptDirectory.from_config(configuration(connection)).get_heads())
    return set(MigrationContext.configure(connection).get_current_heads()) == newest


def configuration(connection: Connection) -> Config:
    """Alembic's configuration, for commands that work on ``connection``."""
    config = Config()
    config.set_main_option("script_location", "api:migrations")
    config.attributes["connection"] = connection
    return config


async def _in_transaction(url: str, work: Callable[[Connection], Answer]) -> Answer:
    database = Database(url)
    try:
        async with database.engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await database.close()


def _upgrade(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        # SQLite needs no lock of its own: there, every transaction holds one
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
    command.upgrade(configuration(connection), "head")
