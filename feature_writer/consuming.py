"""Messages as they come from Kafka, a batch at a time."""

import logging
from threading import Event
from typing import Any, NamedTuple

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException, Message

from feature_writer.settings import Settings

log = structlog.get_logger()

Position = tuple[str, int]
"""A topic and one of its partitions."""

KAFKA_ANSWERS_WITHIN_S = 5.0
AGAIN_S = 1.0


class Received(NamedTuple):
    """A message."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    key: bytes | None = None
    timestamp_ms: int = 0


class End(NamedTuple):
    """A partition has been read to its end; ``offset`` is that of the message to come."""

    topic: str
    partition: int
    offset: int


def consumer(settings: Settings, group: str) -> Consumer:
    """A consumer that reads whole transactions only and commits nothing by itself."""
    options: dict[str, Any] = {
        "bootstrap.servers": settings.kafka_bootstrap,
        "group.id": group,
        # a restarted process takes up its partitions at once; without a name it waits until its dead self is missed
        "group.instance.id": f"{group}-{settings.writer_instance}",
        "session.timeout.ms": 15_000,
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "earliest",
        "isolation.level": "read_committed",
        # an answer of the broker costs the same for one message as for thousands
        "fetch.min.bytes": 64 * 1024,
        "fetch.wait.max.ms": 100,
        # after a full queue look again soon: the default of a second halves the throughput
        "fetch.queue.backoff.ms": 10,
    }
    # the client's own lines go the way of this process's log
    return Consumer(options, logger=logging.getLogger("kafka"))


def partitions(consumer: Consumer, topic: str, stop: Event) -> int:
    """How many partitions the topic has, as soon as Kafka answers and has the topic; 0 when told to stop before."""
    while not stop.is_set():
        try:
            found = consumer.list_topics(topic, timeout=KAFKA_ANSWERS_WITHIN_S).topics[topic]
        except KafkaException as error:
            log.warning("Kafka does not answer", error=str(error))
        else:
            if found.error is None:
                return len(found.partitions)
            log.warning("topic not there yet", topic=topic, error=str(found.error))
        stop.wait(AGAIN_S)
    return 0


def gather(consumer: Consumer, rows: int, linger_s: float) -> list[Received | End]:
    """What comes within ``linger_s``, at most ``rows``; each partition's in order.

    One call of the client and not several: it drops what it holds of partitions that it loses during the call. Raises
    ``KafkaException`` where the consumer cannot go on.
    """
    messages = consumer.consume(rows, linger_s)
    return [found for message in messages if (found := _read(message)) is not None]


def _read(message: Message) -> Received | End | None:
    error = message.error()
    topic, partition, offset = message.topic(), message.partition(), message.offset()
    if error is None:
        assert topic is not None and partition is not None and offset is not None
        _, timestamp_ms = message.timestamp()
        return Received(topic, partition, offset, message.value(), message.key(), timestamp_ms)
    if error.code() == KafkaError._PARTITION_EOF:
        assert topic is not None and partition is not None and offset is not None
        return End(topic, partition, offset)
    # a consumer that cannot go on says so once, by a message whose error is not itself marked as fatal
    if error.fatal() or error.code() == KafkaError._FATAL:
        raise KafkaException(error)
    # such as a broker that is away: the client keeps trying by itself
    log.warning("kafka", error=str(error))
    return None
