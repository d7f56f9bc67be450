"""All of a tenant's predictions at once, for what is made of them once a day. Imports Feast, which takes seconds."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from redis import Redis

from api.alerts.predictions import OfSku, Prediction, Reading
from api.alerts.risk_reader import RiskReader
from api.settings import Settings
from schemas import online_store as keys

SCAN_AT_ONCE = 1_000
"""A third of a millisecond of Redis' time, in which checkouts wait."""
SKUS_AT_ONCE = 256


class RiskSurvey:
    """Blocking. Its method raises what those of `RiskReader` do."""

    def __init__(self, settings: Settings) -> None:
        """Takes seconds."""
        self._reader = RiskReader(settings)
        timeout = settings.redis_read_timeout.total_seconds()
        self._redis: Redis = Redis.from_url(
            settings.redis_url,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            decode_responses=True,
        )

    def close(self) -> None:
        self._reader.close()
        self._redis.close()

    def those(self, tenant_id: UUID, wanted: Callable[[Prediction], bool]) -> Reading:
        """The tenant's predictions that are wanted, in no order, whether an alert is in force or not.

        A SKU that had a prediction all the while is looked at once; one that just came or went, perhaps.
        """
        start = keys.warehouses(str(tenant_id), "")
        names = self._redis.scan_iter(match=f"{start}*", count=SCAN_AT_ONCE)
        questions = [OfSku(tenant_id, name.removeprefix(start)) for name in {*names}]
        found: list[Prediction] = []
        fresh_at: datetime | None = None
        # once where there is no SKU too: an empty store may be one that is being filled
        for first in range(0, len(questions) or 1, SKUS_AT_ONCE):
            for reading in self._reader.of_skus(questions[first : first + SKUS_AT_ONCE]):
                found += filter(wanted, reading.predictions)
                # the first reading is the oldest
                fresh_at = fresh_at or reading.fresh_at
        return Reading(tuple(found), fresh_at)
