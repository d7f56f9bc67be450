"""Webhooks in the database, always of one tenant; each change is in the audit log."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import httpx
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.audit_log import Actor, record
from api.clock import utc_now
from api.database import Database
from api.webhooks import signing_secrets
from api.webhooks.subscription import Subscription
from api.webhooks.tables import DeliveryRow, WebhookRow

MOST_WEBHOOKS = 100
"""Of one tenant."""
OLD_SECRET_LASTS = timedelta(hours=24)


class UnknownWebhook(LookupError):
    """The tenant has no webhook of this id."""


class TooManyWebhooks(ValueError):
    """The tenant has `MOST_WEBHOOKS` already."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks, for which tenant."""

    tenant_id: UUID
    actor: Actor


class WebhookStore:
    """Its methods raise `UnknownWebhook` for an id that is not the tenant's."""

    def __init__(self, database: Database, key: bytes) -> None:
        self._database = database
        self._key = key

    async def create(self, caller: Caller, wanted: Subscription) -> tuple[WebhookRow, bytes]:
        """A new webhook and its secret, which nobody can read again later. Raises `TooManyWebhooks`."""
        secret = signing_secrets.new_secret()
        webhook_id = f"wh_{secrets.token_hex(12)}"
        row = WebhookRow(
            webhook_id=webhook_id,
            tenant_id=caller.tenant_id,
            url=wanted.url,
            description=wanted.description,
            events=list(wanted.events),
            skus=wanted.skus,
            warehouses=wanted.warehouses,
            state="active",
            sealed_secret=signing_secrets.sealed(self._key, webhook_id, secret),
            created_at=utc_now(),
            failures=0,
        )
        of_tenant = select(func.count()).where(WebhookRow.tenant_id == caller.tenant_id)
        async with self._database.transaction() as session:
            if (await session.scalar(of_tenant.select_from(WebhookRow)) or 0) >= MOST_WEBHOOKS:
                raise TooManyWebhooks
            session.add(row)
            await _audit(session, caller, row, "created", after=described(row))
        return row, secret

    async def all(self, tenant_id: UUID) -> Sequence[WebhookRow]:
        """The tenant's webhooks, the oldest first."""
        of_tenant = select(WebhookRow).where(WebhookRow.tenant_id == tenant_id)
        async with self._database.transaction() as session:
            rows = await session.scalars(of_tenant.order_by(WebhookRow.created_at, WebhookRow.webhook_id))
            return rows.all()

    async def one(self, tenant_id: UUID, webhook_id: str) -> WebhookRow:
        """The webhook of this id."""
        async with self._database.transaction() as session:
            return await owned(session, tenant_id, webhook_id)

    async def change(self, caller: Caller, webhook_id: str, wanted: Subscription) -> WebhookRow:
        """Let it be told of other alerts, or at another place; its secret stays."""
        async with self._database.transaction() as session:
            row = await owned(session, caller.tenant_id, webhook_id, to_change=True)
            before = described(row)
            for member in Subscription.__struct_fields__:
                setattr(row, member, getattr(wanted, member))
            if described(row) != before:
                await _audit(session, caller, row, "changed", before=before, after=described(row))
        return row

    async def rotate(self, caller: Caller, webhook_id: str) -> tuple[WebhookRow, bytes]:
        """A new secret; for `OLD_SECRET_LASTS` what is sent bears the old one's signature too."""
        secret, now = signing_secrets.new_secret(), utc_now()
        async with self._database.transaction() as session:
            row = await owned(session, caller.tenant_id, webhook_id, to_change=True)
            row.sealed_old_secret, row.old_secret_until = row.sealed_secret, now + OLD_SECRET_LASTS
            row.sealed_secret = signing_secrets.sealed(self._key, webhook_id, secret)
            valid_until = {"old_secret_until": row.old_secret_until.isoformat()}
            await _audit(session, caller, row, "secret_rotated", after=valid_until)
        return row, secret

    async def pause(self, caller: Caller, webhook_id: str) -> WebhookRow:
        """Send it nothing; what it would be told waits. One that is disabled stays so."""
        return await self._set_state(caller, webhook_id, "paused", only_from="active")

    async def resume(self, caller: Caller, webhook_id: str) -> WebhookRow:
        """Send it what waits, in order, and what comes; also one that was disabled, which has lost the meantime."""
        return await self._set_state(caller, webhook_id, "active")

    async def delete(self, caller: Caller, webhook_id: str) -> None:
        """Forget it, with its log."""
        async with self._database.transaction() as session:
            row = await owned(session, caller.tenant_id, webhook_id, to_change=True)
            await session.delete(row)
            await _audit(session, caller, row, "deleted", before=described(row))

    async def _set_state(
        self, caller: Caller, webhook_id: str, state: str, only_from: str | None = None
    ) -> WebhookRow:
        async with self._database.transaction() as session:
            row = await owned(session, caller.tenant_id, webhook_id, to_change=True)
            before = row.state
            if state != before and only_from in (None, before):
                row.state, row.disabled_because = state, None
                row.failures, row.failing_since = 0, None
                action = "paused" if state == "paused" else "resumed"
                await _audit(session, caller, row, action, before={"state": before}, after={"state": state})
        return row


async def owned(
    session: AsyncSession, tenant_id: UUID, webhook_id: str, *, to_change: bool = False
) -> WebhookRow:
    """The tenant's webhook of this id, with ``to_change`` locked until the transaction ends."""
    wanted = select(WebhookRow).where(WebhookRow.webhook_id == webhook_id, WebhookRow.tenant_id == tenant_id)
    row = await session.scalar(wanted.with_for_update() if to_change else wanted)
    if row is None:
        raise UnknownWebhook(webhook_id)
    return row


async def disable(session: AsyncSession, webhook_id: str, because: str) -> bool:
    """Tell a webhook nothing more, also not what waits; whether it was not so before."""
    disabled = (
        update(WebhookRow)
        .where(WebhookRow.webhook_id == webhook_id, WebhookRow.state != "disabled")
        .values(state="disabled", disabled_because=because)
    )
    if await session.scalar(disabled.returning(WebhookRow.webhook_id)) is None:
        return False
    await session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.webhook_id == webhook_id, DeliveryRow.state == "waiting")
        .values(state="cancelled", next_try_at=None, finished_at=utc_now())
    )
    return True


def described(row: WebhookRow) -> Mapping[str, object]:
    """What the tenant said of it, for the audit log; of the URL its origin, as the rest may be a secret."""
    said = {member: getattr(row, member) for member in Subscription.__struct_fields__}
    url = httpx.URL(row.url)
    digest = sha256(row.url.encode()).hexdigest()
    return {**said, "url": f"{url.scheme}://{url.netloc.decode()}", "url_sha256": digest}


async def _audit(
    session: AsyncSession,
    caller: Caller,
    row: WebhookRow,
    action: str,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    await record(
        session,
        actor=caller.actor,
        action=f"webhook.{action}",
        tenant_id=caller.tenant_id,
        subject=f"webhook/{row.webhook_id}",
        before=before,
        after=after,
    )
