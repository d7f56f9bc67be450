"""The catalogue in the database; where a category changes, the stream is told in the SKU's settings."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.audit_log import Actor, record
from api.catalogue.catalogue_lines import Description, Entry
from api.catalogue.tables import CatalogueRow
from api.clock import utc_now
from api.outbox.outbox import put, put_many
from api.tenant_settings.effective import effective, settings_at
from api.tenant_settings.setting import Setting
from api.tenant_settings.setting_records import Message, message_of
from schemas import topics
from schemas.setting_levels import WHOLE_TENANT, Level

AT_ONCE = 500
"""SKUs of one statement; between two, other requests get their turn."""


async def described(session: AsyncSession, tenant_id: UUID, sku: str) -> Description | None:
    """What the tenant said of a SKU, if anything."""
    row = await session.get(CatalogueRow, (tenant_id, sku))
    return None if row is None else Description(row.category, row.brand)


async def describe(
    session: AsyncSession, actor: Actor, tenant_id: UUID, sku: str, wanted: Description | None
) -> None:
    """Say this of a SKU, or nothing any more. The caller holds the lock of the tenant's settings."""
    before = await described(session, tenant_id, sku)
    if before == wanted:
        return
    row = await session.get(CatalogueRow, (tenant_id, sku))
    if wanted is None:
        await session.delete(row)
        await session.flush()
    else:
        await _write(session, tenant_id, [Entry(sku, wanted.category, wanted.brand)])
    category = None if wanted is None else wanted.category
    if category != (None if before is None else before.category):
        ((key, value),) = await _messages(session, tenant_id, {sku: category})
        await put(session, topic=topics.SETTINGS.name, key=key, value=value)
    await record(
        session,
        actor=actor,
        action="catalogue.described" if wanted else "catalogue.removed",
        tenant_id=tenant_id,
        subject=f"catalogue/{sku}",
        before=_json(before),
        after=_json(wanted),
    )


async def describe_many(
    session: AsyncSession, actor: Actor, tenant_id: UUID, entries: Sequence[Entry]
) -> int:
    """Say this of SKUs, each by its whole entry; of how many it is something new. The caller holds the lock."""
    changed = 0
    table = CatalogueRow
    for start in range(0, len(entries), AT_ONCE):
        batch = entries[start : start + AT_ONCE]
        of_batch = select(table).where(
            table.tenant_id == tenant_id, table.sku.in_([entry.sku for entry in batch])
        )
        known = {row.sku: Description(row.category, row.brand) for row in await session.scalars(of_batch)}
        new = [entry for entry in batch if known.get(entry.sku) != entry.description]
        await _write(session, tenant_id, new)
        categories = {
            entry.sku: entry.category
            for entry in new
            if entry.category != known.get(entry.sku, Description()).category
        }
        messages = await _messages(session, tenant_id, categories)
        await put_many(session, topic=topics.SETTINGS.name, records=messages)
        changed += len(new)
    if changed:
        await record(
            session,
            actor=actor,
            action="catalogue.described",
            tenant_id=tenant_id,
            subject="catalogue",
            after={"skus": changed},
        )
    return changed


async def _write(session: AsyncSession, tenant_id: UUID, entries: Sequence[Entry]) -> None:
    if not entries:
        return
    now = utc_now()
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    written = insert(CatalogueRow)
    written = written.on_conflict_do_update(
        index_elements=[CatalogueRow.tenant_id, CatalogueRow.sku],
        set_={name: written.excluded[name] for name in ("category", "brand", "updated_at")},
    )
    rows = [
        {
            "tenant_id": tenant_id,
            "sku": entry.sku,
            "category": entry.category,
            "brand": entry.brand,
            "updated_at": now,
        }
        for entry in entries
    ]
    await session.execute(written, rows)
    session.expire_all()


async def _messages(
    session: AsyncSession, tenant_id: UUID, categories: dict[str, str | None]
) -> list[Message]:
    """The settings of SKUs as the stream is to know them, with the category that each has now."""
    above = {Level(category=category) for category in categories.values() if category}
    wanted = [WHOLE_TENANT, *above, *map(Level, categories)]
    settings = await settings_at(session, tenant_id, wanted)
    now = utc_now()
    return [
        message_of(
            tenant_id,
            Level(sku),
            settings.get(Level(sku)),
            _threshold_above(category, settings),
            now,
            category,
        )
        for sku, category in categories.items()
    ]


def _threshold_above(category: str | None, settings: dict[Level, Setting]) -> float:
    levels = [Level(category=category), WHOLE_TENANT] if category else [WHOLE_TENANT]
    return effective(levels, settings).threshold


def _json(description: Description | None) -> dict[str, object] | None:
    return None if description is None else {"category": description.category, "brand": description.brand}
