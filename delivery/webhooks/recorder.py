"""What came of tries, into the database: many in one transaction, since SQLite has one writer, and others write too."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.audit_log import Actor, record
from api.clock import utc_now
from api.database import UNANSWERED, Database
from api.webhooks import messages
from api.webhooks.delivery_log import message_row
from api.webhooks.tables import DeliveryRow, WebhookRow
from api.webhooks.webhook_store import disable
from delivery.webhooks import outbox
from delivery.webhooks.outbox import Ended
from delivery.webhooks.retries import GONE

log = structlog.get_logger(__name__)

MOST = 500
GATHER_S = 0.01
AGAIN_S = 1.0

DEAD_AFTER = 5
"""So many deliveries in a row that were given up, the first of them `DEAD_FOR` ago: nobody is there any more."""
DEAD_FOR = timedelta(days=1)

US = Actor("operator", "delivery")


class Recorder:
    """One for all endpoints."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._queue: asyncio.Queue[tuple[Ended, asyncio.Future[None]]] = asyncio.Queue()

    async def record(self, ended: Ended) -> None:
        """Returns when it is in the database, however long that does not answer."""
        safe: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait((ended, safe))
        await safe

    async def run(self) -> None:
        """Until it is cancelled."""
        while True:
            batch = [await self._queue.get()]
            await asyncio.sleep(GATHER_S)
            while not self._queue.empty() and len(batch) < MOST:
                batch.append(self._queue.get_nowait())
            await self._write([ended for ended, _ in batch])
            for _, safe in batch:
                if not safe.done():
                    safe.set_result(None)

    async def _write(self, ended: Collection[Ended]) -> None:
        while True:
            try:
                async with self._database.transaction() as session:
                    await outbox.settle(session, ended)
                    await _judge(session, ended, utc_now())
                    return
            except UNANSWERED as error:
                log.warning(
                    "outcomes not written, trying again", error=f"{type(error).__name__}: {error}"[:300]
                )
                await asyncio.sleep(AGAIN_S)


async def _judge(session: AsyncSession, ended: Collection[Ended], now: datetime) -> None:
    """Count what was given up, forget it where something gets through, and disable the webhooks that are dead."""
    through = {one.webhook_id for one in ended if one.state == "delivered"}
    await session.execute(
        update(WebhookRow)
        .where(WebhookRow.webhook_id.in_(through), WebhookRow.failures > 0)
        .values(failures=0, failing_since=None)
    )
    failed = [one for one in ended if one.state == "failed" and one.webhook_id not in through]
    gone = {one.webhook_id for one in ended if one.state == "failed" and one.status == GONE}
    for webhook in await _failing(session, failed, now):
        is_dead = (
            webhook.failures >= DEAD_AFTER
            and webhook.failing_since is not None
            and now - webhook.failing_since >= DEAD_FOR
        )
        if (webhook.webhook_id in gone or is_dead) and webhook.state != "disabled":
            await _disable(session, webhook, "gone" if webhook.webhook_id in gone else "failing")


async def _failing(session: AsyncSession, failed: Iterable[Ended], now: datetime) -> list[WebhookRow]:
    found = []
    for webhook_id, number in Counter(one.webhook_id for one in failed).items():
        webhook = await session.get(WebhookRow, webhook_id, with_for_update=True)
        if webhook is not None:
            webhook.failures += number
            webhook.failing_since = webhook.failing_since or now
            found.append(webhook)
    await session.flush()
    return found


async def _disable(session: AsyncSession, webhook: WebhookRow, because: str) -> None:
    """With an entry in its log, from which `delivery.webhooks.notices` tells the tenant, and in the audit log."""
    before, now = webhook.state, utc_now()
    await disable(session, webhook.webhook_id, because)
    message = message_row(messages.of_disabling(webhook.tenant_id, webhook.webhook_id, because, now), now)
    session.add(message)
    await session.flush()
    session.add(
        DeliveryRow(
            webhook_id=webhook.webhook_id,
            message_id=message.message_id,
            state="noted",
            tries=0,
            created_at=now,
            next_try_at=now,
            finished_at=now,
        )
    )
    await record(
        session,
        actor=US,
        action="webhook.disabled",
        tenant_id=webhook.tenant_id,
        subject=f"webhook/{webhook.webhook_id}",
        before={"state": before},
        after={"state": "disabled", "because": because},
    )
