"""Usage in the database: added to by whoever counts, read by the hour or the day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from api.tables import TenantRow
from api.usage.tables import CountedRow, UsageRow

HOUR_S = 3_600


@dataclass(slots=True)
class Usage:
    """What a tenant used in a span of time."""

    requests: int = 0
    refused: int = 0
    events: int = 0
    alerts: int = 0

    def add(self, other: "Usage") -> None:
        self.requests += other.requests
        self.refused += other.refused
        self.events += other.events
        self.alerts += other.alerts


class Elsewhere(Exception):
    """A partition is not counted as far as was thought: another process counts it."""


OfHours = Mapping[tuple[UUID, int], Usage]
"""By tenant and hour since 1970."""


async def add(session: AsyncSession, used: OfHours) -> None:
    """Add to what is stored; of tenants that are no more nothing is kept."""
    tenants = {tenant_id for tenant_id, _ in used}
    known = set(await session.scalars(select(TenantRow.tenant_id).where(TenantRow.tenant_id.in_(tenants))))
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    # in one order for all who write, so that none of them waits for another that waits for it
    for (tenant_id, hour), usage in sorted(used.items()):
        if tenant_id not in known:
            continue
        row = insert(UsageRow).values(
            tenant_id=tenant_id,
            hour=datetime.fromtimestamp(hour * HOUR_S, UTC),
            requests=usage.requests,
            refused=usage.refused,
            events=usage.events,
            alerts=usage.alerts,
        )
        counts = ("requests", "refused", "events", "alerts")
        await session.execute(
            row.on_conflict_do_update(
                index_elements=["tenant_id", "hour"],
                set_={name: getattr(UsageRow, name) + getattr(row.excluded, name) for name in counts},
            )
        )


async def counted_until(session: AsyncSession, topic: str, partition: int) -> int:
    """The next offset of the partition that is to be counted."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    first = insert(CountedRow).values(topic=topic, partition=partition, next_offset=0)
    await session.execute(first.on_conflict_do_nothing())
    return (await session.get_one(CountedRow, (topic, partition))).next_offset


async def advance(session: AsyncSession, topic: str, partition: int, before: int, after: int) -> None:
    """Note that a partition is counted so far. Raises `Elsewhere`."""
    moved = await session.scalar(
        update(CountedRow)
        .where(CountedRow.topic == topic, CountedRow.partition == partition, CountedRow.next_offset == before)
        .values(next_offset=after)
        .returning(CountedRow.next_offset)
    )
    if moved is None:
        raise Elsewhere(f"{topic}-{partition} is not counted up to {before}")


async def read(
    session: AsyncSession, tenant_id: UUID, since: datetime, until: datetime
) -> Mapping[datetime, Usage]:
    """The tenant's usage by the beginning of each hour that has any, in their order."""
    rows = await session.scalars(
        select(UsageRow)
        .where(UsageRow.tenant_id == tenant_id, UsageRow.hour >= since, UsageRow.hour < until)
        .order_by(UsageRow.hour)
    )
    return {row.hour: Usage(row.requests, row.refused, row.events, row.alerts) for row in rows}
