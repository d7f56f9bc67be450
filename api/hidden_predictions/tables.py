"""What was hidden of tenants' predictions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.tables import Base


class DeletionRow(Base):
    """One deletion: of all predictions of a tenant, or of a SKU, that were made in a span of time."""

    __tablename__ = "prediction_deletions"

    deletion_id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[UUID] = mapped_column(ForeignKey("tenants.tenant_id", ondelete="CASCADE"), index=True)
    sku: Mapped[str | None] = mapped_column(String(64))
    warehouse: Mapped[str | None] = mapped_column(String(64))
    made_from: Mapped[datetime | None]
    made_until: Mapped[datetime]
    deleted_at: Mapped[datetime] = mapped_column(index=True)
    restored_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]
