"""A token bucket for each tenant in this process alone, for as long as the shared ones do not answer."""

import math
from collections import OrderedDict
from uuid import UUID

from api.limits.limit import Grant, Limit

MOST_TENANTS = 10_000


class LocalShares:
    """Buckets that were empty at ``since``: whatever was saved up is in the shared ones."""

    def __init__(self, since: float) -> None:
        self._since = since
        # tokens, and when they were counted; least recently used first
        self._buckets: OrderedDict[UUID, tuple[float, float]] = OrderedDict()

    def take(self, tenant_id: UUID, share: Limit, wanted: int, now: float) -> Grant:
        """Up to ``wanted`` tokens of the tenant's bucket."""
        tokens, counted_at = self._buckets.get(tenant_id, (0.0, self._since))
        tokens = min(share.burst, tokens + max(0.0, now - counted_at) * share.requests_per_second)
        given = min(wanted, math.floor(tokens))
        self._buckets[tenant_id] = (tokens - given, now)
        self._buckets.move_to_end(tenant_id)
        if len(self._buckets) > MOST_TENANTS:
            self._buckets.popitem(last=False)
        return Grant(given, max(0.0, 1.0 - (tokens - given)) / share.requests_per_second)
