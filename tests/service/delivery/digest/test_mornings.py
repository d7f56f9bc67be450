"""Letters in the morning, to a real mail server, by a clock that the test moves."""

import asyncio
import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from redis import Redis
from service.delivery.digest.mornings import ACTOR, Clock, Shop, on_database, open_shop
from service.delivery.digest.post_office import PostOffice
from service.features.filled_store import FilledStore
from sqlalchemy import delete, update

from api.access.sealing import key_of
from api.database import Database
from api.digests.link_tokens import LinkTokens, Purpose
from api.digests.tables import RecipientRow
from api.suppressions.suppression_store import SuppressionStore
from api.tables import TenantRow
from delivery.digest.worker import DigestWorker
from delivery.settings import Settings
from delivery.tasks import Parts
from schemas import online_store

pytestmark = pytest.mark.service

SIX_IN_BERLIN = datetime(2026, 11, 25, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Morning:
    """Rounds of a worker, at times of the test's choice."""

    def __init__(self, settings: Settings, now: datetime) -> None:
        self.clock = Clock(now)
        self._settings = settings

    def go_on(self, rounds: int = 1) -> None:
        """Let a process look, and end; another one will be the next."""
        asyncio.run(self._go_on(rounds))

    async def _go_on(self, rounds: int) -> None:
        database = Database(self._settings.database_url)
        worker = DigestWorker(Parts(self._settings, database), self.clock)
        for _ in range(rounds):
            await worker.round()
        await worker.close()
        await database.close()


@pytest.fixture(autouse=True)
def nobody_else(settings: Settings) -> None:
    """Recipients of other tests get no letters here."""

    async def forget(database: Database) -> None:
        async with database.transaction() as session:
            await session.execute(delete(RecipientRow))

    on_database(settings, forget)


@pytest.fixture
def shop(settings: Settings, risk_store: FilledStore) -> Shop:
    """In Berlin, with one SKU at risk of two."""
    shop = open_shop(settings, risk_store, zone="Europe/Berlin", locale="de-DE")
    shop.predict({"sku": "TEA-1", "probability": 0.97}, {"sku": "TEA-2", "probability": 0.89})
    return shop


@pytest.fixture
def morning(settings: Settings) -> Morning:
    return Morning(settings, SIX_IN_BERLIN)


def text_of(letter: object) -> str:
    text: str = letter.get_body(("plain",)).get_content()  # type: ignore[attr-defined]  # an EmailMessage
    return text


def test_the_letter_goes_at_six_and_once(shop: Shop, morning: Morning, post_office: PostOffice) -> None:
    morning.clock.now = SIX_IN_BERLIN - timedelta(seconds=1)
    morning.go_on()
    assert post_office.letters == []
    morning.clock.pass_by(timedelta(seconds=1))
    morning.go_on(2)
    for _ in range(3):
        morning.clock.pass_by(HOUR)
        morning.go_on()
    (letter,) = post_office.letters
    assert letter["To"] == shop.address
    assert letter["Subject"] == "1 SKU at risk – Mittwoch, 25. November 2026"
    assert "TEA-1" in text_of(letter) and "TEA-2" not in text_of(letter)
    assert shop.name in text_of(letter)
    morning.clock.now = SIX_IN_BERLIN + timedelta(days=1)
    morning.go_on()
    assert len(post_office.letters) == 2
    assert len({letter["Message-ID"] for letter in post_office.letters}) == 2


@pytest.mark.parametrize(("local", "letters"), [("11:59", 1), ("12:00", 0)])
def test_a_late_start_sends_until_noon(
    shop: Shop, morning: Morning, post_office: PostOffice, local: str, letters: int
) -> None:
    morning.clock.now = datetime.fromisoformat(f"2026-11-25T{local}+01:00")
    morning.go_on()
    assert len(post_office.letters) == letters


def test_each_tenant_has_its_own_morning(
    shop: Shop, settings: Settings, risk_store: FilledStore, morning: Morning, post_office: PostOffice
) -> None:
    far = open_shop(settings, risk_store, zone="Asia/Tokyo")
    far.predict({"sku": "FAR-1", "probability": 0.99})
    morning.clock.now = SIX_IN_BERLIN - timedelta(hours=8)
    morning.go_on()
    assert [letter["To"] for letter in post_office.letters] == [far.address]
    assert "FAR-1" in text_of(post_office.letters[0]) and "TEA-1" not in text_of(post_office.letters[0])
    morning.clock.now = SIX_IN_BERLIN
    morning.go_on()
    assert [letter["To"] for letter in post_office.letters] == [far.address, shop.address]


def test_a_morning_without_risks_has_a_short_letter(
    settings: Settings, risk_store: FilledStore, morning: Morning, post_office: PostOffice
) -> None:
    calm = open_shop(settings, risk_store, zone="Europe/Berlin", locale="en-GB")
    calm.predict({"probability": 0.5})
    morning.go_on()
    (letter,) = post_office.to(calm.address)
    assert letter["Subject"] == "No SKU at risk – Wednesday, 25 November 2026"
    assert "No SKU has a chance of more than 90%" in text_of(letter)


def test_what_is_suppressed_is_left_out(
    shop: Shop, settings: Settings, morning: Morning, post_office: PostOffice
) -> None:
    shop.predict({"sku": "TEA-3", "warehouse": "hamburg", "probability": 0.98})
    listed = io.BytesIO(b"sku,warehouse,expires_at\nTEA-1,,\nTEA-3,berlin,\nTEA-3,hamburg,2026-11-25\n")

    async def suppress(database: Database) -> None:
        store = SuppressionStore(database, 100, lambda: SIX_IN_BERLIN - timedelta(days=1))
        await store.replace(shop.tenant_id, listed, ACTOR, lambda _: None)
        store.close()

    on_database(settings, suppress)
    morning.go_on()
    (letter,) = post_office.letters
    assert "TEA-1" not in text_of(letter)
    assert "TEA-3" in text_of(letter), "the other warehouse's entry, and one that expired at midnight"


def test_a_server_that_is_busy_is_asked_again(shop: Shop, morning: Morning, post_office: PostOffice) -> None:
    post_office.says_to[shop.address] = lambda: "451 4.3.0 come back later"
    morning.go_on(2)
    for wait in (1, 2, 4):
        morning.clock.pass_by(wait * MINUTE - timedelta(seconds=1))
        morning.go_on()
        morning.clock.pass_by(timedelta(seconds=1))
        if wait == 4:
            post_office.says_to.clear()
        morning.go_on()
    (letter,) = post_office.letters
    recipient = shop.recipient()
    assert recipient is not None and recipient.state == "active"


def test_a_server_that_is_away_is_asked_again_until_noon(
    shop: Shop, settings: Settings, post_office: PostOffice
) -> None:
    away = Morning(settings.model_copy(update={"smtp_port": 9}), SIX_IN_BERLIN)
    away.go_on()
    there = Morning(settings, SIX_IN_BERLIN + 2 * MINUTE)
    there.go_on()
    assert len(post_office.letters) == 1


def test_an_address_that_is_none_gets_no_more_letters(
    shop: Shop, morning: Morning, post_office: PostOffice
) -> None:
    post_office.says_to[shop.address] = lambda: "550 5.1.1 no such user here"
    morning.go_on()
    recipient = shop.recipient()
    assert recipient is not None
    assert (recipient.state, recipient.because) == ("undeliverable", "550 5.1.1 no such user here")
    post_office.says_to.clear()
    morning.clock.pass_by(timedelta(days=1))
    morning.go_on()
    assert post_office.letters == []


def test_a_letter_that_is_refused_does_not_end_the_next_ones(
    shop: Shop, morning: Morning, post_office: PostOffice
) -> None:
    post_office.says_to[shop.address] = lambda: "550 5.7.1 looks like spam"
    morning.go_on()
    post_office.says_to.clear()
    morning.clock.pass_by(HOUR)
    morning.go_on()
    assert post_office.letters == [], "of this day no more"
    morning.clock.now = SIX_IN_BERLIN + timedelta(days=1)
    morning.go_on()
    assert len(post_office.letters) == 1


def suspend(tenant_id: UUID) -> Callable[[Database], object]:
    async def run(database: Database) -> None:
        async with database.transaction() as session:
            await session.execute(
                update(TenantRow).where(TenantRow.tenant_id == tenant_id).values(suspended=True)
            )

    return run


def test_who_unsubscribed_or_is_suspended_gets_none(
    shop: Shop, settings: Settings, risk_store: FilledStore, morning: Morning, post_office: PostOffice
) -> None:
    shop.answer(Purpose.UNSUBSCRIBE)
    suspended = open_shop(settings, risk_store, zone="Europe/Berlin")
    on_database(settings, suspend(suspended.tenant_id))  # type: ignore[arg-type]  # a coroutine
    morning.go_on()
    assert post_office.letters == []


def test_who_was_added_is_asked_once_and_gets_letters_after_a_yes(
    settings: Settings, risk_store: FilledStore, morning: Morning, post_office: PostOffice
) -> None:
    asked = open_shop(settings, risk_store, zone="Europe/Berlin", is_active=False)
    post_office.says_to[asked.address] = lambda: "451 4.3.0 come back later"
    morning.go_on(2)
    assert post_office.letters == []
    post_office.says_to.clear()
    morning.go_on(2)
    (question,) = post_office.letters
    token = LinkTokens(key_of(settings.encryption_key)).token(asked.recipient_id, Purpose.CONFIRM)
    assert f"https://aurora.example/v1/digests/confirm?token={token}" in text_of(question)
    asked.answer(Purpose.CONFIRM)
    morning.go_on()
    assert ["at risk" in letter["Subject"] for letter in post_office.letters] == [False, True]


def test_a_store_that_is_being_filled_is_waited_for(
    shop: Shop, morning: Morning, post_office: PostOffice, risk_store: FilledStore
) -> None:
    risk_store.redis.delete(online_store.COMPLETE)
    morning.go_on()
    assert post_office.letters == [], "an empty letter would be a false one"
    shop.predict({"sku": "TEA-1", "probability": 0.97, "updated_at": 1_800_000_000_000})
    morning.go_on()
    assert len(post_office.letters) == 1


def test_another_process_sends_nothing_beside_this_one(
    shop: Shop, settings: Settings, morning: Morning, post_office: PostOffice
) -> None:
    async def both() -> None:
        database = Database(settings.database_url)
        workers = [
            DigestWorker(
                Parts(settings.model_copy(update={"delivery_instance": name}), database), morning.clock
            )
            for name in ("one", "two")
        ]
        await asyncio.gather(*(worker.round() for worker in workers), return_exceptions=True)
        for worker in workers:
            await worker.close()
        await database.close()

    asyncio.run(both())
    assert len(post_office.letters) == 1
