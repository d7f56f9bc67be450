"""A tenant's records in the topics that all tenants share. Its functions block."""

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from uuid import UUID

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from api.topics import TIMEOUT_S, TopicsUnavailable
from schemas.topics import Topic

PAGE_MESSAGES = 2_000


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
    wanted = str(tenant_id).encode()
    with _consumer(bootstrap, topic) as consumer:
        open_partitions = _assigned(consumer, topic)
        page: list[Message] = []
        while open_partitions:
            # not many at once: the client would wait until it has as many
            message = consumer.poll(TIMEOUT_S)
            if message is None:
                raise TopicsUnavailable(f"topic {topic.name} cannot be read")
            error = message.error()
            if error is not None and error.code() == KafkaError._PARTITION_EOF:
                open_partitions.discard(message.partition())
            elif error is not None:
                raise TopicsUnavailable(error.str())
            elif _is_of(message.key(), wanted):
                page.append(message)
            if len(page) == PAGE_MESSAGES:
                yield page
                page = []
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
            # so long a broker holds an answer back to make it larger
            "fetch.wait.max.ms": 20,
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


def _assigned(consumer: Consumer, topic: Topic) -> set[int]:
    """The partitions, each to be read from its beginning."""
    found = consumer.list_topics(topic.name, timeout=TIMEOUT_S).topics[topic.name].partitions
    consumer.assign([TopicPartition(topic.name, number, 0) for number in found])
    return {*found}


def _is_of(key: bytes | None, tenant_id: bytes) -> bool:
    """Every shared topic's keys begin with the tenant's id, or are just that."""
    return key is not None and key[: len(tenant_id)] == tenant_id
