"""Making a tenant, step by step. Its client comes last, so that nobody is let in before all else is there."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.access.clients import client_row
from api.access.sealing import seal
from api.audit.audit_log import Actor, record
from api.provisioning.at_kafka import at_kafka
from api.provisioning.steps import Step, recorded, worked
from api.provisioning.tables import OperationRow
from api.provisioning.tenant_request import TenantRequest
from api.provisioning.topic_access import NOT_ENFORCED, allow
from api.settings import Settings
from api.tables import ClientRow
from api.tenant_settings.setting import Setting
from api.tenant_settings.setting_store import lock, set_at
from api.topics import ensure
from schemas.setting_levels import WHOLE_TENANT
from schemas.topics import orders

ACCOUNT = "account"
"""The first step, done when the operation is begun."""
NAMES = (ACCOUNT, "topic", "topic-access", "settings", "client")


def secret_context(operation_id: UUID) -> bytes:
    """To what the sealed secret of an operation's client is bound."""
    return b"tenant-operation/" + str(operation_id).encode()


def steps(
    operation: OperationRow, wanted: TenantRequest, actor: Actor, settings: Settings, encryption_key: bytes
) -> Sequence[Step[Any]]:
    """The steps after the first."""
    tenant_id, kafka = operation.tenant_id, settings.kafka_bootstrap

    async def make_topic() -> str | None:
        topic = orders(tenant_id, timedelta(days=wanted.retention_days))
        await at_kafka(ensure, kafka, [topic])
        return None

    async def allow_access() -> str | None:
        enforced = await at_kafka(allow, kafka, tenant_id, settings.kafka_principal)
        return None if enforced else NOT_ENFORCED

    async def set_defaults(session: AsyncSession) -> None:
        await lock(session, tenant_id)
        setting = Setting(time_zone=wanted.time_zone, retention_days=wanted.retention_days)
        await set_at(session, actor, tenant_id, WHOLE_TENANT, setting)

    async def make_client() -> tuple[ClientRow, str]:
        return await asyncio.to_thread(client_row, tenant_id, wanted.scopes)

    async def keep_client(session: AsyncSession, made: tuple[ClientRow, str]) -> str | None:
        client, secret = made
        session.add(client)
        kept = await session.get_one(OperationRow, operation.operation_id)
        kept.client_id = client.client_id
        kept.sealed_secret = seal(encryption_key, secret.encode(), secret_context(operation.operation_id))
        await record(
            session,
            actor=actor,
            action="client.created",
            tenant_id=tenant_id,
            subject=f"client/{client.client_id}",
            after={"scopes": client.scopes.split()},
        )
        return None

    return [
        worked("topic", make_topic),
        worked("topic-access", allow_access),
        recorded("settings", set_defaults),
        Step("client", make_client, keep_client),
    ]
