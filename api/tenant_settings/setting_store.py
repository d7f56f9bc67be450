"""Settings in the database, each change with its record for the stream and its entry in the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.audit_log import Actor, record
from api.clock import utc_now
from api.outbox.outbox import put
from api.tables import TenantRow
from api.tenant_settings.effective import category_of, effective, settings_at, where
from api.tenant_settings.setting import Setting
from api.tenant_settings.setting_records import message_of
from api.tenant_settings.tables import TenantSettingsRow
from schemas import topics
from schemas.setting_levels import Level, levels_of


@dataclass(frozen=True, slots=True)
class Kept:
    """What a level sets, and since when."""

    level: Level
    setting: Setting
    updated_at: datetime

    @classmethod
    def of(cls, row: TenantSettingsRow) -> Self:
        """As the database has it."""
        return cls(Level(row.sku, row.warehouse, row.category), Setting.of(row), row.updated_at)


async def lock(session: AsyncSession, tenant_id: UUID) -> None:
    """Wait for other changes of the tenant's settings, until this transaction ends."""
    row = select(TenantRow.tenant_id).where(TenantRow.tenant_id == tenant_id)
    # not so strong that whoever adds a row that refers to the tenant would wait too
    await session.execute(row.with_for_update(key_share=True))


async def kept_at(session: AsyncSession, tenant_id: UUID, level: Level) -> Kept | None:
    """What a level sets, if anything."""
    row = await session.get(TenantSettingsRow, _identity(tenant_id, level))
    return None if row is None else Kept.of(row)


async def list_kept(
    session: AsyncSession, tenant_id: UUID, after: Level | None, limit: int
) -> Sequence[Kept]:
    """Up to ``limit`` levels that set something: the tenant, warehouses, SKUs by name, categories by name."""
    table = TenantSettingsRow
    names = tuple_(table.category, table.sku, table.warehouse)
    wanted = select(table).where(table.tenant_id == tenant_id).order_by(*names.clauses).limit(limit)
    if after is not None:
        wanted = wanted.where(names > (after.category, after.sku, after.warehouse))
    return [Kept.of(row) for row in await session.scalars(wanted)]


async def set_at(
    session: AsyncSession, actor: Actor, tenant_id: UUID, level: Level, setting: Setting
) -> Kept:
    """Let a level set this and nothing else. The caller holds the `lock`."""
    row = await session.get(TenantSettingsRow, _identity(tenant_id, level))
    before = None if row is None else Setting.of(row)
    now = utc_now()
    if row is None:
        row = TenantSettingsRow(tenant_id=tenant_id, updated_at=now, **level._asdict())
        session.add(row)
    else:
        # a client tells two states apart by it
        row.updated_at = max(now, row.updated_at + timedelta(milliseconds=1))
    setting.write(row)
    await session.flush()
    await _tell(session, actor, tenant_id, level, before, setting)
    return Kept.of(row)


async def remove_at(session: AsyncSession, actor: Actor, tenant_id: UUID, level: Level) -> None:
    """Let a level set nothing any more. The caller holds the `lock`."""
    row = await session.get_one(TenantSettingsRow, _identity(tenant_id, level))
    before = Setting.of(row)
    await session.delete(row)
    await session.flush()
    await _tell(session, actor, tenant_id, level, before, None)


async def _tell(
    session: AsyncSession,
    actor: Actor,
    tenant_id: UUID,
    level: Level,
    before: Setting | None,
    after: Setting | None,
) -> None:
    category = await category_of(session, tenant_id, level.sku) if not level.warehouse else None
    above = [each for each in levels_of(level.sku, level.warehouse, category) if each != level]
    threshold = effective(above, await settings_at(session, tenant_id, above)).threshold
    key, value = message_of(tenant_id, level, after, threshold, utc_now(), category)
    await put(session, topic=topics.SETTINGS.name, key=key, value=value)
    await record(
        session,
        actor=actor,
        action="settings.removed" if after is None else "settings.set",
        tenant_id=tenant_id,
        subject=subject_of(level),
        before=None if before is None else before.as_json(),
        after=None if after is None else after.as_json(),
    )


def subject_of(level: Level) -> str:
    """How the audit log names it."""
    names = [name for name in (level.category, level.sku, level.warehouse) if name]
    return "/".join(["settings", where(level), *names])


def _identity(tenant_id: UUID, level: Level) -> dict[str, object]:
    return {"tenant_id": tenant_id, **level._asdict()}
