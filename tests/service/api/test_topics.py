"""Topics on a real broker: made, mended, removed, and never mended where that would part a key from its records."""

from dataclasses import replace
from uuid import uuid4

import pytest
from confluent_kafka import Producer

from api.topics import KeysWouldMove, difference, ensure, remove, states
from schemas.topics import Topic, orders

pytestmark = pytest.mark.service


@pytest.fixture
def topic() -> Topic:
    """A topic that no other test uses."""
    return orders(uuid4())


def put(kafka: str, topic: Topic) -> None:
    producer = Producer({"bootstrap.servers": kafka})
    producer.produce(topic.name, b"value", b"SKU-1|berlin")
    assert producer.flush(10) == 0


def test_an_empty_topic_with_too_few_partitions_is_given_more(kafka: str, topic: Topic) -> None:
    ensure(kafka, [replace(topic, partitions=1)])
    assert ensure(kafka, [topic]) == []
    assert list(difference(topic, states(kafka, [topic.name])[topic.name])) == []


def test_a_topic_that_holds_records_keeps_its_partitions(kafka: str, topic: Topic) -> None:
    ensure(kafka, [replace(topic, partitions=2)])
    put(kafka, topic)
    other = orders(uuid4())
    with pytest.raises(
        KeysWouldMove, match=f"^topic {topic.name} has 2 partitions, not 4, and holds records"
    ):
        ensure(kafka, [other, topic])
    assert states(kafka, [topic.name, other.name])[topic.name].partitions == 2
    assert states(kafka, [other.name]) == {}, "nothing else is changed either"


def test_a_topic_with_more_partitions_is_left_as_it_is(kafka: str, topic: Topic) -> None:
    ensure(kafka, [replace(topic, partitions=6)])
    put(kafka, topic)
    ensure(kafka, [topic])
    assert states(kafka, [topic.name])[topic.name].partitions == 6


def test_a_topic_is_removed_once(kafka: str, topic: Topic) -> None:
    ensure(kafka, [topic])
    assert remove(kafka, topic.name)
    assert states(kafka, [topic.name]) == {}
    assert not remove(kafka, topic.name)
