"""What holds for a SKU in a warehouse: of each field what the most specific level that sets it says."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal
from uuid import UUID

import msgspec
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from api.catalogue.tables import CatalogueRow
from api.tenant_settings.setting import QuietHours, Setting
from api.tenant_settings.tables import TenantSettingsRow
from schemas import setting_levels
from schemas.setting_levels import Level, levels_of

Where = Literal["sku_and_warehouse", "sku", "category", "warehouse", "tenant", "default"]

DEFAULTS = Setting(
    threshold=setting_levels.THRESHOLD,
    horizon_hours=setting_levels.HORIZON_HOURS,
    quiet_hours=None,
    time_zone=setting_levels.TIME_ZONE,
    locale=setting_levels.LOCALE,
    retention_days=setting_levels.RETENTION_DAYS,
)


class Effective(msgspec.Struct, frozen=True):
    """What holds, and of each field which level says so."""

    threshold: float
    horizon_hours: int
    quiet_hours: QuietHours | None
    time_zone: str
    locale: str
    retention_days: int
    category: str | None
    """That the SKU belongs to."""
    said_by: Mapping[str, Where]


async def effective_for(
    session: AsyncSession, tenant_id: UUID, sku: str | None = None, warehouse: str | None = None
) -> Effective:
    """What holds for a SKU in a warehouse; without the one for all SKUs, without the other for all warehouses."""
    category = await category_of(session, tenant_id, sku)
    levels = [*levels_of(sku or "", warehouse or "", category)]
    return effective(levels, await settings_at(session, tenant_id, levels), category)


def effective(
    levels: Sequence[Level], settings: Mapping[Level, Setting], category: str | None = None
) -> Effective:
    """What holds where these levels may say something, the most specific first. Pure."""
    values: dict[str, Any] = {}
    said_by: dict[str, Where] = {}
    for field in Setting.__struct_fields__:
        level = next((each for each in levels if _says(settings.get(each), field)), None)
        values[field] = getattr(DEFAULTS if level is None else settings[level], field)
        said_by[field] = "default" if level is None else where(level)
    return Effective(**values, category=category, said_by=said_by)


async def category_of(session: AsyncSession, tenant_id: UUID, sku: str | None) -> str | None:
    """The category of a SKU, if the tenant told it."""
    row = await session.get(CatalogueRow, (tenant_id, sku)) if sku else None
    return None if row is None else row.category


async def settings_at(
    session: AsyncSession, tenant_id: UUID, levels: Sequence[Level]
) -> dict[Level, Setting]:
    """What those of the levels set that set anything."""
    table = TenantSettingsRow
    names = tuple_(table.sku, table.warehouse, table.category)
    found = await session.scalars(
        select(table).where(table.tenant_id == tenant_id, names.in_([tuple(level) for level in levels]))
    )
    return {Level(row.sku, row.warehouse, row.category): Setting.of(row) for row in found}


def where(level: Level) -> Where:
    """What kind of level it is."""
    if level.category:
        return "category"
    if level.sku:
        return "sku_and_warehouse" if level.warehouse else "sku"
    return "warehouse" if level.warehouse else "tenant"


def _says(setting: Setting | None, field: str) -> bool:
    return setting is not None and getattr(setting, field) is not None
