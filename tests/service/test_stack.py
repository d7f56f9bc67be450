"""The stack with real processes: it starts in order, mends itself, and leaves nothing."""

import pytest
from confluent_kafka.admin import AdminClient
from redis import Redis

from ops.stack import Stack

pytestmark = pytest.mark.service


def test_kafka_answers(kafka: str) -> None:
    assert AdminClient({"bootstrap.servers": kafka}).list_topics(timeout=5).brokers


def test_redis_answers(redis: str) -> None:
    with Redis.from_url(redis) as client:
        assert client.ping()
