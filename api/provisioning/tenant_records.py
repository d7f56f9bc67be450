"""A tenant's records in the topics that all tenants share. Its functions block."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from api.topics import TIMEOUT_S, TopicsUnavailable
from schemas.topics import Topic

PAGE_MESSAGES = 5_000


def keys_of(bootstrap: str, topic: Topic, tenant_id: UUID) -> dict[bytes, bool]:
    """The tenant's keys in a compacted topic, and whether each has a value last. Raises `TopicsUnavailable`."""
    found: dict[bytes, bool] = {}
    for page in pages(bootstrap, topic, tenant_id):
        found |= {message.key() or b"": message.value() is not None for message in page}
    return found


def pages(bootstrap: str, topic: Topic, tenant_id: UUID) -> Iterator[list[Message]]:
    """The tenant's committed records from the topic's beginning to its end of now, some thousand messages at a time.

    Raises `TopicsUnavailable`.
    """
    whole, prefix = str(tenant_id).encode(), f"{tenant_id}|".encode()
    with _consumer(bootstrap, topic) as consumer:
        open_partitions = set(_ends(consumer, topic))
        while open_partitions:
            messages = consumer.consume(PAGE_MESSAGES, TIMEOUT_S)
            if not messages:
                raise TopicsUnavailable(f"topic {topic.name} cannot be read")
            page = []
            for message in messages:
                error = message.error()
                if error is not None:
                    if error.code() != KafkaError._PARTITION_EOF:
                        raise TopicsUnavailable(error.str())
                    open_partitions.discard(message.partition())
                elif (key := message.key() or b"") == whole or key.startswith(prefix):
                    page.append(message)
            yield page


def take_back(bootstrap: str, topic: Topic, keys: Collection[bytes]) -> None:
    """Write for each key that it has no value any more; returns once Kafka has it. Raises `TopicsUnavailable`."""
    failures: list[str] = []
    producer = Producer(
        {
            "bootstrap.servers": bootstrap,
            "acks": "all",
            "enable.idempotence": True,
            # as Java's producers do, so that it follows the key's records in their partition
            "partitioner": "murmur2_random",
            "message.timeout.ms": int(TIMEOUT_S * 1000),
            "queue.buffering.max.messages": 10_000_000,
        },
        logger=logging.getLogger(__name__),
    )
    for key in keys:
        producer.produce(
            topic.name,
            None,
            key,
            on_delivery=lambda error, _: failures.append(error.str()) if error else None,
        )
        producer.poll(0)
    if producer.flush(TIMEOUT_S + 1):
        failures.append("no acknowledgement in time")
    if failures:
        raise TopicsUnavailable(failures[0])


@contextmanager
def _consumer(bootstrap: str, topic: Topic) -> Iterator[Consumer]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            # it commits nothing, and has no place in any group
            "group.id": "aurora-tenants",
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "enable.partition.eof": True,
            "fetch.message.max.bytes": topic.max_message_bytes,
            "socket.timeout.ms": int(TIMEOUT_S * 1000),
        },
        logger=logging.getLogger(__name__),
    )
    try:
        yield consumer
    except KafkaException as error:
        raise TopicsUnavailable(error.args[0].str()) from error
    finally:
        consumer.close()


def _ends(consumer: Consumer, topic: Topic) -> list[int]:
    """The partitions, assigned from their beginning."""
    metadata = consumer.list_topics(topic.name, timeout=TIMEOUT_S).topics[topic.name]
    consumer.assign([TopicPartition(topic.name, number, 0) for number in metadata.partitions])
    return [*metadata.partitions]
