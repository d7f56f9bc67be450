"""Tenants with recipients and SKUs at risk, on each kind of database, and mornings that a test makes."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

from prediction_records import prediction
from service.features.filled_store import FilledStore

from api.access.tenants import Region, Tier, create_tenant
from api.audit.actor import Actor
from api.database import Database
from api.digests.link_tokens import Purpose
from api.digests.recipient_store import RecipientStore
from api.digests.tables import RecipientRow
from api.tenant_settings.setting import Setting
from api.tenant_settings.setting_store import set_at
from delivery.settings import Settings
from schemas.encoding import Record
from schemas.setting_levels import WHOLE_TENANT

ACTOR = Actor("client", "client_test", None)
Answer = TypeVar("Answer")


class Clock:
    """Stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, span: timedelta) -> None:
        self.now += span


@dataclass(frozen=True, slots=True)
class Shop:
    """A tenant with a recipient."""

    settings: Settings
    store: FilledStore
    tenant_id: UUID
    name: str
    recipient_id: str
    address: str

    def predict(self, *changes: Record) -> None:
        """Store predictions of this tenant."""
        self.store.put([prediction(tenant_id=str(self.tenant_id), **change) for change in changes])

    def recipient(self) -> RecipientRow | None:
        """As the database has it."""

        async def read(database: Database) -> RecipientRow | None:
            async with database.transaction() as session:
                return await session.get(RecipientRow, self.recipient_id)

        return on_database(self.settings, read)

    def answer(self, purpose: Purpose) -> None:
        """As by the link in a letter."""
        on_database(
            self.settings, lambda database: RecipientStore(database).answer(self.recipient_id, purpose)
        )


def open_shop(
    settings: Settings, store: FilledStore, *, zone: str = "UTC", locale: str = "en", is_active: bool = True
) -> Shop:
    """A new tenant in a time zone, whose one recipient said yes."""

    async def make(database: Database) -> Shop:
        name = f"tenant {uuid4()}"
        tenant = await create_tenant(database, name, Region.EU_CENTRAL_1, Tier.STANDARD)
        async with database.transaction() as session:
            await set_at(
                session, ACTOR, tenant.tenant_id, WHOLE_TENANT, Setting(time_zone=zone, locale=locale)
            )
        recipients = RecipientStore(database)
        address = f"planner-{uuid4().hex[:8]}@shop.example"
        row, _ = await recipients.add(tenant.tenant_id, address, ACTOR)
        if is_active:
            await recipients.answer(row.recipient_id, Purpose.CONFIRM)
        return Shop(settings, store, tenant.tenant_id, name, row.recipient_id, address)

    return on_database(settings, make)


def on_database(settings: Settings, work: Callable[[Database], Awaitable[Answer]]) -> Answer:
    """What ``work`` gives on the database, as another process would do it."""

    async def run() -> Answer:
        database = Database(settings.database_url)
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
