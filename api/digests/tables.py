"""Who gets the planner's digest, and what was sent to whom."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Base

MAX_ADDRESS = 254
"""RFC 5321, less the angle brackets."""


class RecipientRow(Base):
    """A person's address. Nobody but that person makes it active."""

    __tablename__ = "digest_recipients"
    __table_args__ = (
        UniqueConstraint("tenant_id", "address"),
        CheckConstraint("state IN ('pending', 'active', 'unsubscribed', 'undeliverable')", name="state"),
    )

    recipient_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.tenant_id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(MAX_ADDRESS))
    state: Mapped[str] = mapped_column(String(20), index=True)
    created_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]
    """When the letter went out that asks whether the digest is wanted."""
    changed_at: Mapped[datetime]
    """When the state last changed."""
    because: Mapped[str | None] = mapped_column(String(300))
    """Of an undeliverable one: what its mail server said."""


class DigestRow(Base):
    """A digest of one day to one recipient: there before it is sent, and marked after."""

    __tablename__ = "digests"
    __table_args__ = (CheckConstraint("state IN ('sending', 'sent', 'failed')", name="state"),)

    recipient_id: Mapped[str] = mapped_column(
        ForeignKey("digest_recipients.recipient_id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    """As the tenant's calendar has it."""
    state: Mapped[str] = mapped_column(String(20))
    tries: Mapped[int]
    next_try_at: Mapped[datetime]
    """Of one that is being sent: after a try that came to nothing, or was cut short."""
    ended_at: Mapped[datetime | None]
    because: Mapped[str | None] = mapped_column(String(300))
    """What the mail server said to the last try that came to nothing."""
