"""A tenant's topic as a read_committed consumer sees it."""

import json
import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from ops.topics import ensure
from schemas import topics
from schemas.encoding import decoder


@dataclass(frozen=True, slots=True)
class TenantTopic:
    """A tenant with an empty topic."""

    kafka: str
    tenant_id: UUID = field(default_factory=uuid4)

    def __post_init__(self) -> None:
        ensure(self.kafka, [topics.orders(self.tenant_id)])
        # the controller has it; the broker hears of it, and that it leads it, a little later
        deadline = time.monotonic() + 30
        while not self._is_led():
            assert time.monotonic() < deadline, f"{self.name} does not appear"
            time.sleep(0.05)

    def _is_led(self) -> bool:
        try:
            return bool(_ends(self.kafka, topics.orders(self.tenant_id)))
        except KafkaException:
            return False

    @property
    def name(self) -> str:
        return topics.orders(self.tenant_id).name

    def line(
        self, sku: str = "TEA-100", qty: int = 1, event_type: str = "order.created", **payload: Any
    ) -> bytes:
        """An event of this tenant as a line."""
        return json.dumps(
            {
                "tenant_id": str(self.tenant_id),
                "event_type": event_type,
                "payload": {"sku": sku, "warehouse": "north", "qty": qty, **payload},
            }
        ).encode()

    def events(self) -> list[dict[str, Any]]:
        """Every committed event, in the order of each partition."""
        decode = decoder("order_event", times="ms")
        return [decode(message.value()) for message in committed(self.kafka, topics.orders(self.tenant_id))]

    def order_ids(self) -> list[str]:
        """The order ids of every committed event, sorted."""
        return sorted(event["order_id"] for event in self.events())


def committed(kafka: str, topic: topics.Topic) -> list[Message]:
    """Every committed message of a topic; waits for transactions that are open now."""
    ends = _ends(kafka, topic)
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "tests",
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 20,
        }
    )
    messages = []
    try:
        consumer.assign([TopicPartition(topic.name, partition, 0) for partition in ends])
        while ends:
            message = consumer.poll(30)
            assert message is not None, f"{topic.name} cannot be read to its end"
            error = message.error()
            if error is None:
                messages.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                partition, offset = message.partition(), message.offset()
                assert partition is not None and offset is not None
                # an end before the last message is that of the committed part
                if offset >= ends.get(partition, 0):
                    ends.pop(partition, None)
    finally:
        consumer.close()
    return messages


def _ends(kafka: str, topic: topics.Topic) -> dict[int, int]:
    """For each partition, how far anything was written, committed or not."""
    partitions = [TopicPartition(topic.name, partition) for partition in range(topic.partitions)]
    latest = OffsetSpec.latest()  # type: ignore[no-untyped-call] # it lacks annotations
    # a name of its own keeps the client alive until it has answered
    admin = AdminClient({"bootstrap.servers": kafka})
    answers = admin.list_offsets(dict.fromkeys(partitions, latest))
    return {partition.partition: answer.result(30).offset for partition, answer in answers.items()}
