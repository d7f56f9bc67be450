"""Telling a tenant's people of webhooks that were disabled, by mail to those who get its digest.

A notice is due from the entry that is written into the webhook's log when it is disabled, until that has no next try any
more. So a crash loses none. Who has taken it, while a busy mailbox is tried again, is in memory alone: the process that goes
on after a crash, or takes over, repeats it to them, with the same Message-ID.
"""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select, update

from api.clock import utc_now
from api.database import UNANSWERED, Database
from api.tables import TenantRow
from api.webhooks.tables import DeliveryRow, WebhookRow
from delivery.digest import book
from delivery.mail.mailer import Mailer, Refused, TryLater
from delivery.settings import Settings
from delivery.webhooks.notice_letter import Notice, letter_of

log = structlog.get_logger(__name__)

LOOK_EVERY_S = 5.0
AGAIN = timedelta(minutes=10)
MOST_TRIES = 12


class Notices:
    """Sends what is due."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._mailer = Mailer(settings)
        self._taken: defaultdict[int, set[str]] = defaultdict(set)
        """Recipients that have what is still due for others, by its number."""

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            try:
                for row in await self._due():
                    await self._tell(*row)
            except UNANSWERED as error:
                log.warning("notices not read", error=f"{type(error).__name__}: {error}"[:300])
            await asyncio.sleep(LOOK_EVERY_S)

    async def _due(self) -> Sequence[tuple[DeliveryRow, WebhookRow, str]]:
        """The newest entry of a disabled webhook's log, the webhook, and its tenant's name."""
        newest = (
            select(func.max(DeliveryRow.number))
            .where(DeliveryRow.webhook_id == WebhookRow.webhook_id)
            .correlate(WebhookRow)
            .scalar_subquery()
        )
        due = (
            select(DeliveryRow, WebhookRow, TenantRow.name)
            .join(WebhookRow, DeliveryRow.number == newest)
            .join(TenantRow, TenantRow.tenant_id == WebhookRow.tenant_id)
            .where(
                WebhookRow.state == "disabled",
                DeliveryRow.state == "noted",
                DeliveryRow.next_try_at <= utc_now(),
            )
        )
        async with self._database.transaction() as session:
            return [(entry, webhook, name) for entry, webhook, name in await session.execute(due)]

    async def _tell(self, entry: DeliveryRow, webhook: WebhookRow, tenant: str) -> None:
        notice = Notice(
            tenant=tenant,
            webhook_id=webhook.webhook_id,
            url=webhook.url,
            description=webhook.description,
            because=webhook.disabled_because or "failing",
            at=entry.created_at,
        )
        async with self._database.transaction() as session:
            people = await book.active(session, webhook.tenant_id) if self._settings.smtp_host else []
        taken, again, error = self._taken[entry.number], False, None
        for person in people:
            if person.recipient_id in taken:
                continue
            now = utc_now()
            try:
                await self._mailer.send(letter_of(notice, self._settings.smtp_from, person.address, now))
                taken.add(person.recipient_id)
            except TryLater as away:
                again, error = True, str(away)
            except Refused as refused:
                error = str(refused)
        log.warning(
            "webhook disabled", webhook_id=webhook.webhook_id, because=notice.because, told=len(taken)
        )
        await self._write_down(entry, utc_now() + AGAIN if again else None, error)

    async def _write_down(self, entry: DeliveryRow, next_try_at: datetime | None, error: str | None) -> None:
        tries = entry.tries + 1
        if tries >= MOST_TRIES:
            next_try_at = None
        done = (
            update(DeliveryRow)
            .where(DeliveryRow.number == entry.number)
            .values(
                tries=tries,
                last_try_at=utc_now(),
                last_error=None if error is None else error[:200],
                next_try_at=next_try_at,
            )
        )
        async with self._database.transaction() as session:
            await session.execute(done)
        if next_try_at is None:
            self._taken.pop(entry.number, None)
