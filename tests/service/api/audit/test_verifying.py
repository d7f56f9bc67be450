"""Whoever gets past the triggers is found out by the chain."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from service.api.audit.audited import write
from sqlalchemy import text

from api.audit.reading import chains, faults
from api.database import Database


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
async def tenant_id(database: Database) -> UUID:
    """A tenant with five entries, and another's beside it."""
    tenant_id = uuid4()
    await write(database, tenant_id, *(f"webhook/{number}" for number in range(1, 6)))
    await write(database, uuid4(), "webhook/6")
    return tenant_id


async def found(database: Database, tenant_id: UUID) -> list[str]:
    async with database.transaction() as session:
        return [fault async for fault in faults(session, tenant_id)]


async def tamper(database: Database, tenant_id: UUID, statement: str) -> None:
    """As one who owns the database can."""
    of = {"tenant": tenant_id.hex if database.engine.dialect.name == "sqlite" else str(tenant_id)}
    async with database.transaction() as session:
        if database.engine.dialect.name == "sqlite":
            for trigger in ("update", "delete", "replace"):
                await session.execute(text(f"DROP TRIGGER audit_log_{trigger}"))
        else:
            await session.execute(text("ALTER TABLE audit_log DISABLE TRIGGER ALL"))
        changed = await session.execute(text(f"{statement} AND CAST(tenant_id AS TEXT) = :tenant"), of)
        assert changed.rowcount >= 1  # type: ignore[attr-defined]


async def test_a_chain_as_it_was_written_is_whole(database: Database, tenant_id: UUID) -> None:
    assert await found(database, tenant_id) == []
    async with database.transaction() as session:
        assert tenant_id in await chains(session)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_log SET actor_id = 'eve' WHERE number = 3", "entry 3 is not as it was written"),
        ("UPDATE audit_log SET after = NULL WHERE number = 5", "entry 5 is not as it was written"),
        ("DELETE FROM audit_log WHERE number IN (2, 3)", "entries 2 to 3 are missing"),
        ("DELETE FROM audit_log WHERE number = 1", "entries 1 to 1 are missing"),
        ("DELETE FROM audit_log WHERE number > 3", "the last entry is 3, but 5 was written last"),
        ("DELETE FROM audit_log WHERE number > 0", "the last entry is 0, but 5 was written last"),
    ],
)
async def test_what_was_done_to_it_is_told(
    database: Database, tenant_id: UUID, statement: str, fault: str
) -> None:
    await tamper(database, tenant_id, statement)
    assert fault in await found(database, tenant_id)


async def test_an_entry_with_a_hash_of_its_own_breaks_the_next(database: Database, tenant_id: UUID) -> None:
    await tamper(database, tenant_id, f"UPDATE audit_log SET hash = '{'0' * 64}' WHERE number = 4")
    assert await found(database, tenant_id) == [
        "entry 4 is not as it was written",
        "entry 5 is not as it was written",
    ]
