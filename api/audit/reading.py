"""Reading the audit log, and whether it is whole."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.actor import Actor
from api.audit.chain import FIRST, Entry
from api.audit.tables import AuditHeadRow, AuditRow

ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are wanted; what is not named does not matter."""

    action: str | None = None
    subject: str | None = None
    actor: str | None = None
    """An actor's id."""
    since: datetime | None = None
    until: datetime | None = None
    before_number: int | None = None


async def newest(session: AsyncSession, tenant_id: UUID, wanted: Filter, limit: int) -> Sequence[AuditRow]:
    """A tenant's entries that are wanted, the newest first."""
    query = select(AuditRow).where(AuditRow.tenant_id == tenant_id)
    for column, value in (
        (AuditRow.action, wanted.action),
        (AuditRow.subject, wanted.subject),
        (AuditRow.actor_id, wanted.actor),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.since is not None:
        query = query.where(AuditRow.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditRow.at < wanted.until)
    if wanted.before_number is not None:
        query = query.where(AuditRow.number < wanted.before_number)
    return (await session.scalars(query.order_by(AuditRow.number.desc()).limit(limit))).all()


async def chains(session: AsyncSession) -> Sequence[UUID]:
    """The tenants that have entries, or had some."""
    with_head = set(await session.scalars(select(AuditHeadRow.tenant_id)))
    with_entry = set(await session.scalars(select(AuditRow.tenant_id).distinct()))
    return sorted(with_head | with_entry)


async def faults(session: AsyncSession, tenant_id: UUID) -> AsyncIterator[str]:
    """Every place at which a tenant's chain is not as it was written, as a readable phrase; nothing if it is whole."""
    number, previous = 0, FIRST
    async for row in _rows(session, tenant_id):
        if row.number != number + 1:
            yield f"entries {number + 1} to {row.number - 1} are missing"
        elif entry_of(row).hash_after(previous) != row.hash:
            yield f"entry {row.number} is not as it was written"
        number, previous = row.number, row.hash
    head = await session.get(AuditHeadRow, tenant_id)
    if (head.number if head is not None else 0) != number:
        yield f"the last entry is {number}, but {head.number if head is not None else 'none'} was written last"
    elif head is not None and head.hash != previous:
        yield f"entry {number} is not the one that was written last"


async def _rows(session: AsyncSession, tenant_id: UUID) -> AsyncIterator[AuditRow]:
    number = 0
    of_tenant = select(AuditRow).where(AuditRow.tenant_id == tenant_id).order_by(AuditRow.number)
    while rows := (
        await session.scalars(of_tenant.where(AuditRow.number > number).limit(ROWS_AT_ONCE))
    ).all():
        for row in rows:
            yield row
        number = rows[-1].number
        session.expunge_all()


def entry_of(row: AuditRow) -> Entry:
    """The entry that a row holds."""
    return Entry(
        tenant_id=row.tenant_id,
        number=row.number,
        at=row.at,
        actor=Actor(row.actor_kind, row.actor_id, row.actor_tenant_id),  # type: ignore[arg-type] # by the constraint
        action=row.action,
        subject=row.subject,
        before=row.before,
        after=row.after,
    )
