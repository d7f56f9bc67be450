"""The outbox of webhooks in the database: filled together with the offsets of the alerts, emptied batch by batch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from api.webhooks.messages import Message
from api.webhooks.tables import DeliveryRow, MessageRow, OffsetRow, WebhookRow
from delivery.webhooks.lane import Waiting

KEPT = timedelta(days=30)
PIECE = 1_000
"""Rows of the log that are removed in one transaction."""

Position = tuple[str, int]
"""A topic and one of its partitions."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A delivery after a try."""

    waiting: Waiting
    webhook_id: str
    state: str
    tried_at: datetime
    next_try_at: datetime | None
    status: int | None
    error: str | None


async def offsets(session: AsyncSession, topic: str) -> Mapping[Position, int]:
    """Where to read on."""
    rows = await session.scalars(select(OffsetRow).where(OffsetRow.topic == topic))
    return {(row.topic, row.partition): row.next_offset for row in rows}


async def advance(session: AsyncSession, positions: Mapping[Position, int]) -> None:
    """Remember where to read on, in the transaction of what was read."""
    if not positions:
        return
    upsert = (postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert)(
        OffsetRow
    )
    rows = [
        {"topic": topic, "partition": partition, "next_offset": offset}
        for (topic, partition), offset in positions.items()
    ]
    await session.execute(
        upsert.values(rows).on_conflict_do_update(
            index_elements=[OffsetRow.topic, OffsetRow.partition],
            set_={"next_offset": upsert.excluded.next_offset},
        )
    )


async def put(session: AsyncSession, messages: Sequence[Message], now: datetime) -> set[str]:
    """A delivery of each message to each webhook that wants it, in their order; the ids of those webhooks.

    A message that was put before is put no more: receivers have it under this very id.
    """
    by_tenant = await _webhooks(session, {message.tenant_id for message in messages})
    wanted = {
        message.message_id: (message, wanting)
        for message in messages
        if (
            wanting := [one.webhook_id for one in by_tenant.get(message.tenant_id, ()) if wants(one, message)]
        )
    }
    had = select(MessageRow.message_id).where(MessageRow.message_id.in_(wanted))
    for message_id in await session.scalars(had):
        del wanted[message_id]
    if not wanted:
        return set()
    await session.execute(
        insert(MessageRow), [_message_values(message, now) for message, _ in wanted.values()]
    )
    deliveries = [
        {
            "webhook_id": webhook_id,
            "message_id": message_id,
            "state": "waiting",
            "tries": 0,
            "created_at": now,
            "next_try_at": now,
        }
        for message_id, (_, webhook_ids) in wanted.items()
        for webhook_id in webhook_ids
    ]
    await session.execute(insert(DeliveryRow), deliveries)
    return {webhook_id for _, webhook_ids in wanted.values() for webhook_id in webhook_ids}


def wants(webhook: WebhookRow, message: Message) -> bool:
    """Whether the webhook is to be told of an alert."""
    return (
        message.type in webhook.events
        and (not webhook.skus or message.sku in webhook.skus)
        and (not webhook.warehouses or message.warehouse in webhook.warehouses)
    )


async def busy(session: AsyncSession) -> Mapping[str, int]:
    """Active webhooks for which something waits, and the number of the newest of it."""
    newest = (
        select(func.max(DeliveryRow.number))
        .where(DeliveryRow.webhook_id == WebhookRow.webhook_id, DeliveryRow.state == "waiting")
        .correlate(WebhookRow)
        .scalar_subquery()
    )
    rows = await session.execute(select(WebhookRow.webhook_id, newest).where(WebhookRow.state == "active"))
    return {webhook_id: number for webhook_id, number in rows if number is not None}


async def waiting(session: AsyncSession, webhook_id: str, after: int, limit: int) -> Sequence[Waiting]:
    """What waits for a webhook, from the first number after ``after`` on."""
    rows = await session.execute(
        select(
            *(DeliveryRow.number, DeliveryRow.tries, DeliveryRow.next_try_at, DeliveryRow.created_at),
            *(MessageRow.message_id, MessageRow.sku, MessageRow.warehouse, MessageRow.payload),
        )
        .join(MessageRow, DeliveryRow.message_id == MessageRow.message_id)
        .where(
            DeliveryRow.webhook_id == webhook_id,
            DeliveryRow.state == "waiting",
            DeliveryRow.number > after,
        )
        .order_by(DeliveryRow.number)
        .limit(limit)
    )
    return [
        Waiting(
            number=number,
            # a message of no SKU waits for no other
            key=message_id if sku is None else f"{sku}|{warehouse}",
            message_id=message_id,
            payload=payload,
            tries=tries,
            due=next_try_at or created_at,
        )
        for number, tries, next_try_at, created_at, message_id, sku, warehouse, payload in rows
    ]


async def settle(session: AsyncSession, ended: Collection[Ended]) -> None:
    """Write down what came of tries. What was cancelled meanwhile stays so, and what is gone is gone."""
    table = cast(Table, DeliveryRow.__table__)
    statement = (
        update(table)
        .where(table.c.number == bindparam("of_number"), table.c.state == "waiting")
        .values(
            state=bindparam("new_state"),
            tries=bindparam("new_tries"),
            next_try_at=bindparam("new_next_try_at"),
            last_try_at=bindparam("tried_at"),
            last_status=bindparam("status"),
            last_error=bindparam("error"),
            finished_at=bindparam("new_finished_at"),
        )
    )
    connection = await session.connection()
    await connection.execute(statement, [_values(one) for one in ended])


async def oldest_waiting(session: AsyncSession) -> datetime | None:
    """When the oldest message was put that still waits for an active webhook."""
    found: datetime | None = await session.scalar(
        select(func.min(DeliveryRow.created_at))
        .join(WebhookRow, DeliveryRow.webhook_id == WebhookRow.webhook_id)
        .where(DeliveryRow.state == "waiting", WebhookRow.state == "active")
    )
    return found


async def forget_a_piece(session: AsyncSession, now: datetime) -> bool:
    """Remove the oldest messages that are older than the log is kept, with their deliveries; whether any were left."""
    old = select(MessageRow.message_id).where(MessageRow.created_at < now - KEPT).limit(PIECE)
    piece = delete(MessageRow).where(MessageRow.message_id.in_(old)).returning(MessageRow.message_id)
    return len((await session.scalars(piece)).all()) == PIECE


async def _webhooks(session: AsyncSession, tenant_ids: Collection[Any]) -> Mapping[Any, list[WebhookRow]]:
    """Those of the tenants that are told anything."""
    rows = await session.scalars(
        select(WebhookRow).where(WebhookRow.tenant_id.in_(tenant_ids), WebhookRow.state != "disabled")
    )
    by_tenant: dict[Any, list[WebhookRow]] = {}
    for row in rows:
        by_tenant.setdefault(row.tenant_id, []).append(row)
    return by_tenant


def _message_values(message: Message, now: datetime) -> dict[str, object]:
    return {
        "message_id": message.message_id,
        "tenant_id": message.tenant_id,
        "type": message.type,
        "sku": message.sku,
        "warehouse": message.warehouse,
        "payload": message.payload,
        "created_at": now,
    }


def _values(ended: Ended) -> dict[str, object]:
    return {
        "of_number": ended.waiting.number,
        "new_state": ended.state,
        "new_tries": ended.waiting.tries + 1,
        "new_next_try_at": ended.next_try_at,
        "tried_at": ended.tried_at,
        "status": ended.status,
        "error": ended.error,
        "new_finished_at": None if ended.state == "waiting" else ended.tried_at,
    }
