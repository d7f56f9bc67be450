"""Entries of the audit log, on each kind of database: added, chained, and never changed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest
from service.api.audit.audited import ACTOR, write
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from api.audit.audit_log import DEPLOYMENT, record
from api.audit.tables import AuditRow
from api.database import Database

CHANGES = [
    "UPDATE audit_log SET action = 'nothing'",
    "DELETE FROM audit_log",
    "UPDATE audit_log SET number = number + 10",
]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


async def entries(database: Database, tenant_id: UUID) -> Sequence[AuditRow]:
    async with database.transaction() as session:
        of_tenant = select(AuditRow).where(AuditRow.tenant_id == tenant_id)
        return (await session.scalars(of_tenant.order_by(AuditRow.number))).all()


@pytest.mark.parametrize("change", CHANGES)
async def test_no_entry_is_changed_or_removed(database: Database, change: str) -> None:
    tenant_id = uuid4()
    await write(database, tenant_id, "webhook/1")
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(text(change))
    assert [entry.action for entry in await entries(database, tenant_id)] == ["webhook.created"]


async def test_no_entry_is_replaced(database: Database) -> None:
    if database.engine.dialect.name == "postgresql":
        change = "TRUNCATE audit_log"
    else:
        change = "INSERT OR REPLACE INTO audit_log SELECT * FROM audit_log"
    await write(database, uuid4(), "webhook/1")
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(text(change))


async def test_each_tenant_has_a_chain_of_its_own(database: Database) -> None:
    one, other = uuid4(), uuid4()
    await write(database, one, "webhook/1", "webhook/2")
    await write(database, other, "webhook/3")
    await write(database, None, "signing-key/4")
    assert [(entry.number, entry.subject) for entry in await entries(database, one)] == [
        (1, "webhook/1"),
        (2, "webhook/2"),
    ]
    assert [entry.number for entry in await entries(database, other)] == [1]
    assert [entry.subject for entry in await entries(database, DEPLOYMENT)] == ["signing-key/4"]


async def test_writers_at_once_get_a_number_each(database: Database) -> None:
    tenant_id = uuid4()
    await asyncio.gather(*(write(database, tenant_id, f"webhook/{each}") for each in range(20)))
    assert [entry.number for entry in await entries(database, tenant_id)] == [*range(1, 21)]


async def test_what_is_undone_leaves_no_entry(database: Database) -> None:
    tenant_id = uuid4()
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as session:
            await record(
                session, actor=ACTOR, action="webhook.created", tenant_id=tenant_id, subject="webhook/1"
            )
            raise ZeroDivisionError
    await write(database, tenant_id, "webhook/2")
    assert [(entry.number, entry.subject) for entry in await entries(database, tenant_id)] == [
        (1, "webhook/2")
    ]
