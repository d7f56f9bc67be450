"""What the stream tells, read as it comes: predictions, alerts and dead letters."""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from confluent_kafka import Consumer, KafkaError, Message, TopicPartition
from recovery.verdict import Seen

from schemas import topics
from schemas.encoding import UnreadableMessage, decoder

TOPICS = (topics.PREDICTIONS, topics.ALERTS, topics.DEAD_LETTERS)
DECODE = {topic.name: decoder(topic.schema, times="ms") for topic in TOPICS}
PLACE_OF_LETTER = tuple[str, int, int]


def reader(kafka: str) -> Consumer:
    """A consumer that sees what is committed, and waits in silence while Kafka is away."""
    options = {
        "bootstrap.servers": kafka,
        "group.id": "recovery",
        "isolation.level": "read_committed",
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "reconnect.backoff.max.ms": 500,
        "fetch.message.max.bytes": topics.DEAD_LETTERS.max_message_bytes,
    }
    quiet = logging.getLogger("recovery.kafka")
    quiet.setLevel(logging.CRITICAL)
    return Consumer(options, logger=quiet)


class Witness:
    """Reads in a thread of its own from the moment it starts to the moment it stops, whatever happens to Kafka."""

    def __init__(self, kafka: str, remembered: frozenset[str]) -> None:
        """Of the SKUs that are ``remembered`` every prediction is kept, of others the newest."""
        self._consumer = reader(kafka)
        self._remembered = remembered
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="witness", daemon=True)
        self._newest: dict[str, dict[str, Mapping[str, Any]]] = defaultdict(dict)
        self._arrivals: dict[tuple[str, str], float] = {}
        self._seen: dict[str, list[Seen]] = defaultdict(list)
        self._alerts: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        self._told: set[tuple[str, str]] = set()
        self._letters: set[PLACE_OF_LETTER] = set()

    def start(self) -> None:
        places = [
            TopicPartition(topic.name, number, 0) for topic in TOPICS for number in range(topic.partitions)
        ]
        self._consumer.assign(places)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()
        self._consumer.close()

    def predictions(self, tenant_id: UUID) -> dict[str, Mapping[str, Any]]:
        """The newest prediction of each SKU."""
        with self._lock:
            return dict(self._newest[str(tenant_id)])

    def seen(self) -> dict[str, Sequence[Seen]]:
        """Every prediction of the SKUs that are remembered."""
        with self._lock:
            return {sku: [*each] for sku, each in self._seen.items()}

    def alerts(self, tenant_id: UUID) -> list[Mapping[str, Any]]:
        """Every change, in each SKU's order."""
        with self._lock:
            return [*self._alerts[str(tenant_id)]]

    def alerted(self, tenant_id: UUID, sku: str) -> bool:
        """Whether an alert of the SKU was told."""
        with self._lock:
            return (str(tenant_id), sku) in self._told

    def letters(self) -> set[PLACE_OF_LETTER]:
        """Topic, partition and offset of each message that was set aside."""
        with self._lock:
            return {*self._letters}

    def _run(self) -> None:
        while not self._stopped.is_set():
            messages = self._consumer.consume(1_000, 0.1)
            now = time.time()
            with self._lock:
                for message in messages:
                    self._take(message, now)

    def _take(self, message: Message, now: float) -> None:
        # errors are of Kafka being away, and ends of partitions
        if message.error() or message.value() is None:
            return
        topic = message.topic()
        assert topic is not None
        record = DECODE[topic](message.value())
        if topic == topics.DEAD_LETTERS.name:
            self._letters.add((record["topic"], record["partition"], record["offset"]))
        elif topic == topics.ALERTS.name:
            self._alerts[record["tenant_id"]].append(record)
            self._told.add((record["tenant_id"], record["sku"]))
        else:
            self._newest[record["tenant_id"]][record["sku"]] = record
            if record["sku"] in self._remembered:
                oos_ms = record["predicted_oos_at"]
                shown = (record["probability"], None if oos_ms is None else oos_ms // 1000)
                self._seen[record["sku"]].append(Seen(now, record["stock"], shown))


def logged_ids(kafka: str, topic: topics.Topic) -> list[str]:
    """The event ids of all committed messages of a tenant's topic that can be read."""
    decode, ids, consumer = decoder(topic.schema), [], reader(kafka)
    try:
        consumer.assign([TopicPartition(topic.name, number, 0) for number in range(topic.partitions)])
        ends = 0
        while ends < topic.partitions:
            for message in consumer.consume(1_000, 1.0):
                if (error := message.error()) is not None:
                    ends += error.code() == KafkaError._PARTITION_EOF
                else:
                    ids.append(message.value())
    finally:
        consumer.close()
    return [event_id for value in ids if (event_id := _event_id(decode, value)) is not None]


def _event_id(decode: Any, value: bytes | None) -> str | None:
    try:
        return str(decode(value)["event_id"])
    except UnreadableMessage:
        return None
