"""Other ways of accepted batches into Kafka than the gateway's own, to compare it with."""

import asyncio
import itertools
import threading
from dataclasses import replace

from confluent_kafka import KafkaError, Message, Producer

from api.deadlines import Deadlines
from api.ingest.event_log import Entry, EventLog
from api.ingest.transactions import Batch, NotWritten
from api.settings import Settings


class DeliveryCallbacks(EventLog):
    """The baseline: no transaction; a batch is written once each of its messages is acknowledged."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._kafka = settings.kafka_bootstrap

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines(self._timeout, self._give_up)
        self._producer = Producer(
            {
                "bootstrap.servers": self._kafka,
                "acks": "all",
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "compression.type": "lz4",
                "queue.buffering.max.messages": 1_000_000,
            }
        )
        self._polling = threading.Thread(target=self._poll, daemon=True)
        self._open = True
        self._polling.start()

    async def close(self) -> None:
        self._open = False
        await asyncio.to_thread(self._polling.join)

    @property
    def healthy(self) -> bool:
        return True

    def submit(self, batch: Batch) -> Entry:
        entry = Entry(batch, batch.bytes, self._loop.create_future(), self._loop.create_future())
        left = len(batch.messages)
        failed = False

        def delivered(error: KafkaError | None, _: Message) -> None:
            nonlocal left, failed
            left -= 1
            failed = failed or error is not None
            if not left:
                outcome = NotWritten("Not delivered.") if failed else None
                self._loop.call_soon_threadsafe(self._settle, (entry,), (outcome,))

        for key, value in batch.messages:
            self._producer.produce(
                batch.topic, value, key, timestamp=batch.timestamp_ms, on_delivery=delivered
            )
        return entry

    def _poll(self) -> None:
        while self._open:
            self._producer.poll(0.1)


class TwoProducers(EventLog):
    """Two writers in turn, so that one gathers while the other commits."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._logs = [
            EventLog(settings.model_copy(update={"instance": f"{settings.instance}-{n}"})) for n in "12"
        ]
        self._turns = itertools.cycle(self._logs)

    async def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadlines = Deadlines(self._timeout, self._give_up)
        for log in self._logs:
            await log.open()

    async def close(self) -> None:
        for log in self._logs:
            await log.close()

    @property
    def healthy(self) -> bool:
        return all(log.healthy for log in self._logs)

    def submit(self, batch: Batch) -> Entry:
        return next(self._turns).submit(batch)


class WithoutCounts(EventLog):
    """Transactions that do not tell how many events they hold."""

    def submit(self, batch: Batch) -> Entry:
        return super().submit(replace(batch, counted_for=None))
