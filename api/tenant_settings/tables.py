"""What tenants set, and for what."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.ingest.event_fields import MAX_NAME
from api.tables import Base


class TenantSettingsRow(Base):
    """What a tenant sets for one level: a name that is empty speaks of all. None leaves it to the level above."""

    __tablename__ = "tenant_settings"
    __table_args__ = (
        CheckConstraint("category = '' OR (sku = '' AND warehouse = '')", name="level"),
        CheckConstraint("threshold BETWEEN 0 AND 1", name="threshold"),
        CheckConstraint("horizon_hours IN (6, 12, 24, 48)", name="horizon_hours"),
        CheckConstraint("retention_days BETWEEN 7 AND 30", name="retention_days"),
    )

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.tenant_id", ondelete="CASCADE"), primary_key=True
    )
    category: Mapped[str] = mapped_column(String(MAX_NAME), primary_key=True)
    sku: Mapped[str] = mapped_column(String(MAX_NAME), primary_key=True)
    warehouse: Mapped[str] = mapped_column(String(MAX_NAME), primary_key=True)
    threshold: Mapped[float | None]
    horizon_hours: Mapped[int | None]
    quiet_from: Mapped[str | None] = mapped_column(String(5))
    """Local time of day such as ``22:00``, as ``quiet_to``; both or none."""
    quiet_to: Mapped[str | None] = mapped_column(String(5))
    time_zone: Mapped[str | None] = mapped_column(String(64))
    locale: Mapped[str | None] = mapped_column(String(35))
    retention_days: Mapped[int | None]
    updated_at: Mapped[datetime]
