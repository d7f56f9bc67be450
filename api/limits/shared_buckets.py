"""The buckets that all processes share, in Redis: a token bucket for each tenant, asked for many tokens at a time."""

from datetime import timedelta
from typing import Self
from uuid import UUID

from redis.asyncio import Redis

from api.limits.limit import Grant, Limit

# by the clock of Redis, the only one that all processes share. A bucket that is full by now says nothing, so it expires
_TAKE = """
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local bucket = redis.call('HMGET', KEYS[1], 'tokens', 'counted_at')
local tokens = burst
if bucket[1] then
    tokens = math.min(burst, tonumber(bucket[1]) + math.max(0, now - tonumber(bucket[2])) * rate)
end
local given = math.min(wanted, math.floor(tokens))
tokens = tokens - given
redis.call('HSET', KEYS[1], 'tokens', string.format('%.9f', tokens), 'counted_at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return {given, string.format('%.6f', math.max(0, 1 - tokens) / rate)}
"""


class SharedBuckets:
    """Raises ``redis.RedisError`` where Redis does not answer in time."""

    def __init__(self, redis: Redis) -> None:
        self.redis = redis
        self._take = redis.register_script(_TAKE)

    @classmethod
    def at(cls, url: str, timeout: timedelta) -> Self:
        """The buckets in this Redis; requests wait for it no longer than ``timeout``."""
        seconds = timeout.total_seconds()
        return cls(Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds))

    async def close(self) -> None:
        await self.redis.aclose()

    async def take(self, tenant_id: UUID, limit: Limit, wanted: int) -> Grant:
        """Up to ``wanted`` tokens of the tenant's bucket."""
        given, wait_s = await self._take(
            keys=[f"aurora:rate_limit:{tenant_id}"],
            args=[repr(limit.requests_per_second), repr(limit.burst), wanted],
        )
        return Grant(int(given), float(wait_s))
