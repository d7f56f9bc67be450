"""Batches of events from a tenant into the log: checked, without personal data, and once for each idempotency key."""

import hashlib
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import lru_cache
from uuid import UUID

from api.access.sealing import key_of
from api.ingest.event_lines import Line, messages_of
from api.ingest.event_log import EventLog
from api.ingest.event_rules import EventRules
from api.ingest.pii import PiiHasher
from api.ingest.receipt_book import Receipt
from api.ingest.receipts import Receipts
from api.ingest.transactions import Batch, NotWritten
from api.ingest.turns import Turns
from api.settings import Settings
from schemas.topics import orders

LINES_A_TURN = 200
"""About 1 ms of work at best; then other requests get their turn."""


class KeyReused(ValueError):
    """An idempotency key came again with another body."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch that is in the log; ``replayed`` if it was there before this request."""

    events: int
    replayed: bool
    used_sku_id: bool


class Gateway:
    """The parts behind ``POST /v1/ingest/events``, opened and closed with the application."""

    def __init__(self, settings: Settings) -> None:
        self._clock_ahead_ms = int(settings.max_clock_ahead.total_seconds() * 1000)
        self._pii_key = key_of(settings.pii_key)
        self._turns = Turns(LINES_A_TURN)
        self.event_log = EventLog(settings)
        self._receipts = Receipts(settings)
        self._parts = AsyncExitStack()

    async def open(self) -> None:
        """Start; waits for Kafka for up to ``kafka_timeout``, and goes on looking for it after that."""
        for part in (self.event_log, self._receipts):
            await part.open()
            self._parts.push_async_callback(part.close)

    async def close(self) -> None:
        """Write what was taken, for up to ``kafka_timeout``, and stop."""
        await self._parts.aclose()

    @property
    def healthy(self) -> bool:
        """Whether a batch that comes now can be expected to be written in time."""
        return self.event_log.healthy

    async def take(self, tenant_id: UUID, lines: Sequence[Line], body: bytes, key: str | None) -> Taken:
        """Take the batch that these lines of a body are, whole. ``key`` is the request's idempotency key.

        Raises `BadLines`, `KeyReused`, `KeyInUse`, or `Unwritten` where it is not known to be in the log.
        """
        now_ms = time.time_ns() // 1_000_000
        rules = EventRules(
            tenant_id, now_ms, now_ms + self._clock_ahead_ms, PiiHasher(self._pii_key, tenant_id)
        )
        messages = await messages_of(lines, rules, self._turns)
        batch = Batch(_topic_of(tenant_id), messages, now_ms, counted_for=tenant_id)
        if not self.healthy:
            # a key may only be looked up once Kafka has fenced off whoever had our transactional id before
            raise NotWritten("Kafka does not answer.")
        if key is None:
            await self.event_log.written(self.event_log.submit(batch))
            return Taken(len(messages), replayed=False, used_sku_id=rules.saw_sku_id)
        async with self._receipts.claimed(tenant_id, key) as claim:
            digest = hashlib.sha256(body).digest()
            if claim.receipt is None:
                receipt = Receipt(digest, len(messages), now_ms)
                entry = self.event_log.submit(replace(batch, receipt=receipt.message(tenant_id, key)))
                claim.outcome = entry.outcome
                await self.event_log.written(entry)
            elif claim.receipt.digest != digest:
                raise KeyReused
            return Taken(len(messages), replayed=claim.receipt is not None, used_sku_id=rules.saw_sku_id)


@lru_cache(maxsize=10_000)
def _topic_of(tenant_id: UUID) -> str:
    return orders(tenant_id).name
