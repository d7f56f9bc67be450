"""The way of what was put into the outbox to Kafka, and then out of the database.

One process at a time publishes, the holder of a lease. A process that hangs beyond its lease cannot publish what has
become old: the next holder takes over the transactional id first, and from then on Kafka refuses the other. A record
whose removal a crash prevented is published again, and with it all that came after it, so the last of a key is the last.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import accumulate, groupby, takewhile
from operator import attrgetter

import structlog
from confluent_kafka import KafkaException
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.clock import utc_now
from api.database import UNANSWERED, Database
from api.health.metrics import OUTBOX_SECONDS
from api.ingest.transactions import Batch, TransactionWriter
from api.outbox.lease import give_back, hold
from api.outbox.tables import OutboxRow
from api.settings import Settings

WORK = "outbox"
LEASE = timedelta(seconds=4)
LOOK_EVERY_S = 0.25
RETRY_S = 1.0
MOST_ROWS = 1_000
MOST_BYTES = 1 << 20
"""Of one transaction, or a single record: what waits may be much, and is held in memory while it is published."""

log = structlog.get_logger(__name__)


class Relay:
    """Publishes for as long as it is open, whenever no other process does."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._writer: TransactionWriter | None = None
        self._refused_until: dict[str, float] = {}
        """Topics that did not take records, by when to try again; they must not stand before the others."""
        self._closing = False

    async def open(self) -> None:
        """Start; what does not answer is waited for."""
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Finish what is being published, and let another process go on."""
        self._closing = True
        await self._running
        with suppress(*UNANSWERED):
            async with self._database.transaction() as session:
                await give_back(session, WORK, self._settings.instance, utc_now())

    async def _run(self) -> None:
        while not self._closing:
            try:
                pause_s = 0.0 if await self._round() else LOOK_EVERY_S
            except UNANSWERED as error:
                log.warning("outbox not read", error=f"{type(error).__name__}: {error}")
                pause_s = RETRY_S
            except KafkaException as error:
                log.warning("outbox not published", error=error.args[0].str())
                pause_s = RETRY_S
            await asyncio.sleep(pause_s)

    async def _round(self) -> bool:
        """Publish some of what waits; whether there may be more."""
        async with self._database.transaction() as session:
            fence = await self._hold(session)
            since = await session.scalar(select(func.min(OutboxRow.put_at))) if fence else None
            rows = await self._waiting(session) if since else []
        OUTBOX_SECONDS.set(0.0 if since is None else (utc_now() - since).total_seconds())
        if fence is None:
            self._writer = None
            return False
        if self._writer is None or not self._writer.connected:
            self._writer = self._new_writer(fence)
            await asyncio.to_thread(self._writer.connect)
            # and look again: until now another may have published these
            return True
        if not rows:
            return False
        if published := await self._published(rows, self._writer):
            async with self._database.transaction() as session:
                await session.execute(delete(OutboxRow).where(OutboxRow.number.in_(published)))
        return True

    async def _hold(self, session: AsyncSession) -> str | None:
        # a process that comes back goes on under its own lease
        return await hold(session, WORK, self._settings.instance, utc_now(), LEASE)

    async def _waiting(self, session: AsyncSession) -> Sequence[OutboxRow]:
        refused = [topic for topic, until in self._refused_until.items() if time.monotonic() < until]
        lengths = select(OutboxRow.number, func.coalesce(func.length(OutboxRow.value), 0))
        oldest = lengths.where(OutboxRow.topic.not_in(refused)).order_by(OutboxRow.number).limit(MOST_ROWS)
        numbers = first_of([(number, length) for number, length in await session.execute(oldest)])
        wanted = select(OutboxRow).where(OutboxRow.number.in_(numbers)).order_by(OutboxRow.number)
        return (await session.scalars(wanted)).all()

    def _new_writer(self, fence: str) -> TransactionWriter:
        settings = self._settings
        return TransactionWriter(
            settings.kafka_bootstrap,
            f"{WORK}-{fence}",
            patience=settings.kafka_timeout,
            abandoned=lambda: self._closing,
        )

    async def _published(self, rows: Sequence[OutboxRow], writer: TransactionWriter) -> list[int]:
        """The numbers of those that Kafka surely has. The lease is held for as long as that takes."""
        writing = asyncio.create_task(asyncio.to_thread(self._publish, rows, writer))
        while not (await asyncio.wait({writing}, timeout=LEASE.total_seconds() / 4))[0]:
            with suppress(*UNANSWERED):
                async with self._database.transaction() as session:
                    await self._hold(session)
        return writing.result()

    def _publish(self, rows: Sequence[OutboxRow], writer: TransactionWriter) -> list[int]:
        """Blocks."""
        by_topic = {
            topic: list(each)
            for topic, each in groupby(sorted(rows, key=attrgetter("topic")), key=attrgetter("topic"))
        }
        batches = [
            Batch(topic, [(row.key, row.value) for row in each], int(time.time() * 1000))
            for topic, each in by_topic.items()
        ]
        published = []
        for topic, outcome in zip(by_topic, writer.write(batches), strict=True):
            if outcome is None:
                published += [row.number for row in by_topic[topic]]
            else:
                log.warning("outbox not published", topic=topic, error=str(outcome))
                self._refused_until[topic] = time.monotonic() + RETRY_S
        return published


def first_of(lengths: Sequence[tuple[int, int]]) -> list[int]:
    """Of records (number, bytes), the numbers of as many of the first as `MOST_BYTES` holds, and of one at least."""
    ends = accumulate(length for _, length in lengths)
    fitting = sum(1 for _ in takewhile(lambda end: end <= MOST_BYTES, ends))
    return [number for number, _ in lengths[: max(1, fitting)]]
