"""A tenant's own limit in the database, changed with its entry in the audit log."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.audit_log import Actor, record
from api.clock import utc_now
from api.limits.limit import Limit
from api.limits.tables import TenantLimitRow


async def limit_of(session: AsyncSession, tenant_id: UUID) -> Limit | None:
    """What was set for the tenant."""
    return _limit(await session.get(TenantLimitRow, tenant_id))


async def set_limit(session: AsyncSession, actor: Actor, tenant_id: UUID, limit: Limit | None) -> None:
    """Set the tenant's limit; None lets it have that of every tenant."""
    row = await session.get(TenantLimitRow, tenant_id)
    before = _limit(row)
    if limit is None:
        if row is None:
            return
        await session.delete(row)
    else:
        if row is None:
            row = TenantLimitRow(tenant_id=tenant_id)
            session.add(row)
        row.requests_per_second, row.burst = round(limit.requests_per_second), round(limit.burst)
        row.changed_at = utc_now()
    await record(
        session,
        actor=actor,
        action="limits.changed",
        tenant_id=tenant_id,
        subject=f"tenant/{tenant_id}",
        before=_told(before),
        after=_told(limit),
    )


def _limit(row: TenantLimitRow | None) -> Limit | None:
    return None if row is None else Limit(row.requests_per_second, row.burst)


def _told(limit: Limit | None) -> Mapping[str, object] | None:
    if limit is None:
        return None
    return {"requests_per_second": round(limit.requests_per_second), "burst": round(limit.burst)}
