"""How far back topics reach. Its functions block."""

import time
from collections.abc import Collection
from datetime import datetime

from confluent_kafka import Consumer, KafkaException, TopicPartition

from schemas.logical import to_milliseconds

TIMEOUT_S = 10.0


class TopicsUnread(Exception):
    """Kafka did not tell; one line."""


def holds_from_before(bootstrap: str, topics: Collection[str], at: datetime) -> bool:
    """Whether any of the topics still holds a record of a time before ``at``. Raises `TopicsUnread`.

    A topic that does not exist holds none.
    """
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "erasures", "log_level": 0})
    try:
        known = consumer.list_topics(timeout=TIMEOUT_S).topics
        return any(
            _reaches_before(consumer, TopicPartition(topic, partition), to_milliseconds(at))
            for topic in topics
            if topic in known
            for partition in known[topic].partitions
        )
    except KafkaException as error:
        raise TopicsUnread(error.args[0].str()) from error
    finally:
        consumer.close()


def _reaches_before(consumer: Consumer, place: TopicPartition, at_ms: int) -> bool:
    found = consumer.get_watermark_offsets(place, timeout=TIMEOUT_S, cached=False)
    if found is None:
        raise TopicsUnread(f"{place.topic}-{place.partition} does not answer")
    first, end = found
    if first == end:
        return False
    sought = TopicPartition(place.topic, place.partition, min(at_ms, int(time.time() * 1000)))
    (newer,) = consumer.offsets_for_times([sought], timeout=TIMEOUT_S)
    if newer.error is not None:
        raise TopicsUnread(newer.error.str())
    # -1, the end: every record is older
    return newer.offset < 0 or newer.offset > first
