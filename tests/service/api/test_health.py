"""What the health checks find in real parts, and in parts that are not there."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from redis.asyncio import Redis

from api.database import Database
from api.health.consumer_lag import ConsumerLag
from api.health.health import (
    Finding,
    Unwell,
    check_database,
    check_job,
    check_kafka,
    check_lag,
    check_online_store,
    check_predictions,
    check_redis,
)
from api.health.pipeline_metrics import read_pipeline_metrics
from ops.topics import ensure
from schemas import online_store
from schemas.topics import Topic

pytestmark = pytest.mark.service

# the discard service, which nobody runs
NOBODY = "127.0.0.1:9"
PATIENCE_S = 30.0


async def reason(check: Awaitable[Finding]) -> str:
    """Why the check says that a part cannot be used."""
    with pytest.raises(Unwell) as unwell:
        await check
    assert NOBODY not in str(unwell.value)
    return str(unwell.value)


class TestNobodyThere:
    async def test_database(self) -> None:
        database = Database(f"postgresql+asyncpg://aurora@{NOBODY}/aurora")
        assert await reason(check_database(database)) == "does not answer"
        await database.close()

    async def test_kafka_and_its_readers(self) -> None:
        kafka = ConsumerLag(NOBODY)
        assert await reason(check_kafka(kafka)) == "does not answer"
        found = await reason(check_lag(kafka, "group", lambda topic: True))
        assert found == "cannot be known while Kafka does not answer"
        kafka.close()

    async def test_redis_and_what_is_in_it(self) -> None:
        async with Redis.from_url(f"redis://{NOBODY}/0") as redis:
            assert await reason(check_redis(redis)) == "does not answer"
            for check in (check_online_store, check_predictions):
                assert await reason(check(redis)) == "cannot be read while Redis does not answer"
            metrics = await read_pipeline_metrics(redis)
        assert metrics.get_sample_value("pipeline_metrics_up") == 0

    async def test_flink(self) -> None:
        async with httpx.AsyncClient(base_url=f"http://{NOBODY}") as flink:
            assert await reason(check_job(flink)) == "does not answer"


class TestLag:
    @pytest.fixture
    def topic(self, kafka: str) -> Topic:
        topic = Topic(f"lag-{uuid4()}", "order_event", "none", 2, timedelta(days=1))
        ensure(kafka, [topic])
        return topic

    @pytest.fixture
    async def lag(self, kafka: str) -> AsyncIterator[ConsumerLag]:
        lag = ConsumerLag(kafka)
        yield lag
        lag.close()

    async def test_it_is_what_was_written_and_not_committed(
        self, kafka: str, lag: ConsumerLag, topic: Topic
    ) -> None:
        group = f"group-{uuid4()}"
        producer = Producer({"bootstrap.servers": kafka})
        for partition, count in ((0, 7), (1, 3)):
            for _ in range(count):
                producer.produce(topic.name, b"", partition=partition)
        assert producer.flush(10) == 0
        # of partition 1 nothing is committed yet
        consumer = Consumer({"bootstrap.servers": kafka, "group.id": group})
        await _commit(consumer, TopicPartition(topic.name, 0, 5))
        consumer.close()
        async with asyncio.timeout(PATIENCE_S):
            while (found := await _known_lag(lag, group, topic)) is None:
                pass
        assert found == Finding(True, {"lag": 2 + 3})

    async def test_what_a_transaction_has_not_committed_is_not_waited_for(
        self, kafka: str, lag: ConsumerLag, topic: Topic
    ) -> None:
        producer = Producer({"bootstrap.servers": kafka, "transactional.id": str(uuid4())})
        producer.init_transactions(10)
        producer.begin_transaction()
        producer.produce(topic.name, b"", partition=0)
        assert producer.flush(10) == 0
        group = f"group-{uuid4()}"
        assert await _known_lag(lag, group, topic) in (Finding(True, {"lag": 0}), None)
        producer.commit_transaction(10)
        # the record, and the transaction's marker, which the broker writes after it has answered
        async with asyncio.timeout(PATIENCE_S):
            while await _known_lag(lag, group, topic) != Finding(True, {"lag": 2}):
                await asyncio.sleep(0.05)

    async def test_a_reader_of_nothing_has_none(self, lag: ConsumerLag) -> None:
        assert await lag.lag(f"group-{uuid4()}", lambda name: False) == 0


async def _known_lag(lag: ConsumerLag, group: str, topic: Topic) -> Finding | None:
    """The lag; ``None`` while a broker that has just started, or is busy, does not tell in time."""
    try:
        return await check_lag(lag, group, lambda name: name == topic.name)
    except Unwell:
        return None


async def _commit(consumer: Consumer, place: TopicPartition) -> None:
    """Commit, as soon as the broker has its coordinator of groups ready."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            try:
                consumer.commit(offsets=[place], asynchronous=False)
                return
            except KafkaException:
                await asyncio.sleep(0.1)


class TestOnlineStore:
    async def test_it_is_as_old_as_its_oldest_partition(self, redis: str) -> None:
        now_ms = time.time_ns() // 1_000_000
        async with Redis.from_url(redis) as client:
            await client.set(online_store.COMPLETE, 1)
            await client.hset(online_store.FRESH_AT, mapping={"0": now_ms, "1": now_ms - 20_000})
            try:
                found = await check_online_store(client)
                await client.hset(online_store.FRESH_AT, "1", now_ms - 120_000)
                old = await check_online_store(client)
            finally:
                await client.delete(online_store.COMPLETE, online_store.FRESH_AT)
        assert found.good and 20 <= found.figures["age_s"] < 60
        assert not old.good and old.figures["age_s"] >= 120


class TestPredictions:
    async def test_they_are_behind_where_one_was_served_late(self, redis: str) -> None:
        async with Redis.from_url(redis) as client:
            in_time = await check_predictions(client)
            await client.set(online_store.LATE, 12_340)
            try:
                late = await check_predictions(client)
            finally:
                await client.delete(online_store.LATE)
        assert in_time.good and in_time.figures == {}
        assert not late.good and late.figures == {"late_s": 12.3}
        assert late.reason == "what was received was served 12.3 s later"
