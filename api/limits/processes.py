"""How many processes of the API there are, so that each knows its share while they cannot ask each other."""

import asyncio
import time

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

NAMES = "aurora:api_processes"
"""ZSET of the processes' names by when they last told that they are there, in s."""
TOLD_EVERY_S = 2.0
GONE_AFTER_S = 10.0

log = structlog.get_logger(__name__)


class Processes:
    """Tells the others that this process is there, and counts them."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis = redis
        self._name = name
        self.count = 1
        """As it was when Redis last answered."""

    async def run(self) -> None:
        """Tell and count for ever."""
        while True:
            try:
                await self.tell()
            except RedisError as error:
                log.debug("processes not counted", error=str(error))
            await asyncio.sleep(TOLD_EVERY_S)

    async def tell(self) -> None:
        """Tell that this process is there, and count all that are. Raises ``RedisError``."""
        now = time.time()
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.zadd(NAMES, {self._name: now})
            pipe.zremrangebyscore(NAMES, "-inf", now - GONE_AFTER_S)
            pipe.zcard(NAMES)
            *_, count = await pipe.execute()
        self.count = max(1, count)

    async def leave(self) -> None:
        """Tell that this process ends, if Redis is there to hear it."""
        try:
            await self._redis.zrem(NAMES, self._name)
        except RedisError:
            # it is missed soon enough
            pass
