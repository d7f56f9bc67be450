"""The book of what is to be sent and what was: a line is written before a letter goes, and marked after.

A line that was begun and not marked says that nobody knows whether the letter went. It is sent again: a planner whom no
letter reaches does nothing, and a second one, which bears the same Message-ID, costs a glance.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.digests.tables import DigestRow, RecipientRow
from api.tables import TenantRow
from api.tenant_settings.tables import TenantSettingsRow
from delivery.digest.schedule import day_due
from delivery.digest.wording import Words
from schemas import setting_levels

LONGEST_WAIT = 15
"""In waits after the first try."""


@dataclass(frozen=True, slots=True)
class Morning:
    """A tenant for whom it is morning, with recipients."""

    tenant_id: UUID
    tenant: str
    day: date
    words: Words


@dataclass(frozen=True, slots=True)
class Recipient:
    """To whom a letter goes."""

    recipient_id: str
    address: str


def wait_after(tries: int, first: timedelta) -> timedelta:
    """How long to wait after so many tries that came to nothing, twice as long each time."""
    return first * min(1 << min(tries, 10) - 1, LONGEST_WAIT)


async def mornings(session: AsyncSession, now: datetime) -> list[Morning]:
    """Every tenant that someone waits for a digest of at this time of its day."""
    active = select(RecipientRow.tenant_id).where(RecipientRow.state == "active")
    asked = _with_settings().where(TenantRow.tenant_id.in_(active), TenantRow.suspended.is_(False))
    found = [
        (tenant_id, name, Words(locale or setting_levels.LOCALE, _zone(time_zone)))
        for tenant_id, name, time_zone, locale in await session.execute(asked)
    ]
    return [
        Morning(tenant_id, name, day, words)
        for tenant_id, name, words in found
        if (day := day_due(now, words.zone)) is not None
    ]


async def morning_of(session: AsyncSession, tenant_id: UUID, now: datetime) -> Morning:
    """Any tenant's present day, whatever the time. Raises ``LookupError`` for an unknown tenant."""
    row = (await session.execute(_with_settings().where(TenantRow.tenant_id == tenant_id))).one_or_none()
    if row is None:
        raise LookupError(f"there is no tenant {tenant_id}")
    words = Words(row.locale or setting_levels.LOCALE, _zone(row.time_zone))
    return Morning(tenant_id, row.name, now.astimezone(words.zone).date(), words)


async def active(session: AsyncSession, tenant_id: UUID) -> Sequence[Recipient]:
    """Who gets the tenant's digest."""
    wanted = select(RecipientRow.recipient_id, RecipientRow.address).where(
        RecipientRow.tenant_id == tenant_id, RecipientRow.state == "active"
    )
    return [Recipient(*row) for row in await session.execute(wanted.order_by(RecipientRow.address))]


async def waiting(session: AsyncSession, morning: Morning, now: datetime) -> Sequence[Recipient]:
    """Who has not got the day's digest, and whose turn it is."""
    of_day = and_(DigestRow.recipient_id == RecipientRow.recipient_id, DigestRow.day == morning.day)
    wanted = (
        select(RecipientRow.recipient_id, RecipientRow.address)
        .outerjoin(DigestRow, of_day)
        .where(
            RecipientRow.tenant_id == morning.tenant_id,
            RecipientRow.state == "active",
            or_(
                DigestRow.recipient_id.is_(None),
                and_(DigestRow.state == "sending", DigestRow.next_try_at <= now),
            ),
        )
    )
    return [Recipient(*row) for row in await session.execute(wanted.order_by(RecipientRow.address))]


async def begin(
    session: AsyncSession, recipient_id: str, day: date, now: datetime, first_wait: timedelta
) -> bool:
    """Note that a letter goes; False where it must not any more, since it went or the person wants none."""
    recipient = await session.get(RecipientRow, recipient_id)
    if recipient is None or recipient.state != "active":
        return False
    row = await session.get(DigestRow, (recipient_id, day))
    if row is None:
        row = DigestRow(recipient_id=recipient_id, day=day, state="sending", tries=0)
        session.add(row)
    elif row.state != "sending" or row.next_try_at > now:
        return False
    row.tries += 1
    row.next_try_at = now + wait_after(row.tries, first_wait)
    return True


async def end(
    session: AsyncSession, recipient_id: str, day: date, state: str, now: datetime, because: str | None = None
) -> None:
    """Mark a letter: ``sent``, ``failed``, or still ``sending`` where it is to be tried again."""
    row = await session.get(DigestRow, (recipient_id, day))
    if row is not None:
        row.state, row.because = state, because
        row.ended_at = None if state == "sending" else now


async def unasked(session: AsyncSession, limit: int) -> Sequence[tuple[Recipient, str]]:
    """Who was not asked yet whether the digest is wanted, and by which tenant."""
    wanted = (
        select(RecipientRow.recipient_id, RecipientRow.address, TenantRow.name)
        .join(TenantRow, TenantRow.tenant_id == RecipientRow.tenant_id)
        .where(
            RecipientRow.state == "pending",
            RecipientRow.asked_at.is_(None),
            TenantRow.suspended.is_(False),
        )
        .order_by(RecipientRow.changed_at)
        .limit(limit)
    )
    return [(Recipient(row[0], row[1]), row[2]) for row in await session.execute(wanted)]


async def is_unasked(session: AsyncSession, recipient_id: str) -> bool:
    """Whether someone is still to be asked, whom others may have asked or forgotten since `unasked`."""
    row = await session.get(RecipientRow, recipient_id)
    return row is not None and row.state == "pending" and row.asked_at is None


async def asked(session: AsyncSession, recipient_id: str, now: datetime) -> None:
    """Mark that the question went."""
    row = await session.get(RecipientRow, recipient_id)
    if row is not None and row.state == "pending":
        row.asked_at = now


async def undeliverable(session: AsyncSession, recipient_id: str, now: datetime, because: str) -> None:
    """Send nothing more to an address that is none."""
    row = await session.get(RecipientRow, recipient_id)
    if row is not None and row.state in ("pending", "active"):
        row.state, row.changed_at, row.because = "undeliverable", now, because


def _with_settings() -> Select[UUID, str, str | None, str | None]:
    table = TenantSettingsRow
    whole = (table.category == "", table.sku == "", table.warehouse == "")
    return select(TenantRow.tenant_id, TenantRow.name, table.time_zone, table.locale).outerjoin(
        table, and_(table.tenant_id == TenantRow.tenant_id, *whole)
    )


def _zone(name: str | None) -> ZoneInfo:
    # a zone that this machine's data no longer has must not keep the letter back
    try:
        return ZoneInfo(name or setting_levels.TIME_ZONE)
    except (LookupError, ValueError, OSError):
        return ZoneInfo(setting_levels.TIME_ZONE)
