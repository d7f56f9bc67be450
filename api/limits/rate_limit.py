"""The rate limit of each tenant over all processes of the API.

A process holds some tokens of each tenant (at most `Limit.lease`) and spends them without asking anyone. When half of
them are gone it asks the shared bucket for more, and requests go on meanwhile. So over all processes together a tenant
passes in any ``t`` seconds at most ``requests_per_second * t + burst`` requests, and what the processes held when they began:
``lease`` for each process.

While Redis does not answer, each process goes by its share of the limit, the number of processes being what it was last. The
end of an outage may let one more burst pass: the shared bucket has filled up, and knows nothing of what passed.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from api.limits.leases import Lease
from api.limits.limit import Grant, Limit
from api.limits.local_shares import MOST_TENANTS, LocalShares

AWAY_S = 1.0
"""After Redis did not answer, it is not asked again for so long."""

log = structlog.get_logger(__name__)


class Buckets(Protocol):
    """Where tokens come from."""

    async def take(self, tenant_id: UUID, limit: Limit, wanted: int) -> Grant:
        """Up to ``wanted`` tokens; raises ``redis.RedisError``."""


class RateLimit:
    """Of one event loop. ``limit_of`` gives a tenant's limit, ``processes`` how many there are of us."""

    def __init__(
        self,
        buckets: Buckets,
        limit_of: Callable[[UUID], Limit],
        processes: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._buckets = buckets
        self.limit_of = limit_of
        self._processes = processes
        self._clock = clock
        # least recently used first
        self._leases: OrderedDict[UUID, Lease] = OrderedDict()
        self._asking: dict[UUID, asyncio.Task[None]] = {}
        self._local: LocalShares | None = None
        self._away_until = 0.0

    @property
    def is_shared(self) -> bool:
        """Whether the limits hold over all processes; else each goes by a share of its own."""
        return self._local is None

    async def take(self, tenant_id: UUID) -> float:
        """Let a request pass: zero, or else the seconds after which to try again."""
        lease = self._lease(tenant_id)
        while not lease.take():
            wait_s = lease.refused_for(self._clock())
            if wait_s > 0:
                return wait_s
            # one who gives up must not end it for the others
            await asyncio.shield(self._ask(tenant_id, lease))
        if lease.is_low and self._clock() >= lease.ask_from:
            self._ask(tenant_id, lease)
        return 0.0

    def share_again(self) -> None:
        """Redis answers: go by the shared buckets, if it was by shares."""
        self._local = None

    async def close(self) -> None:
        """Wait for what was asked."""
        if self._asking:
            await asyncio.wait(self._asking.values())

    def _lease(self, tenant_id: UUID) -> Lease:
        lease = self._leases.get(tenant_id)
        if lease is None:
            lease = self._leases[tenant_id] = Lease()
            if len(self._leases) > MOST_TENANTS:
                # what it held is lost to its tenant, who was quiet the longest
                self._leases.popitem(last=False)
        self._leases.move_to_end(tenant_id)
        return lease

    def _ask(self, tenant_id: UUID, lease: Lease) -> "asyncio.Task[None]":
        asking = self._asking.get(tenant_id)
        if asking is None:
            asking = self._asking[tenant_id] = asyncio.create_task(self._fill(tenant_id, lease))
        return asking

    async def _fill(self, tenant_id: UUID, lease: Lease) -> None:
        try:
            limit = self.limit_of(tenant_id)
            wanted = max(0, limit.lease - lease.held)
            grant = await self._granted(tenant_id, limit, wanted)
            lease.put(grant, wanted, limit, self._clock())
        finally:
            # by a callback it would be later: who comes in between would wait for what is done, again and again
            del self._asking[tenant_id]

    async def _granted(self, tenant_id: UUID, limit: Limit, wanted: int) -> Grant:
        local = self._local
        if local is None or self._clock() >= self._away_until:
            try:
                grant = await self._buckets.take(tenant_id, limit, wanted)
            except RedisError as error:
                local = self._go_by_shares(error)
            else:
                self.share_again()
                return grant
        return local.take(tenant_id, limit.share(self._processes()), wanted, self._clock())

    def _go_by_shares(self, error: RedisError) -> LocalShares:
        now = self._clock()
        self._away_until = now + AWAY_S
        if self._local is None:
            self._local = LocalShares(now)
            log.warning("rate limits go by shares", processes=self._processes(), error=str(error))
        return self._local
