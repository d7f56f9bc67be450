"""A tenant's topic as a test writes it, and the job's topics as a test reads them."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from confluent_kafka import Consumer, Producer, TopicPartition

from ops import topics as kafka_topics
from schemas import topics
from schemas.encoding import decoder, encoder

Record = dict[str, Any]
LOOK_FOR = timedelta(seconds=60)
REFRESH = timedelta(seconds=15)
"""How soon the job of these tests looks at a quiet SKU again."""


class TenantLog:
    """A tenant with a topic of its own; a new one unless named."""

    def __init__(self, kafka: str, tenant_id: UUID | None = None) -> None:
        self.tenant_id = tenant_id or uuid4()
        self.topic = topics.orders(self.tenant_id)
        kafka_topics.ensure(kafka, [self.topic])
        self._kafka = kafka
        self._encode = encoder(self.topic.schema)
        self._producer = Producer(
            {"bootstrap.servers": kafka, "message.max.bytes": self.topic.max_message_bytes}
        )

    def event(
        self, event_type: str, sku: str, qty: int, occurred_ms: int | None = None, **fields: Any
    ) -> Record:
        """An event of this tenant, in warehouse W1 and just now unless said otherwise."""
        now_ms = time.time_ns() // 1_000_000
        return {
            "event_id": str(uuid4()),
            "event_type": event_type,
            "tenant_id": str(self.tenant_id),
            "sku": sku,
            "warehouse": "W1",
            "qty": qty,
            "occurred_at": now_ms if occurred_ms is None else occurred_ms,
            "received_at": now_ms,
            **fields,
        }

    def send(self, events: Iterable[Record]) -> None:
        """Write events in this order, acknowledged when this returns."""
        for event in events:
            self.send_bytes(self._encode(event), f"{event['sku']}|{event['warehouse']}")

    def send_bytes(self, value: bytes | None, key: str = "S|W1") -> None:
        """Write a message as it is."""
        self._producer.produce(self.topic.name, value=value, key=key)
        assert self._producer.flush(30) == 0

    def predictions(self) -> dict[str, Record]:
        """The newest prediction of each of this tenant's SKUs."""
        return {each["sku"]: each for each in read_all(self._kafka, topics.PREDICTIONS) if self._owns(each)}

    def alerts(self) -> list[Record]:
        """All alert changes of this tenant, oldest first for each SKU."""
        return [each for each in read_all(self._kafka, topics.ALERTS) if self._owns(each)]

    def dead_letters(self) -> list[Record]:
        """What was set aside of this tenant's topic."""
        return [
            each for each in read_all(self._kafka, topics.DEAD_LETTERS) if each["topic"] == self.topic.name
        ]

    def _owns(self, record: Record) -> bool:
        return bool(record["tenant_id"] == str(self.tenant_id))


def read_all(kafka: str, topic: topics.Topic) -> Iterator[Record]:
    """Every committed record that a topic holds now."""
    decode = decoder(topic.schema)
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "tests",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.message.max.bytes": topic.max_message_bytes,
        }
    )
    try:
        partitions = [TopicPartition(topic.name, number, 0) for number in range(topic.partitions)]
        consumer.assign(partitions)
        at_end = 0
        while at_end < len(partitions):
            message = consumer.poll(30)
            assert message is not None, f"{topic.name} cannot be read"
            if message.error():
                at_end += 1
            else:
                yield decode(message.value())
    finally:
        consumer.close()


def eventually(found: Callable[[], bool], within: timedelta = LOOK_FOR) -> None:
    """Wait until something holds. Fails where it does not in time."""
    deadline = time.monotonic() + within.total_seconds()
    while not found():
        assert time.monotonic() < deadline, f"not so within {within.total_seconds():.0f} s"
        time.sleep(0.3)
