"""What is done to tenants from the command line: by the API's own code, in this process."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from redis.asyncio import Redis

from api.alerts.risk_store import RiskStore
from api.database import Database
from api.provisioning.archive import Archives
from api.provisioning.known_tenants import KnownTenant
from api.provisioning.provisioning import Provisioning
from api.provisioning.steps import StepState
from api.provisioning.tenant_request import TenantRequest
from api.settings import Settings
from api.suppressions.suppression_store import SuppressionStore
from ops.environment import environment_of
from ops.operator import operator
from ops.settings import StackSettings

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class _Parts:
    settings: Settings
    database: Database
    redis: Redis
    provisioning: Provisioning


def open_(stack: StackSettings, wanted: TenantRequest, key: str | None = None) -> KnownTenant:
    """Make a tenant. Raises ``AccountError``, or ``Incomplete`` where a step fails; so do the others."""
    return _run(stack, lambda parts: parts.provisioning.open(wanted, operator(), key))


def suspend(stack: StackSettings, tenant_id: UUID) -> KnownTenant:
    """Take away the tenant's access. A running API follows within ten seconds."""
    return _run(stack, lambda parts: parts.provisioning.suspend(tenant_id, operator()))


def resume(stack: StackSettings, tenant_id: UUID) -> KnownTenant:
    """Let the tenant be active again: finish its making, and end its suspension."""
    return _run(stack, lambda parts: parts.provisioning.resume(tenant_id, operator()))


def close(stack: StackSettings, tenant_id: UUID) -> Sequence[StepState]:
    """Remove the tenant and all that is its own. The API must run, which tells the stream."""
    return _run(stack, lambda parts: parts.provisioning.close(tenant_id, operator()))


def export(stack: StackSettings, tenant_id: UUID, file: Path) -> int:
    """Write the tenant's archive to a file, whole or not at all; returns its bytes."""
    return _run(stack, lambda parts: _export(parts, tenant_id, file))


async def _export(parts: _Parts, tenant_id: UUID, file: Path) -> int:
    known = await parts.provisioning.find(tenant_id)
    store, suppressions = RiskStore(parts.settings), SuppressionStore(
        parts.database, parts.settings.max_suppressions
    )
    await store.open()
    draft, size = file.with_name(f".{file.name}.draft"), 0
    try:
        archives = Archives(parts.database, parts.redis, store, suppressions, parts.settings)
        # it holds what is nobody else's to read
        draft.touch(mode=0o600)
        with draft.open("wb") as out:
            async for chunk in archives.of(known):
                size += out.write(chunk)
        draft.rename(file)
    finally:
        draft.unlink(missing_ok=True)
        suppressions.close()
        await store.close()
    return size


def _run(stack: StackSettings, work: Callable[[_Parts], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        async with AsyncExitStack() as opened:
            settings = api_settings(stack)
            database = Database(settings.database_url)
            opened.push_async_callback(database.close)
            redis = await opened.enter_async_context(Redis.from_url(settings.redis_url))
            return await work(_Parts(settings, database, redis, Provisioning(database, redis, settings)))

    return asyncio.run(run())


def api_settings(stack: StackSettings) -> Settings:
    """The settings of this stack's API."""
    named = {name.removeprefix("AURORA_").lower(): value for name, value in environment_of(stack).items()}
    return Settings.model_validate(named)
