"""After 30 days what a tenant deleted is kept nowhere any more."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select

from api.audit.audit_log import Actor
from api.clock import utc_now
from api.database import UNANSWERED, Database
from api.hidden_predictions.deletion import RESTORABLE, rule_of
from api.hidden_predictions.deletion_store import note
from api.hidden_predictions.tables import DeletionRow
from api.outbox.outbox import put_many
from schemas import online_store
from schemas.encoding import decoder
from schemas.prediction_deletions import Deletion
from schemas.topics import PREDICTIONS

LOOK_EVERY_S = 60.0
RETENTION = Actor("operator", "retention")
"""In the audit log nobody's hand, but the rule that holds for all."""

log = structlog.get_logger(__name__)


class Purge:
    """Purges for as long as it is open; several processes do not come into each other's way."""

    def __init__(self, database: Database, redis: Redis) -> None:
        self._database = database
        self._redis = redis

    async def open(self) -> None:
        """Start."""
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Stop."""
        self._running.cancel()
        await asyncio.wait([self._running])

    async def purge(self, now: datetime) -> int:
        """Purge what is due; how many deletions that were. Raises what is in ``UNANSWERED``, or ``RedisError``."""
        count = 0
        while await self._purge_one(now):
            count += 1
        return count

    async def _run(self) -> None:
        while True:
            try:
                if count := await self.purge(utc_now()):
                    log.info("deletions purged", count=count)
            except (*UNANSWERED, RedisError) as error:
                log.warning("deletions not purged", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(LOOK_EVERY_S)

    async def _purge_one(self, now: datetime) -> bool:
        due = select(DeletionRow).where(
            DeletionRow.deleted_at <= now - RESTORABLE,
            DeletionRow.restored_at.is_(None),
            DeletionRow.purged_at.is_(None),
        )
        async with self._database.transaction() as session:
            row = (
                await session.scalars(
                    due.order_by(DeletionRow.deleted_at).limit(1).with_for_update(skip_locked=True)
                )
            ).one_or_none()
            if row is None:
                return False
            gone = await self._hidden_keys(row.tenant_id, rule_of(row))
            row.purged_at = now
            # the newest of each is still in the topic: it goes with the next compaction
            await put_many(session, topic=PREDICTIONS.name, records=[(key, None) for key in gone])
            await note(session, RETENTION, row, "predictions.purged", now)
        return True

    async def _hidden_keys(self, tenant_id: UUID, rule: Deletion) -> Sequence[bytes]:
        """Kafka keys of the hidden predictions that are the newest of their key."""
        decode = decoder(PREDICTIONS.schema, "ms")
        found = []
        async for _, message in self._redis.hscan_iter(online_store.hidden(str(tenant_id))):
            hidden = decode(cast(bytes, message))
            if rule.covers(hidden["sku"], hidden["warehouse"], hidden["updated_at"]):
                found.append(f"{tenant_id}|{hidden['sku']}|{hidden['warehouse']}".encode())
        return found
