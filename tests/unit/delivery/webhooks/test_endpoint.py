"""A webhook that is paused, disabled or deleted while a try of its own waits for a slot."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import cast

import httpx
import pytest
from sqlalchemy import Delete, Update, delete, select, update

from api.access.tenants import Region, Tier, create_tenant
from api.audit.audit_log import Actor
from api.database import Database
from api.webhooks.delivery_log import DeliveryLog
from api.webhooks.subscription import Subscription
from api.webhooks.tables import DeliveryRow, WebhookRow
from api.webhooks.webhook_store import Caller, WebhookStore
from delivery.webhooks.counts import Counts
from delivery.webhooks.endpoint import Endpoint, Shared
from delivery.webhooks.recorder import Recorder
from delivery.webhooks.retries import Outcome
from delivery.webhooks.sending import Sender
from delivery.webhooks.slots import Slots

KEY = bytes(32)


class Receiver:
    """Takes whatever is sent."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def send(self, _url: httpx.URL, _headers: Mapping[str, str], payload: bytes) -> Outcome:
        self.taken.append(payload)
        return Outcome(status=204)

    async def close(self) -> None:
        pass


class OneSlot(Slots):
    """Knows how often it was asked for."""

    def __init__(self) -> None:
        super().__init__(1)
        self.asked = 0

    def of(self, *, well: bool) -> asyncio.Semaphore:
        self.asked += 1
        return super().of(well=well)


class Watched(Endpoint):
    """Tells when it has seen that nothing may be sent any more."""

    saw_the_end = False

    async def _look(self) -> bool:
        goes_on = await super()._look()
        self.saw_the_end = not goes_on
        return goes_on


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


async def webhook_with_a_message(database: Database) -> str:
    tenant = await create_tenant(database, "Corner Shop", Region.EU_CENTRAL_1, Tier.STANDARD)
    caller = Caller(tenant.tenant_id, Actor("operator", "ada"))
    row, _ = await WebhookStore(database, KEY).create(caller, Subscription(url="https://till.example/hook"))
    await DeliveryLog(database).test(caller, row.webhook_id)
    return row.webhook_id


PAUSED = update(WebhookRow).values(state="paused")
DISABLED = update(WebhookRow).values(state="disabled")
DELETED = delete(WebhookRow)


@pytest.mark.parametrize(
    ("change", "left"),
    [(PAUSED, [("waiting", 0)]), (DISABLED, [("waiting", 0)]), (DELETED, [])],
    ids=["paused", "disabled", "deleted"],
)
async def test_the_try_is_not_made_and_all_else_goes_on(
    database: Database, change: Update | Delete, left: list[tuple[str, int]]
) -> None:
    webhook_id = await webhook_with_a_message(database)
    receiver, slots = Receiver(), OneSlot()
    shared = Shared(
        database=database,
        recorder=Recorder(database),
        slots=slots,
        counts=Counts("redis://127.0.0.1:9", database),
        new_sender=lambda: cast(Sender, receiver),
        key=KEY,
        allow_loopback=False,
        first_retry=timedelta(seconds=5),
    )
    endpoint = Watched(webhook_id, shared)
    async with slots.of(well=True):
        running = asyncio.create_task(endpoint.run())
        await until(lambda: slots.asked == 2)
        async with database.transaction() as session:
            await session.execute(change)
        endpoint.wake()
        await until(lambda: endpoint.saw_the_end)
    async with asyncio.timeout(10):
        await running
    assert receiver.taken == []
    async with database.transaction() as session:
        rows = await session.execute(select(DeliveryRow.state, DeliveryRow.tries))
        assert [tuple(row) for row in rows] == left
