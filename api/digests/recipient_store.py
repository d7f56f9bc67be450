"""Recipients in the database, always of one tenant; what its clients and users do is in the audit log."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.audit_log import Actor, record
from api.clock import utc_now
from api.database import Database
from api.digests.link_tokens import Purpose
from api.digests.tables import RecipientRow

MOST_RECIPIENTS = 200
"""Of one tenant."""

_REFUSES = ("unsubscribed", "undeliverable")


class UnknownRecipient(LookupError):
    """The tenant has no recipient of this id."""


class TooManyRecipients(ValueError):
    """The tenant has `MOST_RECIPIENTS` already."""


class RecipientStore:
    """Who gets the digest."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self, tenant_id: UUID) -> Sequence[RecipientRow]:
        """The tenant's recipients by their addresses, those too that want or get nothing."""
        of_tenant = select(RecipientRow).where(RecipientRow.tenant_id == tenant_id)
        async with self._database.transaction() as session:
            return (await session.scalars(of_tenant.order_by(RecipientRow.address))).all()

    async def add(self, tenant_id: UUID, address: str, actor: Actor) -> tuple[RecipientRow, bool]:
        """The recipient of an address, who is asked whether the digest is wanted; and whether it is a new one.

        Who refused before is asked again. Raises `TooManyRecipients`.
        """
        async with self._database.transaction() as session:
            known = await _of_address(session, tenant_id, address)
            if known is not None and known.state not in _REFUSES:
                return known, False
            row = known or await _new(session, tenant_id, address)
            row.state, row.asked_at, row.because, row.changed_at = "pending", None, None, utc_now()
            await record(
                session,
                actor=actor,
                action="digest_recipient.added",
                tenant_id=tenant_id,
                subject=f"digest_recipient/{row.recipient_id}",
                after={"address": address},
            )
            return row, known is None

    async def remove(self, tenant_id: UUID, recipient_id: str, actor: Actor) -> None:
        """Forget a recipient. Raises `UnknownRecipient`."""
        async with self._database.transaction() as session:
            row = await session.get(RecipientRow, recipient_id)
            if row is None or row.tenant_id != tenant_id:
                raise UnknownRecipient
            await record(
                session,
                actor=actor,
                action="digest_recipient.removed",
                tenant_id=tenant_id,
                subject=f"digest_recipient/{recipient_id}",
                before={"address": row.address},
            )
            await session.delete(row)

    async def answer(self, recipient_id: str, purpose: Purpose) -> RecipientRow:
        """Let a person's own word hold: who confirms gets the digest, who unsubscribes gets nothing more.

        A confirmation by an old letter does not undo a later word. Raises `UnknownRecipient`.
        """
        async with self._database.transaction() as session:
            row = await session.get(RecipientRow, recipient_id)
            if row is None:
                raise UnknownRecipient
            if purpose is Purpose.UNSUBSCRIBE:
                wanted = "unsubscribed"
            else:
                wanted = "active" if row.state == "pending" else row.state
            if wanted != row.state:
                row.state, row.changed_at = wanted, utc_now()
            return row


async def _of_address(session: AsyncSession, tenant_id: UUID, address: str) -> RecipientRow | None:
    one = select(RecipientRow).where(RecipientRow.tenant_id == tenant_id, RecipientRow.address == address)
    return (await session.scalars(one.with_for_update())).one_or_none()


async def _new(session: AsyncSession, tenant_id: UUID, address: str) -> RecipientRow:
    of_tenant = select(func.count()).select_from(RecipientRow).where(RecipientRow.tenant_id == tenant_id)
    if (await session.scalar(of_tenant) or 0) >= MOST_RECIPIENTS:
        raise TooManyRecipients
    row = RecipientRow(
        recipient_id=f"rcp_{secrets.token_hex(12)}",
        tenant_id=tenant_id,
        address=address,
        created_at=utc_now(),
    )
    session.add(row)
    return row
