"""A tenant's topic as a test writes it, and the job's topics as a test reads them."""

import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4

from confluent_kafka import Consumer, Message, Producer, TopicPartition

from ops import topics as kafka_topics
from schemas import topics
from schemas.encoding import decoder, encoder
from schemas.model_keys import newest_key
from udfs.refresh import next_refresh_ms

Record = dict[str, Any]
LOOK_FOR = timedelta(seconds=60)
REFRESH = timedelta(seconds=15)
"""How soon the job of these tests looks at a quiet SKU again."""
LEARN_EVERY = timedelta(seconds=120)
"""How often it learns."""


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
            self._producer.produce(
                self.topic.name, self._encode(event), f"{event['sku']}|{event['warehouse']}"
            )
        assert self._producer.flush(30) == 0

    def send_bytes(self, value: bytes | None, key: str = "S|W1") -> None:
        """Write a message as it is."""
        self._producer.produce(self.topic.name, value=value, key=key)
        assert self._producer.flush(30) == 0

    def predictions(self) -> dict[str, Record]:
        """The newest prediction of each of this tenant's SKUs."""
        return {each["sku"]: each for each in read_all(self._kafka, topics.PREDICTIONS) if self._owns(each)}

    def predictions_with_times(self) -> list[tuple[int, Record]]:
        """All predictions of this tenant, each with when it was written (Unix time in ms), in this order."""
        decode = decoder(topics.PREDICTIONS.schema)
        found = [
            (message.timestamp()[1], decode(message.value()))
            for message in messages(self._kafka, topics.PREDICTIONS)
            if message.value() is not None
        ]
        return sorted(((at, each) for at, each in found if self._owns(each)), key=itemgetter(0))

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


def models_of(kafka: str, tenant: TenantLog) -> list[Record]:
    """The versions that the tenant's learner published, oldest first."""
    key, decode = newest_key(str(tenant.tenant_id)), decoder(topics.MODELS.schema)
    return [decode(message.value()) for message in messages(kafka, topics.MODELS) if message.key() == key]


def tenant_due_in(kafka: str, wait: timedelta) -> TenantLog:
    """A new tenant whose learner is due after that time and not before, so that what is sent by then is learned together."""
    period_ms, wait_ms = (span // timedelta(milliseconds=1) for span in (LEARN_EVERY, wait))
    while True:
        tenant_id, now_ms = uuid4(), time.time_ns() // 1_000_000
        if 0 <= next_refresh_ms(str(tenant_id), now_ms, period_ms) - now_ms - wait_ms < 1_000:
            return TenantLog(kafka, tenant_id)


def read_all(kafka: str, topic: topics.Topic) -> Iterator[Record]:
    """Every committed record that a topic holds now, but for those that only take a key back."""
    decode = decoder(topic.schema)
    return (decode(message.value()) for message in messages(kafka, topic) if message.value() is not None)


def messages(kafka: str, topic: topics.Topic) -> Iterator[Message]:
    """Every committed message that a topic holds now."""
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
                yield message
    finally:
        consumer.close()


def eventually(found: Callable[[], bool], within: timedelta = LOOK_FOR) -> None:
    """Wait until something holds. Fails where it does not in time."""
    deadline = time.monotonic() + within.total_seconds()
    while not found():
        assert time.monotonic() < deadline, f"not so within {within.total_seconds():.0f} s"
        time.sleep(0.3)
