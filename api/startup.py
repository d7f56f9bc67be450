"""What the API must find before it starts; otherwise it says what is missing, and does not start.

``aurora preflight`` looks at more, such as every topic's settings. This is what no deployment may skip.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from urllib.parse import urlsplit

from redis.asyncio import Redis
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from api.access.sealing import key_of
from api.database import UNANSWERED, Database
from api.health.consumer_lag import ConsumerLag, KafkaAway
from api.health.health import Unwell, check_redis
from api.schema_version import at_newest
from api.settings import Settings
from schemas.topics import SHARED

SECONDS = 5.0
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


async def missing(settings: Settings) -> Sequence[str]:
    """Everything that keeps the API from starting, each as a readable phrase; empty when it may start."""
    wrong = _wrong_settings(settings)
    if wrong:
        return wrong
    async with AsyncExitStack() as parts:
        database = Database(settings.database_url)
        parts.push_async_callback(database.close)
        redis = await parts.enter_async_context(Redis.from_url(settings.redis_url))
        kafka = ConsumerLag(settings.kafka_bootstrap)
        parts.callback(kafka.close)
        found = await asyncio.gather(
            _finding(f"the database {_without_password(settings.database_url)}", _check_database(database)),
            _finding(f"Kafka at {settings.kafka_bootstrap}", _check_topics(kafka)),
            _finding(
                f"the feature registry {settings.feast_registry}", _check_registry(settings.feast_registry)
            ),
            _finding(f"Redis at {settings.redis_host_port}", check_redis(redis)),
        )
    return [finding for finding in found if finding is not None]


def _wrong_settings(settings: Settings) -> Sequence[str]:
    wrong = []
    for name in ("encryption_key", "pii_key"):
        try:
            key_of(getattr(settings, name))
        except ValueError as error:
            wrong.append(f"AURORA_{name.upper()} {error}")
    try:
        make_url(settings.database_url).get_dialect()
    except (ArgumentError, NoSuchModuleError):
        wrong.append("AURORA_DATABASE_URL is not an SQLAlchemy URL of SQLite or PostgreSQL")
    if settings.insecure_cookies and urlsplit(settings.browser_origin).hostname not in LOOPBACK:
        wrong.append(f"AURORA_INSECURE_COOKIES is for this machine alone, not for {settings.browser_origin}")
    return wrong


async def _finding(what: str, check: Awaitable[object]) -> str | None:
    try:
        async with asyncio.timeout(SECONDS):
            await check
    except Unwell as error:
        return f"{what} {error}"
    except TimeoutError:
        return f"{what} does not answer"
    return None


async def _check_database(database: Database) -> None:
    try:
        async with database.engine.connect() as connection:
            migrated = await connection.run_sync(at_newest)
    except UNANSWERED as error:
        raise Unwell(f"does not answer ({_first_line(error)})") from None
    if not migrated:
        raise Unwell("is not migrated")


async def _check_topics(kafka: ConsumerLag) -> None:
    try:
        there = {partition.topic for partition in await kafka.partitions()}
    except KafkaAway as error:
        raise Unwell(f"does not answer ({error})") from None
    lacking = [topic.name for topic in SHARED if topic.name not in there]
    if lacking:
        raise Unwell(f"lacks the topics {', '.join(lacking)}")


async def _check_registry(path: str) -> None:
    # one in an object store is looked at when it is opened
    if "://" not in path and not Path(path).exists():
        raise Unwell("does not exist")


def _without_password(url: str) -> str:
    return make_url(url).render_as_string(hide_password=True)


def _first_line(error: BaseException) -> str:
    return str(error).partition("\n")[0]
