"""How long a tenant's topic keeps events: what its settings say, said to Kafka.

A change is applied as it is made. Where Kafka does not answer then, or the process dies before, one process at a time
looks through all tenants every minute, and mends what differs.
"""

import asyncio
from datetime import timedelta
from uuid import UUID

import structlog
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from sqlalchemy import and_, select

from api.clock import utc_now
from api.database import UNANSWERED, Database
from api.outbox.lease import hold
from api.settings import Settings
from api.tables import TenantRow
from api.tenant_settings.tables import TenantSettingsRow
from api.topics import TopicsUnavailable, admin_client, result, states
from schemas.setting_levels import RETENTION_DAYS
from schemas.topics import Topic, orders

WORK = "retention"
LOOK_EVERY = timedelta(minutes=1)
_NAME = "retention.ms"

log = structlog.get_logger(__name__)


class Retention:
    """Keeps Kafka to what tenants set, for as long as it is open."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        # a change must not overtake a later one
        self._applying = asyncio.Lock()

    async def open(self) -> None:
        self._running = asyncio.create_task(self._run())

    async def close(self) -> None:
        self._running.cancel()
        await asyncio.gather(self._running, return_exceptions=True)

    async def apply(self, tenant_id: UUID) -> None:
        """Bring a tenant's topic to what its settings say now. What fails is logged, and mended later."""
        async with self._applying:
            try:
                wanted = await self._wanted(tenant_id)
                await asyncio.to_thread(_mend, self._settings.kafka_bootstrap, wanted)
            except (TopicsUnavailable, *UNANSWERED) as error:
                log.warning("retention not applied", tenant_id=str(tenant_id), error=str(error))

    async def _run(self) -> None:
        while True:
            try:
                async with self._database.transaction() as session:
                    ours = await hold(session, WORK, self._settings.instance, utc_now(), 2 * LOOK_EVERY)
                if ours:
                    async with self._applying:
                        wanted = await self._wanted()
                        await asyncio.to_thread(_mend, self._settings.kafka_bootstrap, wanted)
            except (TopicsUnavailable, *UNANSWERED) as error:
                log.warning("retention not looked at", error=str(error))
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    async def _wanted(self, tenant_id: UUID | None = None) -> dict[UUID, int]:
        """Days, of one tenant or of all."""
        table = TenantSettingsRow
        whole = and_(
            *(table.tenant_id == TenantRow.tenant_id, table.category == "", table.sku == ""),
            table.warehouse == "",
        )
        wanted = select(TenantRow.tenant_id, table.retention_days).outerjoin(table, whole)
        if tenant_id is not None:
            wanted = wanted.where(TenantRow.tenant_id == tenant_id)
        async with self._database.transaction() as session:
            return {tenant: days or RETENTION_DAYS for tenant, days in await session.execute(wanted)}


def _mend(bootstrap: str, wanted: dict[UUID, int]) -> None:
    """Blocks. A topic that is not there is left alone."""
    kept = {topic.name: topic.config[_NAME] for topic in _topics(wanted)}
    found = states(bootstrap, kept.keys())
    wrong = [name for name, state in found.items() if state.config.get(_NAME) != kept[name]]
    if not wrong:
        return
    admin = admin_client(bootstrap)
    resources = [
        ConfigResource(
            ResourceType.TOPIC,
            name,
            incremental_configs=[ConfigEntry(_NAME, kept[name], incremental_operation=AlterConfigOpType.SET)],
        )
        for name in wrong
    ]
    for future in admin.incremental_alter_configs(resources).values():
        result(future)
    log.info("retention applied", topics=wrong)


def _topics(wanted: dict[UUID, int]) -> list[Topic]:
    return [orders(tenant_id, timedelta(days=days)) for tenant_id, days in wanted.items()]
