"""Pins in the audit log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from api.audit.actor import Actor
from api.audit.audit_log import record
from api.database import Database


@asynccontextmanager
async def audited_pin(
    database: Database, actor: Actor, tenant_id: UUID, before: str | None, after: str | None
) -> AsyncIterator[None]:
    """Tell of a pin that is written in the block: before it, so that none is made of which nothing is told.

    The pin goes to Kafka, and no transaction of the database reaches there. If the block fails, the pin may be in force
    or not, and another entry tells so.
    """
    await tell_of_pin(database, actor, tenant_id, before, after)
    try:
        yield
    except BaseException:
        await tell_of_pin(database, actor, tenant_id, before, after, unconfirmed=True)
        raise


async def tell_of_pin(
    database: Database,
    actor: Actor,
    tenant_id: UUID,
    before: str | None,
    after: str | None,
    *,
    unconfirmed: bool = False,
) -> None:
    """An entry of a pin that is about to be written, or was not confirmed."""
    action = "model.unpinned" if after is None else "model.pinned"
    async with database.transaction() as session:
        await record(
            session,
            actor=actor,
            action="model.pin-unconfirmed" if unconfirmed else action,
            tenant_id=tenant_id,
            subject="model/pin",
            before={"pinned": before},
            after={"pinned": after},
        )
