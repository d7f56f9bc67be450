"""How far the making and the removal of tenants have come."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Base


class OperationRow(Base):
    """The making or the removal of one tenant. It refers to no tenant: that of a removal outlives it."""

    __tablename__ = "tenant_operations"
    __table_args__ = (
        CheckConstraint("kind IN ('opening', 'closing')", name="kind"),
        UniqueConstraint("tenant_id", "kind"),
    )

    operation_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(10))
    idempotency_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    request_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    request: Mapped[str | None] = mapped_column(Text)
    """Of an opening, as JSON."""
    begun_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    client_id: Mapped[str | None] = mapped_column(String(40))
    sealed_secret: Mapped[bytes | None] = mapped_column(LargeBinary)


class StepRow(Base):
    """One step of an operation, from its first try on."""

    __tablename__ = "tenant_steps"

    operation_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenant_operations.operation_id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    done_at: Mapped[datetime | None]
    detail: Mapped[str | None] = mapped_column(String(500))
