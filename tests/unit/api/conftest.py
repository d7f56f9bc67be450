"""An accounts database in a file; the service tests use PostgreSQL as well."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from api.database import Database
from api.every_table import Base


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    """SQLite with the tables and nothing in them."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'accounts.db'}")
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield database
    await database.close()
