"""Work that one process at a time may do: whoever holds its lease, until that ends or is given back."""

from datetime import datetime, timedelta

from sqlalchemy import delete, or_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from api.outbox.tables import LeaseRow


async def hold(session: AsyncSession, work: str, holder: str, now: datetime, lasting: timedelta) -> bool:
    """Whether ``holder`` may do the work for so long; from now if it is free, or longer if it may do it already.

    A process that hangs does not see its lease end: what it does then must do no harm, or be refused.
    """
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    taken = insert(LeaseRow).values(work=work, holder=holder, held_until=now + lasting)
    is_ours_or_over = or_(LeaseRow.holder == holder, LeaseRow.held_until <= now)
    taken = taken.on_conflict_do_update(
        index_elements=[LeaseRow.work],
        set_={"holder": taken.excluded.holder, "held_until": taken.excluded.held_until},
        where=is_ours_or_over,
    )
    return await session.scalar(taken.returning(LeaseRow.holder)) is not None


async def give_back(session: AsyncSession, work: str, holder: str) -> None:
    """Let another take the work at once."""
    await session.execute(delete(LeaseRow).where(LeaseRow.work == work, LeaseRow.holder == holder))
