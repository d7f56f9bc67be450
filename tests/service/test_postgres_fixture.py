"""The PostgreSQL that other service tests stand on."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

pytestmark = pytest.mark.service


async def test_postgres_is_a_recent_empty_database(postgres: str) -> None:
    engine = create_async_engine(postgres)
    async with engine.connect() as connection:
        tables = await connection.scalar(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"))
        version = await connection.scalar(text("SELECT current_setting('server_version_num')::int"))
    await engine.dispose()
    assert tables == 0
    assert version is not None and version >= 150000
