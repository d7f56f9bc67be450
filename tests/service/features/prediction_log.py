"""The topics of predictions and alerts as a test writes them, and what should come of them."""

import time
from collections.abc import Callable, Iterable
from uuid import uuid4

from confluent_kafka import Consumer, KafkaError, Message, Producer, TopicPartition
from prediction_records import prediction

from schemas import topics
from schemas.encoding import Record, decoder, encoder
from schemas.prediction_deletions import Deletion, key_of

LOOK_FOR_S = 90


class PredictionLog:
    """What the risk job would write of one new tenant."""

    def __init__(self, kafka: str) -> None:
        self.tenant_id = str(uuid4())
        self.newest: dict[tuple[str, str], Record] = {}
        """The oracle: the newest prediction that was sent of each SKU and warehouse."""
        self._kafka = kafka
        self._ends: dict[str, int] = {}
        self._producer = Producer(
            {
                "bootstrap.servers": kafka,
                "enable.idempotence": True,
                # Kafka ends before the producer does
                "log_level": 0,
                "queue.buffering.max.messages": 1_000_000,
                # as the Java clients place keys
                "partitioner": "murmur2_random",
            }
        )

    def now(self, **changes: object) -> Record:
        """A prediction of this tenant, made just now."""
        now_ms = time.time_ns() // 1_000_000
        own: dict[str, object] = {
            "tenant_id": self.tenant_id,
            "updated_at": now_ms,
            "alert_since": now_ms,
            "received_at": now_ms,
            "predicted_oos_at": now_ms + 3_600_000,
        }
        return prediction(**{**own, **changes})

    def send(self, records: Iterable[Record]) -> None:
        """Write predictions in this order, acknowledged when this returns."""
        encode = encoder("prediction")
        for number, record in enumerate(records):
            self.newest[record["sku"], record["warehouse"]] = record
            key = f"{record['tenant_id']}|{record['sku']}|{record['warehouse']}"
            self._produce(encode(record), key)
            if number % 1_000 == 0:
                self._producer.poll(0)
        assert self._producer.flush(60) == 0

    def send_bytes(self, value: bytes) -> None:
        """Write a message to the predictions as it is."""
        self._produce(value, f"{self.tenant_id}|broken|broken")
        assert self._producer.flush(30) == 0

    def take_away(self, sku: str, warehouse: str) -> None:
        """Write that there is no prediction of it any more."""
        del self.newest[sku, warehouse]
        self._produce(None, f"{self.tenant_id}|{sku}|{warehouse}")
        assert self._producer.flush(30) == 0

    def delete(self, deletion: Deletion) -> None:
        """Write what has become of a deletion of this tenant's."""
        value = encoder("prediction_deletion")(deletion.record(self.tenant_id, int(time.time() * 1000)))
        key = key_of(self.tenant_id, deletion.deletion_id)
        self._producer.produce(topics.PREDICTION_DELETIONS.name, value, key)
        assert self._producer.flush(30) == 0

    def send_alerts(self, changes: Iterable[str]) -> None:
        """Write changes of an alert."""
        for change in changes:
            record = {
                **{"alert_id": str(uuid4()), "change": change, "tenant_id": self.tenant_id},
                **{"sku": "SKU-1", "warehouse": "berlin", "raised_at": 0, "changed_at": 0, "stock": 1},
                **{"threshold": 0.7, "probability": 0.9, "model_version": "test-1"},
            }
            self._producer.produce(topics.ALERTS.name, encoder("alert")(record), self.tenant_id)
        assert self._producer.flush(30) == 0

    def dead_letters(self) -> list[Record]:
        """Those whose message is of this tenant, or was sent by `send_bytes` with its id within."""
        mine = self.tenant_id.encode()
        return [
            letter
            for letter in _read_all(self._kafka, topics.DEAD_LETTERS)
            if letter["value"] is not None and mine in letter["value"]
        ]

    def end_offsets(self) -> dict[str, int]:
        """``topic-partition`` to the offset after the last prediction that this wrote there."""
        return dict(self._ends)

    def _produce(self, value: bytes | None, key: str) -> None:
        self._producer.produce(topics.PREDICTIONS.name, value, key, on_delivery=self._delivered)

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        assert error is None, error
        offset = message.offset()
        assert offset is not None
        place = f"{message.topic()}-{message.partition()}"
        self._ends[place] = max(offset + 1, self._ends.get(place, 0))


def eventually(holds: Callable[[], bool], within_s: float = LOOK_FOR_S) -> None:
    """Wait until it holds; fail if it does not in time."""
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.1)


def _end(consumer: Consumer, topic: str, partition: int) -> int:
    found = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
    assert found is not None
    return found[1]


def _read_all(kafka: str, topic: topics.Topic) -> list[Record]:
    decode = decoder(topic.schema)
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "tests", "auto.offset.reset": "earliest"})
    try:
        found: list[Record] = []
        for partition in range(topic.partitions):
            end = _end(consumer, topic.name, partition)
            consumer.assign([TopicPartition(topic.name, partition, 0)])
            at = 0
            while at < end:
                message = consumer.poll(10)
                assert message is not None and message.error() is None
                offset = message.offset()
                assert offset is not None
                at = offset + 1
                found.append(decode(message.value()))
        return found
    finally:
        consumer.close()
