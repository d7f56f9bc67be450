"""A token bucket for each tenant, in this process."""

import time
from collections import OrderedDict
from collections.abc import Callable
from uuid import UUID

MAX_TENANTS = 10_000


class RateLimit:
    """Lets each tenant make ``rate`` requests a second on average, and up to ``burst`` at once."""

    def __init__(self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._burst = max(burst, 1.0)
        self._clock = clock
        # tokens, and when they were counted; least recently used first
        self._buckets: OrderedDict[UUID, tuple[float, float]] = OrderedDict()

    def take(self, tenant_id: UUID) -> float:
        """Take one token. Zero if there was one, else the seconds until there is: the request must not pass."""
        now = self._clock()
        tokens, counted_at = self._buckets.get(tenant_id, (self._burst, now))
        tokens = min(self._burst, tokens + (now - counted_at) * self._rate)
        allowed = tokens >= 1.0
        self._buckets[tenant_id] = (tokens - 1.0 if allowed else tokens, now)
        self._buckets.move_to_end(tenant_id)
        if len(self._buckets) > MAX_TENANTS:
            # the one that was quiet the longest; its bucket is full again by now, unless all of them are very busy
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - tokens) / self._rate
