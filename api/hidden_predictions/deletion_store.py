"""Deletions in the database, with what tells the readers of them.

A deletion, its entry in the audit log and its record for the topic are one transaction. Redis is told right after it, since
every answer of the API looks there; should that fail, the feature writer tells it from the topic.
"""

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import cast
from uuid import UUID, uuid4

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.audit_log import Actor, record
from api.database import Database
from api.hidden_predictions.deletion import restorable_until, rule_of
from api.hidden_predictions.deletion_query import Page, Wanted
from api.hidden_predictions.tables import DeletionRow
from api.outbox.outbox import put
from schemas import online_store
from schemas.encoding import encoder
from schemas.logical import to_datetime, to_milliseconds
from schemas.prediction_deletions import key_of
from schemas.topics import PREDICTION_DELETIONS

log = structlog.get_logger(__name__)


class TooLate(Exception):
    """What was hidden is purged, or is to be any moment."""


class DeletionStore:
    """Of all tenants; each method is about one of them."""

    def __init__(self, database: Database, redis: Redis) -> None:
        self._database = database
        self._redis = redis

    async def delete(self, actor: Actor, tenant_id: UUID, wanted: Wanted, now: datetime) -> DeletionRow:
        """Hide what was made so far of what is wanted; new predictions are shown."""
        # one that was made in this very millisecond was made before
        until_ms = to_milliseconds(now) + 1
        if wanted.until_ms is not None:
            until_ms = min(until_ms, wanted.until_ms)
        row = DeletionRow(
            deletion_id=uuid4(),
            tenant_id=tenant_id,
            sku=wanted.sku,
            warehouse=wanted.warehouse,
            made_from=None if wanted.since_ms is None else to_datetime(wanted.since_ms),
            made_until=to_datetime(until_ms),
            deleted_at=now,
        )
        async with self._database.transaction() as session:
            session.add(row)
            await note(session, actor, row, "predictions.deleted", now)
        await self.tell(row)
        return row

    async def restore(
        self, actor: Actor, tenant_id: UUID, deletion_id: UUID, now: datetime
    ) -> DeletionRow | None:
        """Show again what it hid; None where there is no such deletion. Raises `TooLate`."""
        async with self._database.transaction() as session:
            row = await _locked(session, tenant_id, deletion_id)
            if row is None:
                return None
            if row.restored_at is not None:
                return row
            if row.purged_at is not None or now >= restorable_until(row):
                raise TooLate
            row.restored_at = now
            await note(session, actor, row, "predictions.restored", now)
        await self.tell(row)
        return row

    async def get(self, tenant_id: UUID, deletion_id: UUID) -> DeletionRow | None:
        """The deletion, if the tenant has it."""
        async with self._database.transaction() as session:
            row = await session.get(DeletionRow, deletion_id)
        return row if row is not None and row.tenant_id == tenant_id else None

    async def page(self, tenant_id: UUID, page: Page) -> Sequence[DeletionRow]:
        """Deletions of the tenant, the newest first, and one more than the page holds where there is one."""
        wanted = select(DeletionRow).where(DeletionRow.tenant_id == tenant_id)
        if page.cursor is not None:
            at, last = page.cursor.deleted_at, page.cursor.deletion_id
            older = or_(
                DeletionRow.deleted_at < at,
                and_(DeletionRow.deleted_at == at, DeletionRow.deletion_id < last),
            )
            wanted = wanted.where(older)
        newest_first = wanted.order_by(DeletionRow.deleted_at.desc(), DeletionRow.deletion_id.desc())
        async with self._database.transaction() as session:
            return (await session.scalars(newest_first.limit(page.limit + 1))).all()

    async def tell(self, row: DeletionRow) -> None:
        """Let every reader know at once what has become of a deletion."""
        try:
            # redis-py does not tell its two kinds of clients apart
            telling = self._redis.hset(
                online_store.deletions(str(row.tenant_id)), str(row.deletion_id), rule_of(row).text
            )
            await cast(Awaitable[int], telling)
        except RedisError as error:
            log.warning("deletion told by the topic only", error=str(error))


async def _locked(session: AsyncSession, tenant_id: UUID, deletion_id: UUID) -> DeletionRow | None:
    wanted = select(DeletionRow).where(
        DeletionRow.tenant_id == tenant_id, DeletionRow.deletion_id == deletion_id
    )
    return (await session.scalars(wanted.with_for_update())).one_or_none()


async def note(session: AsyncSession, actor: Actor, row: DeletionRow, action: str, now: datetime) -> None:
    """Put the change into the audit log and the outbox."""
    rule = rule_of(row)
    await put(
        session,
        topic=PREDICTION_DELETIONS.name,
        key=key_of(str(row.tenant_id), rule.deletion_id),
        value=encoder(PREDICTION_DELETIONS.schema)(rule.record(str(row.tenant_id), to_milliseconds(now))),
    )
    await record(
        session,
        actor=actor,
        action=action,
        tenant_id=row.tenant_id,
        subject=f"predictions/{row.deletion_id}",
        after={
            "sku": row.sku,
            "warehouse": row.warehouse,
            "since": None if row.made_from is None else row.made_from.isoformat(),
            "until": row.made_until.isoformat(),
            "state": rule.state.value,
        },
    )
