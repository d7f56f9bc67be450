"""What the API tells Prometheus of webhooks: counted here, and kept in Redis as the feature writer's counts are."""

import asyncio
from collections import Counter

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from api.clock import utc_now
from api.database import UNANSWERED, Database
from delivery.webhooks import outbox
from schemas.online_store import WEBHOOK_OLDEST_WAITING, WEBHOOK_TRIES

log = structlog.get_logger(__name__)

EVERY_S = 5.0


class Counts:
    """Tries by what they came to. A crash loses those of the last seconds."""

    def __init__(self, redis_url: str, database: Database) -> None:
        self._redis: Redis = Redis.from_url(redis_url, socket_timeout=2, socket_connect_timeout=2)
        self._database = database
        self._tries: Counter[str] = Counter()

    def count(self, state: str) -> None:
        """One more try that left its delivery so: ``delivered``, ``waiting`` or ``failed``."""
        self._tries["retried" if state == "waiting" else state] += 1

    async def run(self) -> None:
        """Write them now and then until it is cancelled."""
        try:
            while True:
                await asyncio.sleep(EVERY_S)
                await self._write()
        finally:
            await self._write()
            await self._redis.aclose()

    async def _write(self) -> None:
        told, self._tries = self._tries, Counter()
        try:
            async with self._database.transaction() as session:
                oldest = await outbox.oldest_waiting(session)
            seconds = 0.0 if oldest is None else (utc_now() - oldest).total_seconds()
            async with self._redis.pipeline() as pipeline:
                for outcome, number in told.items():
                    pipeline.hincrby(WEBHOOK_TRIES, outcome, number)
                pipeline.set(WEBHOOK_OLDEST_WAITING, f"{max(seconds, 0):.3f}")
                await pipeline.execute()
        except (RedisError, *UNANSWERED) as error:
            self._tries += told
            log.warning("counts of webhooks not written", error=str(error)[:300])
