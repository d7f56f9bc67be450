"""In which order letters go, and only while this process holds the lease."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import pytest
from pydantic import SecretStr
from sqlalchemy import delete, select, update
from unit.delivery.digest.mornings import a_morning

from api.access.tenants import Region, Tier, create_tenant
from api.clock import utc_now
from api.database import Database
from api.digests.tables import RecipientRow
from api.outbox.tables import LeaseRow
from delivery.digest.book import Morning
from delivery.digest.contents import Digest
from delivery.digest.worker import LEASE, DigestWorker, LeaseLost
from delivery.settings import Settings
from delivery.tasks import Parts

EIGHT = datetime(2026, 11, 25, 8, tzinfo=UTC)
ANN, BEN, CEM = (f"{name}@shop.example" for name in ("ann", "ben", "cem"))


class Round(DigestWorker):
    """Its letters go no further than here; while each is on its way, something else happens."""

    def __init__(self, database: Database) -> None:
        settings = Settings(encryption_key=SecretStr("A" * 43 + "="), smtp_from="Aurora <a@aurora.example>")
        super().__init__(Parts(settings, database), lambda: EIGHT)
        self.sent: list[str] = []
        self.meanwhile: Callable[[], Awaitable[None]] | None = None

    async def contents(self, morning: Morning) -> Digest:
        return a_morning()

    async def send(self, letter: EmailMessage) -> None:
        self.sent.append(letter["To"])
        if self.meanwhile is not None:
            await self.meanwhile()


@pytest.fixture
async def a_round(database: Database) -> AsyncIterator[Round]:
    a_round = Round(database)
    yield a_round
    await a_round.close()


async def add(database: Database, **states: str) -> None:
    """Recipients of a tenant by their names, one a minute."""
    tenant = await create_tenant(database, "Corner Shop", Region.EU_CENTRAL_1, Tier.STANDARD)
    async with database.transaction() as session:
        for minute, (name, state) in enumerate(states.items()):
            added_at = EIGHT + timedelta(minutes=minute)
            session.add(
                RecipientRow(
                    recipient_id=f"rcp_{name}",
                    tenant_id=tenant.tenant_id,
                    address=f"{name}@shop.example",
                    state=state,
                    created_at=added_at,
                    changed_at=added_at,
                )
            )


async def unasked(database: Database) -> set[str]:
    wanted = select(RecipientRow.address).where(RecipientRow.asked_at.is_(None))
    async with database.transaction() as session:
        return set(await session.scalars(wanted))


async def test_mornings_go_before_questions(database: Database, a_round: Round) -> None:
    await add(database, ann="pending", ben="active", cem="pending")
    await a_round.round()
    assert a_round.sent == [BEN, ANN, CEM]
    await a_round.round()
    assert len(a_round.sent) == 3


async def test_the_lease_is_renewed_before_each_question(database: Database, a_round: Round) -> None:
    await add(database, ann="pending", ben="pending", cem="pending")
    left: list[timedelta] = []

    async def take_long() -> None:
        async with database.transaction() as session:
            lease = (await session.scalars(select(LeaseRow))).one()
            left.append(lease.held_until - utc_now())
            lease.held_until -= timedelta(seconds=50)

    a_round.meanwhile = take_long
    await a_round.round()
    assert len(left) == 3
    assert min(left) > LEASE / 2 - timedelta(seconds=1)


async def test_once_another_process_has_the_lease_nobody_more_is_asked(
    database: Database, a_round: Round
) -> None:
    await add(database, ann="pending", ben="pending", cem="pending")

    async def lose() -> None:
        async with database.transaction() as session:
            await session.execute(update(LeaseRow).values(holder="other", held_until=utc_now() + LEASE))

    a_round.meanwhile = lose
    with pytest.raises(LeaseLost):
        await a_round.round()
    assert a_round.sent == [ANN]
    assert await unasked(database) == {BEN, CEM}


async def test_who_was_asked_or_forgotten_meanwhile_is_not_asked(database: Database, a_round: Round) -> None:
    await add(database, ann="pending", ben="pending", cem="pending")

    async def change() -> None:
        async with database.transaction() as session:
            await session.execute(
                update(RecipientRow).where(RecipientRow.address == BEN).values(asked_at=EIGHT)
            )
            await session.execute(delete(RecipientRow).where(RecipientRow.address == CEM))

    a_round.meanwhile = change
    await a_round.round()
    assert a_round.sent == [ANN]
