"""Writing the audit log: an entry for each admin action, in the same transaction as the change itself."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.actor import Actor
from api.audit.chain import FIRST, Entry, canonical
from api.audit.tables import AuditHeadRow, AuditRow
from api.clock import utc_now

__all__ = ["Actor", "DEPLOYMENT", "record"]

DEPLOYMENT = UUID(int=0)
"""In place of a tenant: actions that concern the whole deployment, such as a new signing key."""


async def record(
    session: AsyncSession,
    *,
    actor: Actor,
    action: str,
    tenant_id: UUID | None,
    subject: str,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    """Add an entry to the tenant's chain; it is there if and only if the session's transaction is committed.

    ``action`` is the resource and what happened to it, such as ``webhook.created``; ``subject`` names the one thing, such
    as ``webhook/<id>``. ``before`` and ``after`` are what changed, as JSON can hold it, and never a secret. Writers of one
    tenant's entries wait for each other from here to the end of their transactions, so call it late in them.
    """
    chain = tenant_id or DEPLOYMENT
    head = await _locked_head(session, chain)
    entry = Entry(
        tenant_id=chain,
        number=head.number + 1,
        at=utc_now(),
        actor=actor,
        action=action,
        subject=subject,
        before=canonical(before),
        after=canonical(after),
    )
    head.number, head.hash = entry.number, entry.hash_after(head.hash)
    session.add(_row(entry, head.hash))
    await session.flush()


async def _locked_head(session: AsyncSession, chain: UUID) -> AuditHeadRow:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(AuditHeadRow).values(tenant_id=chain, number=0, hash=FIRST)
    await session.execute(first.on_conflict_do_nothing())
    # a transaction on SQLite is the only writer anyway
    locked = select(AuditHeadRow).where(AuditHeadRow.tenant_id == chain).with_for_update()
    return (await session.scalars(locked, execution_options={"populate_existing": True})).one()


def _row(entry: Entry, hash: str) -> AuditRow:
    return AuditRow(
        tenant_id=entry.tenant_id,
        number=entry.number,
        at=entry.at,
        actor_kind=entry.actor.kind,
        actor_id=entry.actor.id,
        actor_tenant_id=entry.actor.tenant_id,
        action=entry.action,
        subject=entry.subject,
        before=entry.before,
        after=entry.after,
        hash=hash,
    )
