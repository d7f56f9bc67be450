"""The online store as the API reads it: off the event loop, and always for one tenant."""

import asyncio
from collections.abc import Awaitable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from redis.exceptions import RedisError

from api.alerts.coalescing import Coalescer
from api.alerts.predictions import Incomplete, OfSku, Prediction, Reading
from api.settings import Settings
from api.web.cursor import Cursor
from api.web.problems import Problem

if TYPE_CHECKING:
    from api.alerts.risk_reader import RiskReader

RETRY_AFTER_S = 2
MOST_QUESTIONS = 64
MOST_LOOKED_AT = 2_000
"""Alerts that one page may look at, however few of them it wants."""
LOOK_FURTHER = 500

T = TypeVar("T")


class StoreUnavailable(Problem):
    """The store cannot answer, or would answer in part: it does not answer, or was emptied and is being filled."""

    def __init__(self, detail: str) -> None:
        super().__init__(
            503,
            "Risk store unavailable",
            detail,
            type="unavailable",
            headers={"Retry-After": str(RETRY_AFTER_S)},
        )


@dataclass(frozen=True, slots=True)
class AlertPage:
    """Predictions with an alert in force, newest raised first; ``after`` is where the next page begins, if there is one."""

    predictions: tuple[Prediction, ...]
    fresh_at: datetime | None
    after: Cursor | None


class RiskStore:
    """Opened once in a process. Its reads raise `StoreUnavailable`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # a long page must not stand before the many short questions of checkouts
        self._pages = ThreadPoolExecutor(1, thread_name_prefix="alert-pages")

    async def open(self) -> None:
        """Load Feast and read once, which takes seconds the first time. Needs no Redis yet, but the Feast registry.

        Raises ``feast.errors.FeatureViewNotFoundException`` where ``feast apply`` has not run.
        """
        self._reader = await asyncio.get_running_loop().run_in_executor(self._pages, _load, self._settings)
        self._skus: Coalescer[OfSku, Reading] = Coalescer(self._reader.of_skus, MOST_QUESTIONS)

    async def close(self) -> None:
        self._skus.close()
        self._pages.shutdown(wait=True)
        self._reader.close()

    async def of_sku(self, tenant_id: UUID, sku: str) -> Reading:
        """The predictions of a SKU in each of its warehouses, by name; none for an unknown SKU."""
        return await _available(self._skus.ask(OfSku(tenant_id, sku)))

    async def alerts(
        self, tenant_id: UUID, *, after: Cursor | None, since_ms: int, at_least: float, limit: int
    ) -> AlertPage:
        """A page of the tenant's alerts in force, of this probability or more, raised at ``since_ms`` or later.

        Pages joined by their cursors hold every alert that is in force during the whole walk once, and none twice. A page
        may be short of ``limit`` before the last, where few of many alerts are that probable.
        """
        found: list[Prediction] = []
        looked_at = 0
        while True:
            count = limit if looked_at == 0 else LOOK_FURTHER
            # one more, to know whether there are more
            members, predictions, fresh_at = await self._members(tenant_id, after, since_ms, count + 1)
            for member, prediction in zip(members[:count], predictions, strict=False):
                after = member
                looked_at += 1
                if prediction is None or prediction.alert_since is None:
                    continue
                if prediction.probability >= at_least:
                    found.append(prediction)
                if len(found) == limit:
                    break
            more = bool(members) and after != members[-1]
            if not more or len(found) == limit or looked_at >= MOST_LOOKED_AT:
                return AlertPage(tuple(found), fresh_at, after if more else None)

    async def _members(
        self, tenant_id: UUID, after: Cursor | None, since_ms: int, count: int
    ) -> tuple[list[Cursor], list[Prediction | None], datetime | None]:
        loop = asyncio.get_running_loop()
        return await _available(
            loop.run_in_executor(self._pages, self._reader.alerts, tenant_id, after, since_ms, count)
        )


def _load(settings: Settings) -> "RiskReader":
    # not at the top: Feast takes seconds to import, and most who import this module never open a store
    from api.alerts.risk_reader import RiskReader

    return RiskReader(settings)


async def _available(reading: Awaitable[T]) -> T:
    try:
        return await reading
    except Incomplete:
        raise StoreUnavailable("The predictions are being read in again; ask again in a moment.") from None
    except RedisError:
        raise StoreUnavailable("The store of predictions does not answer; ask again in a moment.") from None
