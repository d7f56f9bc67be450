"""Looks whether what customers asked to have erased is gone, and then forgets their hashes too."""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.audit_log import Actor, record
from api.clock import utc_now
from api.database import UNANSWERED, Database
from api.erasures.event_age import TopicsUnread, holds_from_before
from api.erasures.tables import ErasureRow
from api.outbox.lease import hold
from api.settings import Settings
from api.tenant_settings.effective import effective_for
from schemas.topics import DEAD_LETTERS, LONGEST_SEGMENT, orders

WORK = "erasures"
LOOK_EVERY = timedelta(minutes=10)
MARGIN = timedelta(hours=1)
"""So far records may stand out of the order of their times, and so late an unreadable event becomes a dead letter."""
RETENTION = Actor("operator", "retention")
"""In the audit log nobody's hand, but the rule that holds for all."""

log = structlog.get_logger(__name__)


class ErasureWatch:
    """Looks for as long as it is open; one process at a time does."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._bootstrap = settings.kafka_bootstrap
        self._instance = settings.instance

    async def open(self) -> None:
        """Start."""
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop."""
        self._running.cancel()
        await asyncio.wait([self._running])

    async def look(self, now: datetime) -> int:
        """Finish each erasure of which nothing is left; how many those are.

        Raises what is in ``UNANSWERED``, or `TopicsUnread`.
        """
        async with self._database.transaction() as session:
            waiting = (await session.scalars(select(ErasureRow).where(ErasureRow.erased_at.is_(None)))).all()
        finished = 0
        for each in waiting:
            topics = [orders(each.tenant_id).name, DEAD_LETTERS.name]
            before = each.asked_at + MARGIN
            if now >= before and not await asyncio.to_thread(
                holds_from_before, self._bootstrap, topics, before
            ):
                await self._finish(each, now)
                finished += 1
        return finished

    async def _finish(self, erasure: ErasureRow, now: datetime) -> None:
        async with self._database.transaction() as session:
            row = await session.get(ErasureRow, erasure.erasure_id)
            if row is None or row.erased_at is not None:
                return
            row.erased_at, row.customer_hash = now, None
            await record(
                session,
                actor=RETENTION,
                action="customer.erased",
                tenant_id=row.tenant_id,
                subject=f"erasure/{row.erasure_id}",
            )

    async def _run(self) -> None:
        while True:
            try:
                async with self._database.transaction() as session:
                    ours = await hold(session, WORK, self._instance, utc_now(), 2 * LOOK_EVERY)
                if ours:
                    await self.look(utc_now())
            except (*UNANSWERED, TopicsUnread) as error:
                log.warning("erasures not looked at", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(LOOK_EVERY.total_seconds())


async def gone_by(session: AsyncSession, erasure: ErasureRow) -> datetime:
    """When at the latest nothing from before the erasure is left, by what the tenant's settings say now."""
    kept = timedelta(days=(await effective_for(session, erasure.tenant_id)).retention_days)
    assert DEAD_LETTERS.retention is not None
    return erasure.asked_at + MARGIN + max(kept, DEAD_LETTERS.retention) + LONGEST_SEGMENT + LOOK_EVERY
