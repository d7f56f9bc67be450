"""How far event time has come for a tenant, as far as this subtask has heard since it started.

A SKU of which nothing is heard has sold nothing only if the tenant's feed is alive. So time passes for a quiet SKU up
to the newest event that was heard of from its tenant, and where none was heard it does not pass at all: a feed that is
silent must not teach that nothing sells.
"""

from udfs.combined import MINUTE_MS

LATE_MINUTES = 5
"""Events may come so much later than others of the same tenant and still be in time."""
HISTORY_MS = 2 * 86_400_000
"""Events older than this are history that is being read again. Its SKUs come one after the other, so the newest event
of one says nothing of the others. A feed that is delivered every night is not so old."""


class EventClock:
    """The newest event minute heard of, by tenant."""

    def __init__(self) -> None:
        self._newest_minutes: dict[str, int] = {}

    def heard(self, tenant_id: str, occurred_ms: int, now_ms: int) -> None:
        """An event of the tenant came at ``now_ms``. One of the future counts as of now."""
        if occurred_ms < now_ms - HISTORY_MS:
            return
        minute = min(occurred_ms, now_ms) // MINUTE_MS
        if minute > self._newest_minutes.get(tenant_id, minute - 1):
            self._newest_minutes[tenant_id] = minute

    def passed_minute(self, tenant_id: str) -> int | None:
        """The minute before which all events of the tenant should be known; None where nothing tells."""
        newest = self._newest_minutes.get(tenant_id)
        return None if newest is None else newest - LATE_MINUTES
