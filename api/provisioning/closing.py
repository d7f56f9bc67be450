"""Removing a tenant, step by step. Its access goes first; its audit log stays."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.audit_log import Actor, record
from api.outbox.outbox import put_many
from api.provisioning.at_kafka import at_kafka
from api.provisioning.operations import Kind
from api.provisioning.steps import Step, StepFailed, worked
from api.provisioning.tables import OperationRow
from api.provisioning.tenant_records import keys_of, take_back
from api.provisioning.tenant_rows import removals
from api.provisioning.topic_access import NOT_ENFORCED, withdraw
from api.settings import Settings
from api.topics import remove
from schemas import online_store, topics

ACCESS = "access"
"""The first step, done when the operation is begun."""
NAMES = (ACCESS, "topic", "topic-access", "predictions", "online-store", "database")

TOLD = (topics.SETTINGS, topics.MODELS, topics.SUPPRESSIONS)
"""Compacted topics that tell the stream of the tenant; what is taken back there goes by the outbox, as what was put."""

WRITER_LIMIT_S = 10.0
POLL_S = 0.1


def steps(
    operation: OperationRow, name: str, actor: Actor, settings: Settings, redis: Redis
) -> Sequence[Step[Any]]:
    """The steps after the first. ``name`` is the tenant's, for the audit log."""
    tenant_id, kafka = operation.tenant_id, settings.kafka_bootstrap

    async def remove_topic() -> str | None:
        await at_kafka(remove, kafka, topics.orders(tenant_id).name)
        return None

    async def withdraw_access() -> str | None:
        return None if await at_kafka(withdraw, kafka, tenant_id) else NOT_ENFORCED

    async def take_predictions_back() -> str | None:
        keys = await at_kafka(keys_of, kafka, topics.PREDICTIONS, tenant_id)
        await at_kafka(take_back, kafka, topics.PREDICTIONS, [key for key, live in keys.items() if live])
        return f"{len(keys)} SKUs in their warehouses"

    async def await_online_store() -> str | None:
        keys = await at_kafka(keys_of, kafka, topics.PREDICTIONS, tenant_id)
        await _until_gone(redis, tenant_id, {key.decode().split("|")[1] for key in keys})
        return None

    async def told_keys() -> dict[str, list[bytes]]:
        return {each.name: [*await at_kafka(keys_of, kafka, each, tenant_id)] for each in TOLD}

    async def remove_rows(session: AsyncSession, told: dict[str, list[bytes]]) -> str | None:
        for removal in removals(tenant_id):
            await session.execute(removal)
        made = OperationRow.tenant_id == tenant_id, OperationRow.kind == Kind.OPENING
        await session.execute(delete(OperationRow).where(*made))
        for topic, keys in told.items():
            await put_many(session, topic=topic, records=[(key, None) for key in keys])
        await record(
            session,
            actor=actor,
            action="tenant.deleted",
            tenant_id=tenant_id,
            subject=f"tenant/{tenant_id}",
            before={"name": name},
        )
        return None

    return [
        worked("topic", remove_topic),
        worked("topic-access", withdraw_access),
        worked("predictions", take_predictions_back),
        worked("online-store", await_online_store),
        Step("database", told_keys, remove_rows),
    ]


async def _until_gone(redis: Redis, tenant_id: UUID, skus: set[str]) -> None:
    """Return once the feature writer has removed what it served of these SKUs."""
    names = [online_store.alerts(str(tenant_id))]
    names += [online_store.warehouses(str(tenant_id), sku) for sku in sorted(skus)]
    deadline = time.monotonic() + WRITER_LIMIT_S
    try:
        while left := await redis.exists(*names):
            if time.monotonic() > deadline:
                raise StepFailed(f"the feature writer has not removed {left} of {len(names)} entries yet")
            await asyncio.sleep(POLL_S)
    except RedisError as error:
        raise StepFailed(f"Redis: {error}") from error
