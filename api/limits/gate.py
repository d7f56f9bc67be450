"""The rate limit with all that it needs, opened and closed with the application."""

import asyncio
from contextlib import AsyncExitStack

import structlog
from redis.exceptions import RedisError

from api.database import Database
from api.limits.admission import Admission
from api.limits.limit import Limit
from api.limits.processes import Processes
from api.limits.rate_limit import RateLimit
from api.limits.shared_buckets import SharedBuckets
from api.limits.tenant_limits import TenantLimits
from api.settings import Settings
from api.usage.request_counts import RequestCounts

TOLD_EVERY_S = 2.0

log = structlog.get_logger(__name__)


class Gate:
    """What lets tenants' requests in."""

    def __init__(self, settings: Settings, database: Database, counts: RequestCounts) -> None:
        # a bucket that never holds a whole token would let nothing through
        default = Limit(settings.requests_per_second, max(1.0, settings.burst))
        self.tenant_limits = TenantLimits(database, default)
        self._buckets = SharedBuckets.at(settings.redis_url, settings.rate_limit_timeout)
        self.processes = Processes(self._buckets.redis, settings.instance)
        self.rate_limit = RateLimit(self._buckets, self.tenant_limits.of, lambda: self.processes.count)
        self.admission = Admission(self.rate_limit, counts)
        self._parts = AsyncExitStack()

    async def open(self) -> None:
        """Start; needs the database, but no Redis yet."""
        self._parts.push_async_callback(self._buckets.close)
        self._parts.push_async_callback(self.rate_limit.close)
        await self.tenant_limits.refresh()
        for work in (self.tenant_limits.run(), self._run()):
            self._parts.callback(asyncio.create_task(work).cancel)
        self._parts.push_async_callback(self.processes.leave)

    async def _run(self) -> None:
        """Tell the other processes of this one, and notice that Redis is back also while nobody asks for anything."""
        while True:
            try:
                await self.processes.tell()
            except RedisError as error:
                log.debug("processes not counted", error=str(error))
            else:
                self.rate_limit.share_again()
            await asyncio.sleep(TOLD_EVERY_S)

    async def close(self) -> None:
        """Let nobody in any more."""
        await self._parts.aclose()
