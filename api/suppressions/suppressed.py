"""Which of a few SKUs a list holds, for who has no stream to ask."""

from collections.abc import Collection
from itertools import chain
from uuid import UUID

from sqlalchemy import select

from api.database import Database
from api.suppressions.entries import Entries, Name, from_content
from api.suppressions.tables import SuppressionBucketRow


async def suppressed_of(
    database: Database, tenant_id: UUID, names: Collection[Name], now_s: int
) -> set[Name]:
    """Those of the SKUs and warehouses of which the tenant wants no alerts now, by whichever entry."""
    entries = await _entries(database, tenant_id, {place for name in names for place in _places(name)})
    held = {name for name, entry in entries.items() if not entry.has_expired(now_s)}
    return {name for name in names if not held.isdisjoint(_places(name))}


def _places(name: Name) -> tuple[Name, Name]:
    """Where a SKU in a warehouse may stand: by itself, or with all warehouses."""
    return name, Name(name.sku, "")


async def _entries(database: Database, tenant_id: UUID, places: Collection[Name]) -> Entries:
    buckets = {place.bucket for place in places}
    wanted = select(SuppressionBucketRow.content).where(
        SuppressionBucketRow.tenant_id == tenant_id, SuppressionBucketRow.bucket.in_(buckets)
    )
    async with database.transaction() as session:
        contents = (await session.scalars(wanted)).all()
    found = chain.from_iterable(from_content(content).items() for content in contents)
    return {name: entry for name, entry in found if name in places}
