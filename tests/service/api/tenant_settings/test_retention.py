"""What a crash kept from Kafka is found and mended, on each kind of database."""

import asyncio
import time
from datetime import timedelta

import pytest
from service.api.outbox.relaying import settings_for
from sqlalchemy import insert

from api.access.tenants import Region, Tier, create_tenant
from api.clock import utc_now
from api.database import Database
from api.tenant_settings.retention import Retention
from api.tenant_settings.tables import TenantSettingsRow
from ops import topics as kafka_topics
from schemas import topics

pytestmark = pytest.mark.service

WITHIN_S = 15.0


async def test_a_retention_that_kafka_was_not_told_is_applied(kafka: str, database_url: str) -> None:
    database = Database(database_url)
    tenant_id = (await create_tenant(database, "Shop", Region.EU_CENTRAL_1, Tier.STANDARD)).tenant_id
    other_id = (await create_tenant(database, "Other", Region.EU_CENTRAL_1, Tier.STANDARD)).tenant_id
    mine, others = topics.orders(tenant_id), topics.orders(other_id, timedelta(days=20))
    kafka_topics.ensure(kafka, [mine, others])
    row = {"tenant_id": tenant_id, "category": "", "sku": "", "warehouse": "", "updated_at": utc_now()}
    async with database.transaction() as session:
        await session.execute(insert(TenantSettingsRow).values(**row, retention_days=30))

    def kept_days() -> list[float]:
        found = kafka_topics.states(kafka, [mine.name, others.name])
        return [int(found[each.name].config["retention.ms"]) / 86_400_000 for each in (mine, others)]

    retention = Retention(database, settings_for(kafka, database_url, "one"))
    await retention.open()
    try:
        deadline = time.monotonic() + WITHIN_S
        # the other sets nothing, so its topic is as every topic is
        while await asyncio.to_thread(kept_days) != [30, 7]:
            assert time.monotonic() < deadline, kept_days()
            await asyncio.sleep(0.1)
    finally:
        await retention.close()
        await database.close()
