"""confluent-kafka, fastavro and a dict: nothing is kept, and nothing could be quicker in one thread of Python."""

import sys

from confluent_kafka import Consumer, TopicPartition

from bench.drain.contenders.shelf import Shelf, Tally, after, reader

BATCH = 10_000


def main(kafka: str, topic: str) -> None:
    """Read for ever."""
    read, tally = reader(), Tally()
    shelves: dict[str, Shelf] = {}
    consumer = Consumer({"bootstrap.servers": kafka, "group.id": "loop", "fetch.queue.backoff.ms": 10})
    partitions = consumer.list_topics(topic, 10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, number, 0) for number in partitions])
    while True:
        messages = consumer.consume(BATCH, 0.25)
        for message in messages:
            change = read(message.value() or b"")
            shelves[change.key] = after(shelves.get(change.key), change)
        tally.add(len(messages))
        if len(messages) < BATCH:
            tally.tell()


if __name__ == "__main__":
    main(*sys.argv[1:])
