"""The tenants that there are, and how each stands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.access.operators import OPERATOR
from api.access.tenants import AccountError, Tenant, tenant_of
from api.provisioning import closing, opening
from api.provisioning.operations import Kind, of_tenant, states
from api.provisioning.steps import StepState
from api.provisioning.tables import OperationRow
from api.tables import TenantRow

Standing = Literal["opening", "active", "suspended", "closing"]


class UnknownTenant(AccountError):
    """There is no such tenant."""

    def __init__(self, tenant_id: UUID) -> None:
        super().__init__(f"there is no tenant {tenant_id}")


@dataclass(frozen=True, slots=True)
class FirstClient:
    """The client that a tenant is made with; ``secret`` is None once nobody can read it any more."""

    client_id: str
    scopes: Sequence[str]
    secret: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class KnownTenant:
    """A tenant and how it stands; ``steps`` are those of its making or, once that has begun, of its removal."""

    tenant: Tenant
    standing: Standing
    steps: Sequence[StepState] = ()
    client: FirstClient | None = None


async def locked(session: AsyncSession, tenant_id: UUID) -> TenantRow:
    """The tenant's row, for which others wait until this transaction ends. Raises `UnknownTenant`."""
    row = await session.get(TenantRow, tenant_id, with_for_update=True)
    if row is None or tenant_id == OPERATOR:
        raise UnknownTenant(tenant_id)
    return row


async def find(session: AsyncSession, tenant_id: UUID) -> KnownTenant:
    """The tenant with the steps of what was begun last. Raises `UnknownTenant`."""
    row = await session.get(TenantRow, tenant_id)
    if row is None or tenant_id == OPERATOR:
        raise UnknownTenant(tenant_id)
    closes = await of_tenant(session, tenant_id, Kind.CLOSING)
    operation = closes or await of_tenant(session, tenant_id, Kind.OPENING)
    if operation is None:
        return KnownTenant(tenant_of(row), _standing(row, []))
    names = closing.NAMES if closes else opening.NAMES
    found = await states(session, operation.operation_id, names)
    return KnownTenant(tenant_of(row), _standing(row, [operation]), found)


async def page(session: AsyncSession, after: str | None, limit: int) -> Sequence[KnownTenant]:
    """Up to ``limit`` tenants by name, those after a name, without their steps."""
    wanted = select(TenantRow).where(TenantRow.tenant_id != OPERATOR)
    if after is not None:
        wanted = wanted.where(TenantRow.name > after)
    rows = (await session.scalars(wanted.order_by(TenantRow.name).limit(limit))).all()
    ids = [row.tenant_id for row in rows]
    operations = (await session.scalars(select(OperationRow).where(OperationRow.tenant_id.in_(ids)))).all()
    return [
        KnownTenant(
            tenant_of(row), _standing(row, [each for each in operations if each.tenant_id == row.tenant_id])
        )
        for row in rows
    ]


def _standing(row: TenantRow, operations: Sequence[OperationRow]) -> Standing:
    if any(each.kind == Kind.CLOSING for each in operations):
        return "closing"
    if any(each.finished_at is None for each in operations):
        return "opening"
    return "suspended" if row.suspended else "active"
