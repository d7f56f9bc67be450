"""Events and alerts counted from Kafka, each once.

What the counts are and how far they go is changed in one transaction of the database. So a process that dies counts nothing
twice and forgets nothing. One process at a time counts, the holder of a lease; one that hangs beyond it finds that another
has counted on, and stores nothing.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from confluent_kafka import Consumer, KafkaException, Message, TopicPartition

from api.clock import utc_now
from api.database import UNANSWERED, Database
from api.outbox.lease import give_back, hold
from api.settings import Settings
from api.usage import stored_usage
from api.usage.stored_usage import HOUR_S, Elsewhere, Usage
from schemas.encoding import UnreadableMessage, decoder
from schemas.topics import ALERTS, INGEST_COUNTS

WORK = "usage"
"""The name of the lease."""
LEASE = timedelta(seconds=15)
RENEW_S = 5.0
AT_ONCE = 5_000
GATHER_S = 1.0
RETRY_S = 1.0
KAFKA_ANSWERS_WITHIN_S = 5.0

Position = tuple[str, int]
"""A topic and one of its partitions."""

log = structlog.get_logger(__name__)


class TopicCounts:
    """Counts for as long as it is open, whenever no other process does."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._bootstrap = settings.kafka_bootstrap
        self._holder = settings.instance
        self._closing = False
        self._consumer: Consumer | None = None
        self._held_at = 0.0
        self._next: dict[Position, int] = {}
        """Of each partition the offset to count next."""

    async def open(self) -> None:
        """Start; what does not answer is waited for."""
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        """Store what was counted, stop, and let another process go on."""
        self._closing = True
        await self._running
        with suppress(*UNANSWERED):
            async with self._database.transaction() as session:
                await give_back(session, WORK, self._holder, utc_now())

    async def _run(self) -> None:
        while not self._closing:
            try:
                await self._round()
            except (KafkaException, Elsewhere, *UNANSWERED) as error:
                log.warning("usage not counted", error=f"{type(error).__name__}: {error}")
                await self._stop()
                await asyncio.sleep(RETRY_S)
        await self._stop()

    async def _round(self) -> None:
        if not await self._hold():
            await self._stop()
            await asyncio.sleep(RETRY_S)
            return
        if self._consumer is None:
            self._consumer = await self._started()
        # for a second at most, so that the end of this process waits for nothing
        messages = await asyncio.to_thread(self._consumer.consume, AT_ONCE, GATHER_S)
        counted = Counted.of([message for message in messages if message.error() is None])
        if not counted.next:
            return
        async with self._database.transaction() as session:
            for (topic, partition), after in sorted(counted.next.items()):
                await stored_usage.advance(session, topic, partition, self._next[topic, partition], after)
            await stored_usage.add(session, counted.used)
        self._next.update(counted.next)

    async def _hold(self) -> bool:
        """Whether it is this process that counts."""
        now = time.monotonic()
        if self._consumer is not None and now - self._held_at < RENEW_S:
            return True
        async with self._database.transaction() as session:
            ours = await hold(session, WORK, self._holder, utc_now(), LEASE)
        self._held_at = now
        return ours is not None

    async def _started(self) -> Consumer:
        """A consumer that reads on from where the counts are. Raises ``KafkaException``."""
        consumer = Consumer(
            {
                "bootstrap.servers": self._bootstrap,
                # needed, and of no meaning: nothing is committed, and partitions are not shared
                "group.id": WORK,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "reconnect.backoff.max.ms": 1_000,
            },
            logger=logging.getLogger(__name__),
        )
        try:
            positions = await asyncio.to_thread(_partitions, consumer)
            async with self._database.transaction() as session:
                self._next = {each: await stored_usage.counted_until(session, *each) for each in positions}
            consumer.assign([TopicPartition(*each, offset) for each, offset in self._next.items()])
        except BaseException:
            consumer.close()
            raise
        return consumer

    async def _stop(self) -> None:
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await asyncio.to_thread(consumer.close)


def _partitions(consumer: Consumer) -> list[Position]:
    """Blocks."""
    found = []
    for topic in (INGEST_COUNTS.name, ALERTS.name):
        told = consumer.list_topics(topic, timeout=KAFKA_ANSWERS_WITHIN_S).topics[topic]
        if told.error is not None:
            raise KafkaException(told.error)
        found += [(topic, number) for number in told.partitions]
    return found


class Counted:
    """What messages tell of usage, and where they end."""

    def __init__(self) -> None:
        self.used: dict[tuple[UUID, int], Usage] = {}
        self.next: dict[Position, int] = {}

    @classmethod
    def of(cls, messages: Sequence[Message]) -> "Counted":
        """Count them; what is unreadable counts for nobody."""
        counted = cls()
        for message in messages:
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            assert topic is not None and partition is not None and offset is not None
            counted.next[topic, partition] = offset + 1
            try:
                if topic == ALERTS.name:
                    counted._alert(message.value())
                else:
                    counted._events(message.value())
            except (UnreadableMessage, ValueError) as error:
                log.warning("unreadable message", topic=topic, offset=offset, error=str(error))
        return counted

    def _alert(self, value: bytes | None) -> None:
        alert = decoder(ALERTS.schema, "ms")(value)
        if alert["change"] == "raised":
            self._of(alert["tenant_id"], alert["changed_at"]).alerts += 1

    def _events(self, value: bytes | None) -> None:
        count = decoder(INGEST_COUNTS.schema, "ms")(value)
        self._of(count["tenant_id"], count["accepted_at"]).events += count["events"]

    def _of(self, tenant_id: str, at_ms: int) -> Usage:
        return self.used.setdefault((UUID(tenant_id), at_ms // (HOUR_S * 1_000)), Usage())
