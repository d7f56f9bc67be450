"""What the API depends on, and how each part says that it is well."""

import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text

from api.database import UNANSWERED, Database
from api.health.consumer_lag import ConsumerLag, KafkaAway
from api.ingest.gateway import Gateway
from api.limits.gate import Gate
from schemas import online_store
from schemas.topics import ORDERS_PATTERN, PREDICTIONS

JOB = "stock_risk"
JOB_GROUP = "stock-risk"
WRITER_GROUP = "feature-writer-online"
# beyond these a reader works, but not as it should: what it shows is old
MOST_LAG = 1_000_000
OLDEST_CHECKPOINT_SECONDS = 180.0
OLDEST_STORE_SECONDS = 60.0


class Unwell(Exception):
    """A part that cannot be used now; the message is for everyone, so it names no address and no tenant."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: whether all is as it should be, and figures."""

    good: bool
    figures: Mapping[str, float]
    reason: str | None = None


Check = Callable[[], Awaitable[Finding]]


def checks(
    database: Database,
    kafka: ConsumerLag,
    redis: Redis,
    flink: httpx.AsyncClient,
    gateway: Gateway,
    gate: Gate,
) -> Mapping[str, Check]:
    """The checks by the name of what they look at."""
    return {
        "database": lambda: check_database(database),
        "kafka": lambda: check_kafka(kafka),
        "event_log": lambda: check_event_log(gateway),
        "redis": lambda: check_redis(redis),
        "rate_limit": lambda: check_rate_limit(gate),
        "flink": lambda: check_job(flink),
        "risk_job": lambda: check_lag(kafka, JOB_GROUP, reads_orders),
        "feature_writer": lambda: check_lag(kafka, WRITER_GROUP, reads_predictions),
        "online_store": lambda: check_online_store(redis),
        "predictions": lambda: check_predictions(redis),
    }


async def check_database(database: Database) -> Finding:
    """It answers; whether it is migrated is asked once, at the start."""
    try:
        async with database.transaction() as session:
            await session.execute(text("SELECT 1"))
    except UNANSWERED:
        raise Unwell("does not answer") from None
    return Finding(True, {})


async def check_kafka(kafka: ConsumerLag) -> Finding:
    """It tells what topics it has."""
    try:
        await kafka.partitions()
    except KafkaAway:
        raise Unwell("does not answer") from None
    return Finding(True, {})


async def check_event_log(gateway: Gateway) -> Finding:
    """Events that come now can be written."""
    if not gateway.healthy:
        raise Unwell("does not take events")
    return Finding(True, {})


async def check_redis(redis: Redis) -> Finding:
    """It answers."""
    try:
        await redis.ping()
    except RedisError:
        raise Unwell("does not answer") from None
    return Finding(True, {})


async def check_rate_limit(gate: Gate) -> Finding:
    """It holds over all processes of the API."""
    shared = gate.rate_limit.is_shared
    reason = None if shared else "each process goes by its share, while Redis does not answer"
    return Finding(shared, {"processes": gate.processes.count}, reason)


async def check_job(flink: httpx.AsyncClient) -> Finding:
    """The risk job runs and takes checkpoints."""
    try:
        jobs = (await _get(flink, "/v1/jobs/overview"))["jobs"]
        running = [job["jid"] for job in jobs if job["name"] == JOB and _runs(job)]
        if not running:
            raise Unwell("does not run the job")
        latest = (await _get(flink, f"/v1/jobs/{running[0]}/checkpoints"))["latest"]["completed"]
    except (httpx.HTTPError, ValueError, LookupError, TypeError):
        raise Unwell("does not answer") from None
    if latest is None:
        return Finding(False, {})
    age = time.time() - latest["latest_ack_timestamp"] / 1000
    return Finding(age <= OLDEST_CHECKPOINT_SECONDS, {"checkpoint_age_s": round(age, 1)})


def _runs(job: Mapping[str, Any]) -> bool:
    """Whether all of it does: Flink calls a job running also while its tasks wait for a slot or for their state."""
    tasks = job["tasks"]
    return bool(job["state"] == "RUNNING" and tasks["running"] == tasks["total"])


async def check_lag(kafka: ConsumerLag, group: str, reads: Callable[[str], bool]) -> Finding:
    """The group keeps up with what is written."""
    try:
        lag = await kafka.lag(group, reads)
    except KafkaAway:
        raise Unwell("cannot be known while Kafka does not answer") from None
    return Finding(lag <= MOST_LAG, {"lag": lag})


async def check_online_store(redis: Redis) -> Finding:
    """It holds every prediction up to a moment ago."""
    try:
        async with redis.pipeline(transaction=False) as pipeline:
            pipeline.exists(online_store.COMPLETE)
            pipeline.hvals(online_store.FRESH_AT)
            complete, fresh_at = await pipeline.execute()
    except RedisError:
        raise Unwell("cannot be read while Redis does not answer") from None
    if not complete:
        raise Unwell("is being filled")
    if not fresh_at:
        return Finding(False, {})
    age = time.time() - min(map(int, fresh_at)) / 1000
    return Finding(age <= OLDEST_STORE_SECONDS, {"age_s": round(age, 1)})


async def check_predictions(redis: Redis) -> Finding:
    """They are served within seconds of their events. The lag of a reader tells nothing of time."""
    try:
        late_ms = await redis.get(online_store.LATE)
    except RedisError:
        raise Unwell("cannot be read while Redis does not answer") from None
    if late_ms is None:
        return Finding(True, {})
    seconds = round(int(late_ms) / 1000, 1)
    return Finding(False, {"late_s": seconds}, f"what was received was served {seconds} s later")


def reads_orders(topic: str) -> bool:
    """Whether the risk job reads the topic."""
    return re.fullmatch(ORDERS_PATTERN, topic) is not None


def reads_predictions(topic: str) -> bool:
    """Whether the feature writer reads the topic."""
    return topic == PREDICTIONS.name


async def _get(flink: httpx.AsyncClient, path: str) -> Any:
    response = await flink.get(path)
    return response.raise_for_status().json()
