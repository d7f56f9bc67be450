"""How Alembic reaches the database: ``api.migrate`` hands in a connection; the command ``alembic`` needs one made."""

import asyncio
import os
from typing import Literal

from alembic import context
from sqlalchemy.engine import Connection

from api.database import Database
from api.every_table import Base
from api.tables import UtcDateTime


def render(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Migrations must not change their meaning with our code, so they name SQLAlchemy's own types."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run(connection: Connection) -> None:
    """Run the migrations in one transaction, so that a failing one leaves nothing behind."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render,
        # SQLite alters tables only by copying them
        render_as_batch=connection.dialect.name == "sqlite",
    )
    with context.begin_transaction():
        context.run_migrations()


async def run_from_command_line() -> None:
    """Run them on the database that the environment names."""
    database = Database(os.environ["AURORA_DATABASE_URL"])
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(run)
    finally:
        await database.close()


if "connection" in context.config.attributes:
    run(context.config.attributes["connection"])
else:
    asyncio.run(run_from_command_line())
