"""The backlog: a count of each SKU, then sales of SKUs by Zipf's law, all just now."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any
from uuid import UUID, uuid4

import numpy
from confluent_kafka import Producer

from ops import topics as kafka_topics
from schemas import topics
from schemas.encoding import encoder

ZIPF_EXPONENT = 0.8
CHUNK = 100_000
WRITERS = 2
LONGEST_TRANSACTION_MS = 900_000
"""More a broker does not allow."""
PRODUCER = {
    "linger.ms": 50,
    "compression.type": "lz4",
    "queue.buffering.max.messages": 4 * CHUNK,
    "queue.buffering.max.kbytes": 1 << 20,
    "log_level": 0,
}


@dataclass(frozen=True, slots=True)
class Backlog:
    """So many events of so many SKUs of one tenant, on a broker."""

    kafka: str
    tenant_id: UUID
    events: int
    skus: int

    @property
    def topic(self) -> topics.Topic:
        return topics.orders(self.tenant_id)

    def fill(self) -> None:
        """Create the topics and write them all. The messages of one SKU are the same but for their place."""
        kafka_topics.ensure(self.kafka, [*topics.SHARED, self.topic])
        numbers = range(self.skus)
        write(self.kafka, self.topic.name, (self.count_of(number) for number in numbers))
        shares = numpy.full(WRITERS, (self.events - self.skus) // WRITERS)
        shares[0] += self.events - self.skus - shares.sum()
        with ProcessPoolExecutor(WRITERS, mp_context=get_context("spawn")) as writers:
            for done in [writers.submit(self.sell, seed, int(share)) for seed, share in enumerate(shares)]:
                done.result()

    def count_of(self, number: int) -> dict[str, Any]:
        """The message of a count of hundreds of units, a minute ago."""
        return self._message("stock.counted", number, 100 + number % 1_000, 60_000)

    def sale_of(self, number: int) -> dict[str, Any]:
        """The message of a sale of up to three, now."""
        return self._message("order.created", number, 1 + number % 3, 0)

    def sell(self, seed: int, events: int) -> None:
        """Write so many sales."""
        sales = [self.sale_of(number) for number in range(self.skus)]
        write(self.kafka, self.topic.name, (sales[number] for number in by_zipf(seed, self.skus, events)))

    def _message(self, event_type: str, number: int, qty: int, age_ms: int) -> dict[str, Any]:
        now_ms, sku = time.time_ns() // 1_000_000, f"SKU-{number:07d}"
        record = {
            "event_id": str(uuid4()),
            "event_type": event_type,
            "tenant_id": str(self.tenant_id),
            "sku": sku,
            "warehouse": "W1",
            "qty": qty,
            "occurred_at": now_ms - age_ms,
            "received_at": now_ms,
        }
        return {"key": f"{sku}|W1".encode(), "value": encoder(self.topic.schema)(record)}


def write(kafka: str, topic: str, messages: Iterator[dict[str, Any]]) -> None:
    """Write messages, each a dict of its key and value, as fast as the broker takes them."""
    _write(Producer({**PRODUCER, "bootstrap.servers": kafka}), topic, messages)


def hold(kafka: str, topic: str, messages: Iterator[dict[str, Any]]) -> Callable[[], None]:
    """Write messages in a transaction, which the call of what is returned commits.

    The job, which reads what is committed, sees none of them before, and then all.
    """
    its_own = {"transactional.id": f"bench-{uuid4()}", "transaction.timeout.ms": LONGEST_TRANSACTION_MS}
    producer = Producer({**PRODUCER, **its_own, "bootstrap.servers": kafka})
    producer.init_transactions()
    producer.begin_transaction()
    _write(producer, topic, messages)
    commit: Callable[[], None] = producer.commit_transaction
    return commit


def _write(producer: Producer, topic: str, messages: Iterator[dict[str, Any]]) -> None:
    chunk: list[dict[str, Any]] = []
    for message in messages:
        chunk.append(message)
        if len(chunk) == CHUNK:
            _produce(producer, topic, chunk)
            chunk.clear()
    _produce(producer, topic, chunk)
    assert producer.flush(120) == 0


def _produce(producer: Producer, topic: str, chunk: list[dict[str, Any]]) -> None:
    while len(producer) > CHUNK:
        producer.poll(0.05)
    if producer.produce_batch(topic, chunk) != len(chunk):
        raise RuntimeError("the producer's own queue is full")


def by_zipf(seed: int, skus: int, events: int) -> Iterator[int]:
    """Numbers of SKUs from 0 on, the first the most sold."""
    weights = numpy.arange(1, skus + 1) ** -ZIPF_EXPONENT
    upper = numpy.cumsum(weights / weights.sum())
    drawn = numpy.random.default_rng(seed).random(events)
    yield from numpy.minimum(numpy.searchsorted(upper, drawn), skus - 1).tolist()
