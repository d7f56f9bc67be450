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
from api.clock import utc_now
from api.outbox.outbox import put, put_many
from api.provisioning.at_kafka import at_kafka
from api.provisioning.operations import Kind
from api.provisioning.steps import Step, StepFailed, recorded, worked
from api.provisioning.tables import OperationRow
from api.provisioning.tenant_records import keys_of, take_back
from api.provisioning.tenant_rows import removals
from api.provisioning.topic_access import NOT_ENFORCED, withdraw
from api.settings import Settings
from api.topics import remove
from schemas import online_store, topics
from schemas.encoding import encoder
from schemas.setting_levels import THRESHOLD, WHOLE_TENANT, key_of

ACCESS = "access"
"""The first step, done when the operation is begun."""
NAMES = (ACCESS, "stream", "topic", "topic-access", "predictions", "online-store", "database")

LATECOMERS = ("predictions", "online-store")
"""Steps that a repeated removal does again: a stream that was down meanwhile may have written once more."""

TOLD = (topics.SETTINGS, topics.MODELS, topics.SUPPRESSIONS, topics.PREDICTION_DELETIONS)
"""Compacted topics that tell the stream of the tenant; what is taken back there goes by the outbox, as what was put."""

PREDICTIONS_LIMIT_S = 15.0
"""The stream hears that a tenant is no more within a second or so; until then it may write predictions of it."""
QUIET_S = 2.0
WRITER_LIMIT_S = 10.0
POLL_S = 0.1


def steps(
    operation: OperationRow, name: str, actor: Actor, settings: Settings, redis: Redis
) -> Sequence[Step[Any]]:
    """The steps after the first. ``name`` is the tenant's, for the audit log."""
    tenant_id, kafka = operation.tenant_id, settings.kafka_bootstrap

    async def tell_stream(session: AsyncSession) -> None:
        key, value = _no_more(tenant_id)
        await put(session, topic=topics.SETTINGS.name, key=key, value=value)

    async def remove_topic() -> str | None:
        await at_kafka(remove, kafka, topics.orders(tenant_id).name)
        return None

    async def withdraw_access() -> str | None:
        return None if await at_kafka(withdraw, kafka, tenant_id) else NOT_ENFORCED

    async def take_predictions_back() -> str | None:
        deadline = time.monotonic() + PREDICTIONS_LIMIT_S
        while True:
            keys = await at_kafka(keys_of, kafka, topics.PREDICTIONS, tenant_id)
            live = [key for key, has_value in keys.items() if has_value]
            if not live:
                return None
            if time.monotonic() > deadline:
                raise StepFailed(f"the stream still writes predictions: {len(live)} of {len(keys)}")
            await at_kafka(take_back, kafka, topics.PREDICTIONS, live)
            await asyncio.sleep(QUIET_S)

    async def await_online_store() -> str | None:
        keys = await at_kafka(keys_of, kafka, topics.PREDICTIONS, tenant_id)
        await _until_gone(redis, str(tenant_id), {key.decode().split("|")[1] for key in keys})
        return None

    async def told_keys() -> dict[str, list[bytes]]:
        found = {each.name: [*await at_kafka(keys_of, kafka, each, tenant_id)] for each in TOLD}
        # it stays, for a stream that comes back from before the removal
        closed, _ = _no_more(tenant_id)
        return {name: [key for key in keys if key != closed] for name, keys in found.items()}

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
        recorded("stream", tell_stream),
        worked("topic", remove_topic),
        worked("topic-access", withdraw_access),
        worked("predictions", take_predictions_back),
        worked("online-store", await_online_store),
        Step("database", told_keys, remove_rows),
    ]


def _no_more(tenant_id: UUID) -> tuple[bytes, bytes]:
    """The record of the settings' topic by which the stream forgets the tenant."""
    now = utc_now()
    record = {
        "tenant_id": str(tenant_id),
        **{"threshold": THRESHOLD, "threshold_is_set": False, "updated_at": now, "closed_at": now},
    }
    return key_of(str(tenant_id), WHOLE_TENANT).encode(), encoder(topics.SETTINGS.schema)(record)


async def _until_gone(redis: Redis, tenant_id: str, skus: set[str]) -> None:
    """Return once the feature writer has removed what it served of these SKUs."""
    names = [online_store.alerts(tenant_id)]
    names += [online_store.warehouses(tenant_id, sku) for sku in sorted(skus)]
    deadline = time.monotonic() + WRITER_LIMIT_S
    try:
        await redis.delete(online_store.deletions(tenant_id), online_store.hidden(tenant_id))
        while left := await redis.exists(*names):
            if time.monotonic() > deadline:
                raise StepFailed(f"the feature writer has not removed {left} of {len(names)} entries yet")
            await asyncio.sleep(POLL_S)
    except RedisError as error:
        raise StepFailed(f"Redis: {error}") from error
