"""Whoever gets a tenant's digest is told of a webhook that was disabled."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from service.api.conftest import KINDS, SECRET, new_database
from service.delivery.digest.post_office import PostOffice, open_post_office

from api.access.sealing import key_of
from api.access.tenants import Region, Tenant, Tier, create_tenant
from api.audit.audit_log import Actor
from api.clock import utc_now
from api.database import Database
from api.digests.tables import RecipientRow
from api.migrate import migrate
from api.webhooks.delivery_log import DeliveryLog, LogEntry
from api.webhooks.subscription import LogQuery, Subscription
from api.webhooks.webhook_store import Caller, WebhookStore
from delivery.settings import Settings
from delivery.webhooks import notices, outbox
from delivery.webhooks.notices import Notices
from delivery.webhooks.outbox import Ended
from delivery.webhooks.recorder import Recorder

pytestmark = pytest.mark.service

PLANNER = "planner@shop.example"
OTHERS = ["ann@shop.example", "zoe@shop.example"]


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    url = new_database(request, tmp_path)
    migrate(url)
    return url


@pytest.fixture
def post_office() -> Iterator[PostOffice]:
    with open_post_office() as post_office:
        yield post_office


class Shop:
    """A tenant with a webhook, of whose deliveries one is given up."""

    def __init__(self, database_url: str, post_office: PostOffice) -> None:
        self.settings = Settings(
            database_url=database_url,
            encryption_key=SECRET,
            smtp_host="127.0.0.1",
            smtp_port=post_office.port,
            smtp_security="none",
            smtp_from="Aurora <aurora@aurora.example>",
        )
        self.database = Database(database_url)
        self.notices = Notices(self.database, self.settings)

    async def open(self, *people: str) -> None:
        self.tenant: Tenant = await create_tenant(
            self.database, f"Corner Shop {uuid4()}", Region.EU_CENTRAL_1, Tier.STANDARD
        )
        tenant_id = self.tenant.tenant_id
        self.caller = Caller(tenant_id, Actor("operator", "ada"))
        store = WebhookStore(self.database, key_of(self.settings.encryption_key))
        wanted = Subscription(url="https://till.example/hook?token=secret", description="Reorders tea")
        row, _ = await store.create(self.caller, wanted)
        self.webhook_id = row.webhook_id
        async with self.database.transaction() as session:
            for address in people:
                session.add(
                    RecipientRow(
                        recipient_id=str(uuid4()),
                        tenant_id=tenant_id,
                        address=address,
                        state="active",
                        created_at=utc_now(),
                        changed_at=utc_now(),
                    )
                )

    async def lose(self) -> None:
        """The endpoint says that it is gone."""
        await self.log.test(self.caller, self.webhook_id)
        async with self.database.transaction() as session:
            (waiting,) = await outbox.waiting(session, self.webhook_id, 0, 10)
        recorder = Recorder(self.database)
        ended = Ended(waiting, self.webhook_id, "failed", utc_now(), None, 410, "answered 410")
        await beside(recorder.run(), recorder.record(ended))

    @property
    def log(self) -> DeliveryLog:
        return DeliveryLog(self.database)

    async def notice(self) -> LogEntry:
        page = await self.log.page(self.caller, self.webhook_id, LogQuery(state="noted"))
        (entry,) = page.entries
        return entry

    async def told_until(self, holds: Callable[[LogEntry], bool]) -> None:
        """Let notices go out until it holds."""

        async def look() -> None:
            async with asyncio.timeout(30):
                while not holds(await self.notice()):
                    await asyncio.sleep(0.05)

        await beside(self.notices.run(), look())


async def beside(working: Awaitable[None], asked: Awaitable[None]) -> None:
    """What is asked, while the other works."""
    task = asyncio.ensure_future(working)
    try:
        await asked
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.fixture
async def shop(database_url: str, post_office: PostOffice) -> "Shop":
    return Shop(database_url, post_office)


async def test_people_are_told_once(shop: Shop, post_office: PostOffice) -> None:
    await shop.open(PLANNER)
    await shop.lose()
    await shop.told_until(lambda entry: entry.delivery.next_try_at is None)
    await shop.told_until(lambda entry: entry.delivery.tries == 1)
    (letter,) = post_office.to(PLANNER)
    assert letter["Subject"] == f"A webhook of {shop.tenant.name} was disabled: till.example"
    text = letter.get_content()
    assert shop.webhook_id in text and "Reorders tea" in text and "It answered 410" in text
    assert "secret" not in text
    await shop.database.close()


async def test_a_busy_mail_server_is_asked_again(shop: Shop, post_office: PostOffice) -> None:
    await shop.open(PLANNER)
    post_office.says_to[PLANNER] = lambda: "451 4.3.2 Later"
    await shop.lose()
    await shop.told_until(lambda entry: entry.delivery.tries == 1)
    entry = await shop.notice()
    assert entry.delivery.next_try_at is not None and entry.delivery.next_try_at > utc_now()
    assert entry.delivery.last_error == "451 4.3.2 Later"
    assert post_office.letters == []
    await shop.database.close()


async def test_while_one_mailbox_is_busy_the_others_are_told_once(
    shop: Shop, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "AGAIN", timedelta(0))
    monkeypatch.setattr(notices, "LOOK_EVERY_S", 0.05)
    await shop.open(PLANNER, *OTHERS)
    busy = iter(["451 4.3.2 Later"] * 2)
    post_office.says_to[PLANNER] = lambda: next(busy, None)
    await shop.lose()
    await shop.told_until(lambda entry: entry.delivery.next_try_at is None)
    entry = await shop.notice()
    assert (entry.delivery.tries, entry.delivery.last_error) == (3, None)
    assert [letter["To"] for letter in post_office.letters] == [*OTHERS, PLANNER]
    await shop.database.close()


async def test_a_database_that_is_away_afterwards_has_nobody_told_again(
    shop: Shop, post_office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_down, away = Notices._write_down, iter([True, True])

    async def write_down_later(*given: Any) -> None:
        if next(away, False):
            raise OSError("away")
        await write_down(*given)

    monkeypatch.setattr(Notices, "_write_down", write_down_later)
    monkeypatch.setattr(notices, "LOOK_EVERY_S", 0.05)
    await shop.open(PLANNER)
    await shop.lose()
    await shop.told_until(lambda entry: entry.delivery.next_try_at is None)
    assert len(post_office.to(PLANNER)) == 1
    await shop.database.close()


async def test_where_there_is_nobody_to_tell_it_ends_there(shop: Shop, post_office: PostOffice) -> None:
    await shop.open()
    await shop.lose()
    await shop.told_until(lambda entry: entry.delivery.next_try_at is None)
    assert post_office.letters == []
    await shop.database.close()
