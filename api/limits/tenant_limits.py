"""Which limit a tenant has, as a process knows it: read from the database every few seconds, so that no request waits."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import structlog
from sqlalchemy import select

from api.database import UNANSWERED, Database
from api.limits.limit import Limit
from api.limits.tables import TenantLimitRow

REFRESH_S = 5.0

log = structlog.get_logger(__name__)


class TenantLimits:
    """The limits that the operator set, and ``default`` for all others."""

    def __init__(self, database: Database, default: Limit) -> None:
        self._database = database
        self.default = default
        self._set: Mapping[UUID, Limit] = {}

    def of(self, tenant_id: UUID) -> Limit:
        """The tenant's limit."""
        return self._set.get(tenant_id, self.default)

    async def refresh(self) -> None:
        """Read them again. Raises what is in ``UNANSWERED``."""
        async with self._database.transaction() as session:
            rows = await session.scalars(select(TenantLimitRow))
            self._set = {row.tenant_id: Limit(row.requests_per_second, row.burst) for row in rows}

    async def run(self) -> None:
        """Refresh for ever; while the database does not answer, what was read last holds."""
        while True:
            try:
                await self.refresh()
            except UNANSWERED as error:
                log.warning("limits not read", error=f"{type(error).__name__}: {error}")
            await asyncio.sleep(REFRESH_S)
