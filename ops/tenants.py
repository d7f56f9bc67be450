"""A tenant's whole footing: its account, its first client, its topic and its settings."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from api.access.clients import DEFAULT_SCOPES
from api.access.tenants import AccountError, Region, Tenant, Tier, list_tenants
from api.provisioning.tenant_request import TenantRequest
from ops import tenant_life
from ops.accounts_database import on_database
from ops.settings import StackSettings
from ops.topics import TopicState, states
from schemas.topics import Topic, orders

SHORTEST_RETENTION, LONGEST_RETENTION = timedelta(days=7), timedelta(days=30)


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
    made = tenant_life.open_(settings, TenantRequest(name, region, tier, tuple(sorted(scopes))))
    assert made.client is not None and made.client.secret is not None, "it was made just now"
    return Credentials(made.tenant, made.client.client_id, made.client.secret)


def all_tenants(settings: StackSettings) -> Sequence[Tenant]:
    """Every tenant, oldest first. Raises ``SQLAlchemyError`` or ``OSError`` where the database does not answer."""
    return on_database(settings, list_tenants)


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
