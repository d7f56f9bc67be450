"""What a webhook was told, and what it is to be told: the log of its deliveries, always of one tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.clock import utc_now
from api.database import Database
from api.webhooks import messages
from api.webhooks.messages import Message
from api.webhooks.subscription import LogQuery
from api.webhooks.tables import DeliveryRow, MessageRow
from api.webhooks.webhook_store import Caller, owned


class UnknownDelivery(LookupError):
    """The webhook's log has no such message."""


class NotActive(ValueError):
    """The webhook is paused or disabled: nothing is sent to it."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A delivery and its message."""

    delivery: DeliveryRow
    message: MessageRow


@dataclass(frozen=True, slots=True)
class LogPage:
    """Some entries, the newest first; ``last`` is the number of the last where more follow."""

    entries: Sequence[LogEntry]
    last: int | None


class DeliveryLog:
    """Its methods raise `api.webhooks.webhook_store.UnknownWebhook` for an id that is not the tenant's."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, caller: Caller, webhook_id: str, query: LogQuery) -> LogPage:
        """Entries of the webhook's log."""
        wanted = (
            select(DeliveryRow, MessageRow)
            .join(MessageRow, DeliveryRow.message_id == MessageRow.message_id)
            .where(DeliveryRow.webhook_id == webhook_id)
        )
        if query.before is not None:
            wanted = wanted.where(DeliveryRow.number < query.before)
        if query.state is not None:
            wanted = wanted.where(DeliveryRow.state == query.state)
        newest_first = wanted.order_by(DeliveryRow.number.desc()).limit(query.limit + 1)
        async with self._database.transaction() as session:
            await owned(session, caller.tenant_id, webhook_id)
            rows = (await session.execute(newest_first)).all()
        entries = [LogEntry(delivery, message) for delivery, message in rows[: query.limit]]
        more = len(rows) > query.limit
        return LogPage(entries, entries[-1].delivery.number if more else None)

    async def test(self, caller: Caller, webhook_id: str) -> LogEntry:
        """Send it a message that tells nothing. Raises `NotActive`."""
        now = utc_now()
        async with self._database.transaction() as session:
            await _active(session, caller, webhook_id)
            message = message_row(messages.of_test(caller.tenant_id, webhook_id, now), now)
            session.add(message)
            await session.flush()
            return LogEntry(await _waiting(session, webhook_id, message, now), message)

    async def redeliver(self, caller: Caller, webhook_id: str, message_id: str) -> LogEntry:
        """Send it a message of its log once more, with the same ``webhook-id``. Raises `NotActive`, `UnknownDelivery`."""
        had = (
            select(MessageRow)
            .join(DeliveryRow, DeliveryRow.message_id == MessageRow.message_id)
            .where(
                DeliveryRow.webhook_id == webhook_id,
                MessageRow.message_id == message_id,
                MessageRow.type != messages.DISABLED,
            )
            .limit(1)
        )
        async with self._database.transaction() as session:
            await _active(session, caller, webhook_id)
            message = await session.scalar(had)
            if message is None:
                raise UnknownDelivery(message_id)
            return LogEntry(await _waiting(session, webhook_id, message, utc_now()), message)


def message_row(message: Message, now: datetime) -> MessageRow:
    return MessageRow(
        message_id=message.message_id,
        tenant_id=message.tenant_id,
        type=message.type,
        sku=message.sku,
        warehouse=message.warehouse,
        payload=message.payload,
        created_at=now,
    )


async def _active(session: AsyncSession, caller: Caller, webhook_id: str) -> None:
    webhook = await owned(session, caller.tenant_id, webhook_id)
    if webhook.state != "active":
        raise NotActive(webhook.state)


async def _waiting(session: AsyncSession, webhook_id: str, message: MessageRow, now: datetime) -> DeliveryRow:
    row = DeliveryRow(
        webhook_id=webhook_id,
        message_id=message.message_id,
        state="waiting",
        tries=0,
        created_at=now,
        next_try_at=now,
    )
    session.add(row)
    await session.flush()
    return row
