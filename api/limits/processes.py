"""How many processes of the API there are, so that each knows its share while they cannot ask each other."""

import time

from redis.asyncio import Redis
from redis.exceptions import RedisError

NAMES = "aurora:api_processes"
"""ZSET of the processes' names by when they last told that they are there, in s."""
GONE_AFTER_S = 10.0


class Processes:
    """Tells the others that this process is there, and counts them."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis = redis
        self._name = name
        self.count = 1
        """As it was when Redis last answered."""

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
