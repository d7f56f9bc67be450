"""What tenants say of their SKUs."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from api.ingest.event_fields import MAX_NAME
from api.tables import Base


class CatalogueRow(Base):
    """A SKU that the tenant described."""

    __tablename__ = "catalogue"

    tenant_id: Mapped[UUID] = mapped_column(
        ForeignKey("tenants.tenant_id", ondelete="CASCADE"), primary_key=True
    )
    sku: Mapped[str] = mapped_column(String(MAX_NAME), primary_key=True)
    category: Mapped[str | None] = mapped_column(String(MAX_NAME))
    brand: Mapped[str | None] = mapped_column(String(MAX_NAME))
    updated_at: Mapped[datetime]
