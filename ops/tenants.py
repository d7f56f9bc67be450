"""A tenant's whole footing: its account, its first client, its topic and its settings."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from api.access.clients import DEFAULT_SCOPES, create_client
from api.access.tenants import AccountError, Region, Tenant, Tier, create_tenant, list_tenants
from api.database import Database
from ops.settings import StackSettings
from ops.topics import TopicState, ensure, states
from schemas.topics import Topic, orders

SHORTEST_RETENTION, LONGEST_RETENTION = timedelta(days=7), timedelta(days=30)

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Credentials:
    """A new tenant with its first client; the secret is not kept anywhere."""

    tenant: Tenant
    client_id: str
    secret: str = field(repr=False)


def open_tenant(
    settings: StackSettings,
    name: str,
    region: Region,
    tier: Tier,
    scopes: Collection[str] = DEFAULT_SCOPES,
) -> Credentials:
    """Create all that a tenant needs, with a client of these scopes.

    Raises `AccountError`, or `TopicsUnavailable` before anything is made.
    """
    states(settings.kafka_bootstrap, [])
    credentials = asyncio.run(
        _with_database(settings.database_url, lambda db: _accounts(db, name, region, tier, scopes))
    )
    tenant_id = credentials.tenant.tenant_id
    ensure(settings.kafka_bootstrap, [orders(tenant_id)])
    return credentials


def all_tenants(settings: StackSettings) -> Sequence[Tenant]:
    """Every tenant, oldest first. Raises ``SQLAlchemyError`` or ``OSError`` where the database does not answer."""
    return asyncio.run(_with_database(settings.database_url, list_tenants))


def tenant_named(settings: StackSettings, name: str) -> Tenant:
    """The tenant of this name or id. Raises `AccountError`."""
    for tenant in all_tenants(settings):
        if name in (tenant.name, str(tenant.tenant_id)):
            return tenant
    raise AccountError(f"there is no tenant {name}")


def order_topics(tenant_ids: Collection[UUID], found: dict[str, TopicState]) -> list[Topic]:
    """The tenants' topics as they should be. How long one keeps its events is the tenant's own choice of 7 to 30 days."""
    return [_order_topic(orders(tenant_id), tenant_id, found) for tenant_id in tenant_ids]


def _order_topic(default: Topic, tenant_id: UUID, found: dict[str, TopicState]) -> Topic:
    if default.name not in found:
        return default
    kept = timedelta(milliseconds=int(found[default.name].config["retention.ms"]))
    return orders(tenant_id, kept) if SHORTEST_RETENTION <= kept <= LONGEST_RETENTION else default


async def _accounts(
    database: Database, name: str, region: Region, tier: Tier, scopes: Collection[str]
) -> Credentials:
    tenant = await create_tenant(database, name, region, tier)
    client = await create_client(database, tenant.tenant_id, scopes)
    return Credentials(tenant, client.client.client_id, client.secret)


async def _with_database(url: str, work: Callable[[Database], Awaitable[Answer]]) -> Answer:
    database = Database(url)
    try:
        return await work(database)
    finally:
        await database.close()
