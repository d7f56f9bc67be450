"""Tenants: the retailers whose stock is watched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from api.access.operators import OPERATOR
from api.database import Database
from api.tables import TenantRow

LONGEST_NAME = 100


class Region(StrEnum):
    """Where a tenant's data stays."""

    EU_CENTRAL_1 = "eu-central-1"
    US_EAST_1 = "us-east-1"


class Tier(StrEnum):
    """What a tenant pays for."""

    STANDARD = "standard"
    PREMIUM = "premium"


class AccountError(ValueError):
    """A change of an account that cannot be made; the message is one readable line."""


@dataclass(frozen=True, slots=True)
class Tenant:
    """A retailer; a suspended one keeps its data but gets no tokens."""

    tenant_id: UUID
    name: str
    region: Region
    tier: Tier
    created_at: datetime
    suspended: bool


async def create_tenant(database: Database, name: str, region: Region, tier: Tier) -> Tenant:
    """A new tenant; raises ``AccountError`` when the name is taken or is none."""
    row = tenant_row(name, region, tier)
    try:
        async with database.transaction() as session:
            session.add(row)
    except IntegrityError:
        raise AccountError(f"there is already a tenant named {name}") from None
    return tenant_of(row)


def tenant_row(name: str, region: Region, tier: Tier) -> TenantRow:
    """The row of a new tenant; raises ``AccountError`` when the name is none."""
    if not (name.isprintable() and name == name.strip() and 1 <= len(name) <= LONGEST_NAME):
        raise AccountError(
            f"a tenant's name has 1 to {LONGEST_NAME} printable characters and no blank at its ends"
        )
    return TenantRow(
        tenant_id=uuid4(), name=name, region=region, tier=tier, created_at=datetime.now(UTC), suspended=False
    )


async def list_tenants(database: Database) -> Sequence[Tenant]:
    """Every tenant, oldest first. The operator is none."""
    tenants = select(TenantRow).where(TenantRow.tenant_id != OPERATOR)
    async with database.transaction() as session:
        rows = await session.scalars(tenants.order_by(TenantRow.created_at, TenantRow.tenant_id))
        return [tenant_of(row) for row in rows]


async def suspend_tenant(database: Database, tenant_id: UUID) -> None:
    """Take away the tenant's access, within ``account_watch.REFRESH_SECONDS`` also from tokens already issued."""
    await _set_suspended(database, tenant_id, suspended=True)


async def resume_tenant(database: Database, tenant_id: UUID) -> None:
    """Give a suspended tenant its access back."""
    await _set_suspended(database, tenant_id, suspended=False)


async def _set_suspended(database: Database, tenant_id: UUID, *, suspended: bool) -> None:
    async with database.transaction() as session:
        changed = await session.scalar(
            update(TenantRow)
            .where(TenantRow.tenant_id == tenant_id)
            .values(suspended=suspended)
            .returning(TenantRow.tenant_id)
        )
    if changed is None:
        raise AccountError(f"there is no tenant {tenant_id}")


def tenant_of(row: TenantRow) -> Tenant:
    """What the row says."""
    return Tenant(
        row.tenant_id, row.name, Region(row.region), Tier(row.tier), row.created_at, suspended=row.suspended
    )
