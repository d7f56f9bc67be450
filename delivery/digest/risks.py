"""What is at risk at a tenant now: as the API would say it, less what the tenant wants to hear nothing of."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import UUID

from redis.exceptions import RedisError

from api.alerts.predictions import Incomplete, Prediction, Reading
from api.clock import Clock
from api.database import Database
from api.settings import Settings as ApiSettings
from api.suppressions.entries import Name
from api.suppressions.suppressed import suppressed_of
from delivery.digest.contents import LEAST
from delivery.settings import Settings

if TYPE_CHECKING:
    from api.alerts.risk_survey import RiskSurvey


class Unavailable(Exception):
    """The store of predictions does not answer, or is being filled."""


class Risks:
    """Reads off the event loop. Nothing is loaded before the first question: most hours of a day have none."""

    def __init__(self, settings: Settings, database: Database, clock: Clock) -> None:
        self._settings = settings
        self._database = database
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="digest-risks")
        self._survey: "RiskSurvey | None" = None

    async def of(self, tenant_id: UUID) -> Reading:
        """The tenant's predictions above `LEAST`. Raises `Unavailable`."""
        try:
            reading = await asyncio.get_running_loop().run_in_executor(self._thread, self._read, tenant_id)
        except Incomplete:
            raise Unavailable("the store of predictions is being filled") from None
        except RedisError as error:
            raise Unavailable(f"the store of predictions does not answer: {error}") from None
        now_s = int(self._clock().timestamp())
        names = {_name(risk) for risk in reading.predictions}
        unwanted = await suppressed_of(self._database, tenant_id, names, now_s)
        kept = tuple(risk for risk in reading.predictions if _name(risk) not in unwanted)
        return Reading(kept, reading.fresh_at)

    def close(self) -> None:
        """Wait for what is being read."""
        self._thread.shutdown(wait=True)
        if self._survey is not None:
            self._survey.close()

    def _read(self, tenant_id: UUID) -> Reading:
        if self._survey is None:
            self._survey = _load(self._settings)
        return self._survey.those(tenant_id, lambda risk: risk.probability > LEAST)


def _load(settings: Settings) -> "RiskSurvey":
    # not at the top: Feast takes seconds to import, and 200 MB
    from api.alerts.risk_survey import RiskSurvey

    return RiskSurvey(
        ApiSettings(
            redis_url=settings.redis_url,
            redis_read_timeout=settings.redis_read_timeout,
            feature_repo=settings.feature_repo,
            feast_registry=settings.feast_registry,
            encryption_key=settings.encryption_key,
            pii_key=settings.encryption_key,
        )
    )


def _name(risk: Prediction) -> Name:
    return Name(risk.sku, risk.warehouse)
