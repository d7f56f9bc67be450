"""Webhooks in the database, and the outbox of what they are told, which is their log as well."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, LargeBinary, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Base

IS_WAITING = text("state = 'waiting'")


class WebhookRow(Base):
    """An endpoint of a tenant's. ``failures`` counts the deliveries in a row that were given up."""

    __tablename__ = "webhooks"

    webhook_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.tenant_id", ondelete="CASCADE"), index=True)
    url: Mapped[str] = mapped_column(String(2000))
    description: Mapped[str] = mapped_column(String(200))
    events: Mapped[list[str]] = mapped_column(JSON)
    skus: Mapped[list[str]] = mapped_column(JSON)
    warehouses: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    disabled_because: Mapped[str | None] = mapped_column(String(20))
    sealed_secret: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_old_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    old_secret_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    failures: Mapped[int] = mapped_column(default=0)
    failing_since: Mapped[datetime | None]


class MessageRow(Base):
    """What webhooks are told of one event; the payload is sent byte for byte as it stands here."""

    __tablename__ = "webhook_messages"

    message_id: Mapped[str] = mapped_column(String(40), primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.tenant_id", ondelete="CASCADE"), index=True)
    type: Mapped[str] = mapped_column(String(20))
    sku: Mapped[str | None] = mapped_column(String(64))
    warehouse: Mapped[str | None] = mapped_column(String(64))
    payload: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(index=True)


class DeliveryRow(Base):
    """One message on its way to one webhook, and afterwards what became of it."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_webhook_id_number", "webhook_id", "number"),
        # small whatever the log's size: it holds only what is still to be sent
        Index(
            "ix_webhook_deliveries_waiting",
            "webhook_id",
            "number",
            sqlite_where=IS_WAITING,
            postgresql_where=IS_WAITING,
        ),
    )

    # SQLite counts by itself only in a column of this very type
    number: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), primary_key=True)
    """Messages of one SKU and warehouse are sent in this order."""
    webhook_id: Mapped[str] = mapped_column(ForeignKey("webhooks.webhook_id", ondelete="CASCADE"))
    message_id: Mapped[str] = mapped_column(
        ForeignKey("webhook_messages.message_id", ondelete="CASCADE"), index=True
    )
    state: Mapped[str] = mapped_column(String(10))
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    next_try_at: Mapped[datetime | None]
    last_try_at: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_error: Mapped[str | None] = mapped_column(String(200))
    finished_at: Mapped[datetime | None]


class OffsetRow(Base):
    """Up to where the alerts of a partition are in the outbox; written together with them."""

    __tablename__ = "webhook_offsets"

    topic: Mapped[str] = mapped_column(String(249), primary_key=True)
    partition: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    next_offset: Mapped[int] = mapped_column(BigInteger)
