"""What is put into the outbox reaches Kafka, in order, whatever dies on the way; on each kind of database."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from confluent_kafka import Consumer, TopicPartition
from service.api.outbox.relaying import settings_for
from sqlalchemy import func, select

from api.database import Database
from api.health.metrics import REGISTRY
from api.outbox.lease import give_back, hold
from api.outbox.outbox import MAX_BYTES, put, put_many
from api.outbox.relay import LEASE, Relay
from api.outbox.tables import OutboxRow
from ops import topics as kafka_topics
from schemas.topics import Topic

pytestmark = pytest.mark.service

TESTS = Path(__file__).parents[3]
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
WITHIN_S = 30

Message = tuple[bytes, bytes | None]


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture
def topic(kafka: str) -> str:
    """A topic of the test's own."""
    topic = Topic(f"outbox-test-{uuid4()}", "tenant_settings", "key", 2, None)
    kafka_topics.ensure(kafka, [topic])
    return topic.name


@asynccontextmanager
async def relay(
    kafka: str, database: Database, database_url: str, instance: str = "one"
) -> AsyncIterator[None]:
    """A relay in this process."""
    running = Relay(database, settings_for(kafka, database_url, instance))
    await running.open()
    try:
        yield
    finally:
        await running.close()


@contextmanager
def process(kafka: str, database_url: str, instance: str, *moments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A relay in another process."""
    command = [sys.executable, "-m", "service.api.outbox.relaying", kafka, database_url, instance, *moments]
    running = subprocess.Popen(command, cwd=TESTS)
    try:
        yield running
    finally:
        running.kill()
        running.wait()


def published(kafka: str, topic: str) -> list[Message]:
    """Every committed record of the topic, in order within each partition."""
    consumer = Consumer(
        {
            "bootstrap.servers": kafka,
            "group.id": "tests",
            "enable.partition.eof": True,
            "enable.auto.commit": False,
        }
    )
    found: list[Message] = []
    try:
        consumer.assign([TopicPartition(topic, number, 0) for number in range(2)])
        ends = 0
        while ends < 2:
            message = consumer.poll(30)
            assert message is not None
            if message.error():
                ends += 1
            else:
                found.append((message.key() or b"", message.value()))
    finally:
        consumer.close()
    return found


async def emptied(database: Database) -> None:
    """Wait until nothing is left to publish."""
    deadline = time.monotonic() + WITHIN_S
    while await waiting(database):
        assert time.monotonic() < deadline, "the outbox is not empty in time"
        await asyncio.sleep(0.05)


async def waiting(database: Database) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).select_from(OutboxRow)) or 0


async def put_each(database: Database, topic: str, messages: Sequence[Message]) -> None:
    """Each in a transaction of its own."""
    for key, value in messages:
        async with database.transaction() as session:
            await put(session, topic=topic, key=key, value=value)


def numbered(count: int, key: bytes = b"k") -> list[Message]:
    return [(key, str(number).encode()) for number in range(count)]


async def test_what_is_committed_is_published_in_order_and_removed(
    kafka: str, topic: str, database: Database, database_url: str
) -> None:
    async with relay(kafka, database, database_url):
        await put_each(database, topic, [*numbered(5), (b"k", None), *numbered(3)])
        await emptied(database)
    assert published(kafka, topic) == [*numbered(5), (b"k", None), *numbered(3)]


async def test_what_is_rolled_back_is_not(
    kafka: str, topic: str, database: Database, database_url: str
) -> None:
    with pytest.raises(ZeroDivisionError):
        async with database.transaction() as session:
            await put(session, topic=topic, key=b"k", value=b"never")
            raise ZeroDivisionError
    async with relay(kafka, database, database_url):
        await put_each(database, topic, [(b"k", b"this")])
        await emptied(database)
    assert published(kafka, topic) == [(b"k", b"this")]


async def test_thousands_at_once(kafka: str, topic: str, database: Database, database_url: str) -> None:
    async with database.transaction() as session:
        await put_many(session, topic=topic, records=numbered(2_500))
    async with relay(kafka, database, database_url):
        await emptied(database)
    assert published(kafka, topic) == numbered(2_500)


async def test_a_topic_that_is_not_there_holds_up_no_other(
    kafka: str, topic: str, database: Database, database_url: str
) -> None:
    missing = Topic(f"outbox-late-{uuid4()}", "tenant_settings", "key", 2, None)
    await put_each(database, missing.name, numbered(2))
    await put_each(database, topic, numbered(2))
    async with relay(kafka, database, database_url):
        deadline = time.monotonic() + WITHIN_S
        while await waiting(database) > 2:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        assert published(kafka, topic) == numbered(2)
        while not REGISTRY.get_sample_value("outbox_oldest_seconds"):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.05)
        kafka_topics.ensure(kafka, [missing])
        await emptied(database)
    assert published(kafka, missing.name) == numbered(2)


@pytest.mark.parametrize(("moment", "times"), [("read", 1), ("written", 1), ("committed", 2)])
async def test_a_relay_that_is_killed_loses_nothing(
    kafka: str, topic: str, database: Database, database_url: str, moment: str, times: int
) -> None:
    await put_each(database, topic, numbered(3))
    with process(kafka, database_url, "one", moment) as dying:
        assert await asyncio.to_thread(dying.wait, WITHIN_S) == -signal.SIGKILL
    assert await waiting(database) == 3
    # it comes back under its own name, and goes on at once
    async with relay(kafka, database, database_url):
        await put_each(database, topic, [(b"k", b"last")])
        await emptied(database)
    assert published(kafka, topic) == [*numbered(3) * times, (b"k", b"last")]


async def test_another_goes_on_where_one_was_killed(
    kafka: str, topic: str, database: Database, database_url: str
) -> None:
    await put_each(database, topic, numbered(3))
    with process(kafka, database_url, "one", "written") as dying:
        assert await asyncio.to_thread(dying.wait, WITHIN_S) == -signal.SIGKILL
    began = time.monotonic()
    async with relay(kafka, database, database_url, "two"):
        await emptied(database)
    assert time.monotonic() - began < 2 * LEASE.total_seconds()
    assert published(kafka, topic) == numbered(3)


async def test_one_that_hung_publishes_nothing_old(
    kafka: str, topic: str, database: Database, database_url: str
) -> None:
    with process(kafka, database_url, "hangs") as hanging:
        await put_each(database, topic, numbered(1))
        await emptied(database)
        hanging.send_signal(signal.SIGSTOP)
        await put_each(database, topic, [(b"k", b"old"), (b"k", b"new")])
        async with relay(kafka, database, database_url, "other"):
            await emptied(database)
            hanging.send_signal(signal.SIGCONT)
            await put_each(database, topic, [(b"k", b"newest")])
            await emptied(database)
    assert published(kafka, topic) == [*numbered(1), (b"k", b"old"), (b"k", b"new"), (b"k", b"newest")]


async def test_writers_at_once_are_published_as_they_were_committed(
    kafka: str, topic: str, database: Database, database_url: str
) -> None:
    committed: list[bytes] = []

    async def write(writer: int) -> None:
        for number in range(10):
            async with database.transaction() as session:
                await put(session, topic=topic, key=b"k", value=f"{writer} {number}".encode())
                await asyncio.sleep(0.001)
                # whoever is here holds the key
                committed.append(f"{writer} {number}".encode())

    with process(kafka, database_url, "one"), process(kafka, database_url, "two"):
        await asyncio.gather(*(write(writer) for writer in range(8)))
        await emptied(database)
    assert [value for _, value in published(kafka, topic)] == committed


async def test_no_record_is_taken_that_kafka_would_refuse(database: Database) -> None:
    with pytest.raises(ValueError, match="bytes"):
        async with database.transaction() as session:
            await put(session, topic="t", key=b"", value=bytes(MAX_BYTES + 1))


async def test_a_lease_is_held_by_one(database: Database) -> None:
    lasting = timedelta(seconds=10)

    async def holds(holder: str, after_s: float) -> str | None:
        async with database.transaction() as session:
            return await hold(session, "work", holder, NOW + timedelta(seconds=after_s), lasting)

    fence = await holds("a", 0)
    assert fence is not None
    # less than half of it is over, so it is not renewed
    assert await holds("a", 4.9) == fence
    assert await holds("b", 9.9) is None
    assert await holds("a", 9.9) == fence
    assert await holds("b", 19.8) is None
    assert await holds("b", 20) == fence
    async with database.transaction() as session:
        await give_back(session, "work", "a", NOW + timedelta(seconds=21))
    assert await holds("a", 21) is None
    async with database.transaction() as session:
        await give_back(session, "work", "b", NOW + timedelta(seconds=21))
    assert await holds("a", 21) == fence
