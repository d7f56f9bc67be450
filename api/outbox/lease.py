"""Work that one process at a time may do: whoever holds its lease, until that ends or is given back."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from api.outbox.tables import LeaseRow


async def hold(
    session: AsyncSession, work: str, holder: str, now: datetime, lasting: timedelta
) -> str | None:
    """Let ``holder`` do the work, if it is free or its own already; None where it is neither.

    A lease is renewed when half of it is over, so it lasts for half as long from now at least. A process that hangs does not see its lease end: what it does then must do no harm, or be refused. For the latter
    this gives the name of the work's fence, which no other database's work has.
    """
    renewed = select(LeaseRow.fence).where(
        *(LeaseRow.work == work, LeaseRow.holder == holder, LeaseRow.held_until > now + lasting / 2)
    )
    if (held := await session.scalar(renewed)) is not None:
        return held
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    taken = insert(LeaseRow).values(work=work, holder=holder, held_until=now + lasting, fence=uuid4().hex)
    taken = taken.on_conflict_do_update(
        index_elements=[LeaseRow.work],
        set_={"holder": taken.excluded.holder, "held_until": taken.excluded.held_until},
        where=or_(LeaseRow.holder == holder, LeaseRow.held_until <= now),
    )
    fence: str | None = await session.scalar(taken.returning(LeaseRow.fence))
    return fence


async def give_back(session: AsyncSession, work: str, holder: str, now: datetime) -> None:
    """Let another take the work at once."""
    ours = update(LeaseRow).where(LeaseRow.work == work, LeaseRow.holder == holder)
    await session.execute(ours.values(held_until=now))
